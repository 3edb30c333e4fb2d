/* SPDX-License-Identifier: MIT */
/*
 * pca.c - principal components by a block Krylov space
 *
 * V holds orthonormal vectors: some of chance, C times those, C times that and
 * so on, C being the covariance of the rows.  W = C V is known, so V' W is the
 * small matrix whose eigenvectors give the best components that V can give,
 * and what W has beyond V is their error.
 *
 * That matrix is as exact as f32 lets its largest elements be, and directions
 * of little variance drown in it.  So the best components then become V, where
 * they are on the diagonal, and it is done once more.
 */
#include "pca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cloud.h"
#include "eigen.h"

#define MAX_DIMENSIONS 96
#define MAX_PRODUCTS 16 /* of C and a batch of vectors, where few are wanted */
#define MAX_BYTES (64 << 20) /* of V and W */
#define MAX_ERROR 1e-5

/* Of the largest variance: below is rounding, not a direction. */
#define MIN_VARIANCE 1e-10

struct krylov {
	struct cloud cloud;
	size_t d;
	size_t wanted;
	size_t most;	 /* vectors that there is room for */
	size_t m;	 /* vectors of which W is known */
	size_t products; /* that may still be made */
	bool again;	 /* V began with components */
	float *v, *w;	 /* [most][d] */
	double *t;	 /* [most][most]: V' W */
	double *values;	 /* [m] of it */
	double *vectors; /* [m][m] */
	double *work;	 /* [most][most] */
	double *sum;	 /* [d] */
	double *error;	 /* [PCA_MOST] */
};

static double dot(const float *a, const float *b, size_t d)
{
	double lanes[4] = {0};
	size_t i = 0;

	for (; i + 4 <= d; i += 4)
		for (size_t j = 0; j < 4; j++)
			lanes[j] += (double)a[i + j] * (double)b[i + j];
	for (; i < d; i++)
		lanes[0] += (double)a[i] * (double)b[i];
	return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

/* ---- orthonormal vectors ---- */

/* x less what it has of each of v[n][d]. */
static void remove_parts(float *x, const float *v, size_t n, size_t d)
{
	for (size_t i = 0; i < n; i++) {
		double part = dot(x, v + i * d, d);

		for (size_t j = 0; j < d; j++)
			x[j] = (float)((double)x[j] -
				       part * (double)v[i * d + j]);
	}
}

/* The length that x had. */
static double set_length_1(float *x, size_t d)
{
	double length = sqrt(dot(x, x, d));

	for (size_t j = 0; j < d && length > 0; j++)
		x[j] = (float)((double)x[j] / length);
	return length;
}

/*
 * Adds x to v[n][d], orthonormal, unless nothing of it is new.  Twice is
 * enough, where once leaves rounding errors that are as long as the rest.
 */
static size_t add_vector(float *v, size_t n, const float *x, size_t d)
{
	float *y = v + n * d;

	memmove(y, x, d * sizeof(*y));
	if (!(set_length_1(y, d) > 0))
		return n;
	for (int i = 0; i < 3; i++) {
		remove_parts(y, v, n, d);
		if (set_length_1(y, d) < 1e-12)
			return n;
	}
	return n + 1;
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Vectors of chance, the same ones each time. */
static size_t start(struct krylov *k)
{
	uint64_t state = 1;
	size_t n = 0;

	for (size_t i = 0; i < CLOUD_BATCH && n < k->d; i++) {
		float *x = k->w;

		for (size_t j = 0; j < k->d; j++)
			x[j] = (float)((double)(next_random(&state) >> 40) /
				       8388608 - 1);
		n = add_vector(k->v, n, x, k->d);
	}
	return n;
}

/* ---- the small matrix ---- */

static void fill_t(struct krylov *k, size_t n)
{
	size_t end = k->m + n;

	for (size_t j = k->m; j < end; j++)
		for (size_t i = 0; i <= j; i++) {
			double x = dot(k->v + i * k->d, k->w + j * k->d, k->d);
			double y = dot(k->v + j * k->d, k->w + i * k->d, k->d);

			k->t[i * k->most + j] = (x + y) / 2;
			k->t[j * k->most + i] = (x + y) / 2;
		}
}

static void solve(struct krylov *k)
{
	for (size_t i = 0; i < k->m; i++)
		memcpy(k->work + i * k->m, k->t + i * k->most,
		       k->m * sizeof(*k->work));
	eigen_symmetric(k->values, k->vectors, k->work, k->m);
}

/* out[d] = the sum of x[m][d], each times its element of eigenvector i. */
static void combine(float *out, struct krylov *k, const float *x, size_t i)
{
	const double *s = k->vectors + i * k->m;

	memset(k->sum, 0, k->d * sizeof(*k->sum));
	for (size_t j = 0; j < k->m; j++)
		for (size_t l = 0; l < k->d; l++)
			k->sum[l] += s[j] * (double)x[j * k->d + l];
	for (size_t l = 0; l < k->d; l++)
		out[l] = (float)k->sum[l];
}

static bool counts(const struct krylov *k, size_t i)
{
	return i < k->m && k->values[0] > 0 &&
	       k->values[i] > MIN_VARIANCE * k->values[0];
}

/* The errors of what is wanted; true if all of them are small. */
static bool is_done(struct krylov *k, float *scratch)
{
	bool done = true;

	for (size_t i = 0; i < k->wanted; i++) {
		if (!counts(k, i)) {
			/* There may be more in what was not looked at yet. */
			done = done && i < k->m;
			continue;
		}
		combine(scratch, k, k->w, i);
		remove_parts(scratch, k->v, k->m, k->d);
		k->error[i] = sqrt(dot(scratch, scratch, k->d)) / k->values[i];
		done = done && k->error[i] <= MAX_ERROR;
	}
	return done;
}

static void multiply(struct krylov *k, size_t n)
{
	for (size_t i = 0; i < n; i += CLOUD_BATCH) {
		size_t len = n - i < CLOUD_BATCH ? n - i : CLOUD_BATCH;
		size_t at = (k->m + i) * k->d;

		cloud_multiply(k->w + at, &k->cloud, k->v + at, len);
		k->products -= k->products > 0;
	}
	fill_t(k, n);
	k->m += n;
	solve(k);
}

/*
 * W of the n vectors that were added to V last, and then the next ones; how
 * many there are of those.
 */
static size_t grow(struct krylov *k, size_t n)
{
	size_t first = k->m, next, most;

	multiply(k, n);
	if (is_done(k, k->v + k->m * k->d) || !k->products)
		return 0;
	next = k->m;
	most = k->most - next < CLOUD_BATCH ? k->most : next + CLOUD_BATCH;
	for (size_t i = 0; i < n && next < most; i++) {
		/* Nothing but rounding errors is left of these. */
		if (k->again && !first && i < k->wanted &&
		    k->error[i] <= MAX_ERROR)
			continue;
		next = add_vector(k->v, next, k->w + (first + i) * k->d, k->d);
	}
	return next - k->m;
}

/* V := the best components, and as many again; how many. */
static size_t start_again(struct krylov *k)
{
	size_t n = 0, most = 2 * k->wanted;

	most = most < k->m ? most : k->m;
	/* W is not needed any more. */
	for (size_t i = 0; i < most; i++)
		combine(k->w + i * k->d, k, k->v, i);
	for (size_t i = 0; i < most; i++)
		n = add_vector(k->v, n, k->w + i * k->d, k->d);
	k->m = 0;
	k->again = true;
	return n;
}

/* ---- the answer ---- */

static void *zeros(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		cli_die("out of memory");
	return p;
}

/* Of two directions of one line, the one that is always chosen. */
static void settle_sign(float *x, size_t d)
{
	size_t most = 0;

	for (size_t i = 1; i < d; i++)
		if (fabsf(x[i]) > fabsf(x[most]))
			most = i;
	if (x[most] < 0)
		for (size_t i = 0; i < d; i++)
			x[i] = -x[i];
}

static void answer(struct pca *out, struct krylov *k)
{
	double unscale = 1 / (double)k->cloud.scale;

	for (size_t i = 0; i < k->wanted && counts(k, i); i++) {
		float *x = out->components + out->n * k->d;

		combine(x, k, k->v, i);
		remove_parts(x, out->components, out->n, k->d);
		set_length_1(x, k->d);
		settle_sign(x, k->d);
		out->error[out->n] = k->error[i];
		out->variance[out->n++] = k->values[i] * unscale * unscale;
	}
	if (k->cloud.n_used && k->cloud.squares > 0)
		out->total = k->cloud.squares / (double)k->cloud.n_used *
			     unscale * unscale;
}

static void open_krylov(struct krylov *k, size_t p)
{
	size_t most = MAX_BYTES / (2 * sizeof(float) * k->d);

	k->wanted = p < k->d ? p : k->d;
	k->most = most < MAX_DIMENSIONS ? most : MAX_DIMENSIONS;
	k->most = k->most < k->d ? k->most : k->d;
	/* One more: what an error is computed in. */
	k->v = cloud_room((k->most + 1) * k->d, sizeof(*k->v));
	k->w = cloud_room(k->most * k->d, sizeof(*k->w));
	k->t = cloud_room(k->most * k->most, sizeof(*k->t));
	k->work = cloud_room(k->most * k->most, sizeof(*k->work));
	k->vectors = cloud_room(k->most * k->most, sizeof(*k->vectors));
	k->values = cloud_room(k->most, sizeof(*k->values));
	k->sum = cloud_room(k->d, sizeof(*k->sum));
	k->error = zeros(PCA_MOST, sizeof(*k->error));
}

static void close_krylov(struct krylov *k)
{
	cloud_close(&k->cloud);
	free(k->v);
	free(k->w);
	free(k->t);
	free(k->work);
	free(k->vectors);
	free(k->values);
	free(k->sum);
	free(k->error);
}

void pca_find(struct pca *out, struct tk_matrix m, uint64_t n_rows, size_t p,
	      size_t threads)
{
	struct krylov k = {.d = (size_t)m.cols};
	size_t n;

	p = p < PCA_MOST ? p : PCA_MOST;
	cloud_open(&k.cloud, m, n_rows, threads);
	open_krylov(&k, p);
	*out = (struct pca){.d = k.d, .n_rows = k.cloud.n_used};
	out->variance = zeros(p, sizeof(*out->variance));
	out->error = zeros(p, sizeof(*out->error));
	out->components = cloud_room((p ? p : 1) * k.d, sizeof(float));
	out->mean = cloud_room(k.d, sizeof(float));
	memcpy(out->mean, k.cloud.mean, k.d * sizeof(float));
	if (k.cloud.n_used) {
		k.products = MAX_PRODUCTS - 1;
		for (n = start(&k); n;)
			n = grow(&k, n);
		k.products++;
		for (n = start_again(&k); n;)
			n = grow(&k, n);
	}
	answer(out, &k);
	close_krylov(&k);
}

void pca_place(float *out, const struct pca *p, struct tk_matrix m,
	       uint64_t first, size_t n)
{
	float *dots = cloud_room(n ? n : 1, sizeof(*dots));

	for (size_t i = 0; i < p->n; i++) {
		const float *v = p->components + i * p->d;
		double mean = dot(v, p->mean, p->d);

		tk_dot_rows(dots, m, first, n, v);
		for (size_t j = 0; j < n; j++)
			out[j * p->n + i] = (float)((double)dots[j] - mean);
	}
	free(dots);
}

void pca_free(struct pca *p)
{
	free(p->variance);
	free(p->error);
	free(p->mean);
	free(p->components);
	*p = (struct pca){0};
}
