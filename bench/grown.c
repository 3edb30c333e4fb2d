/* SPDX-License-Identifier: MIT */
/*
 * grown.c - the sample's trained model, made as large as GPT-2's
 */
#include "grown.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "corpus.h"
#include "fixture.h"
#include "measure.h"
#include "random.h"

#define MAX_D 256

/* The small model, and where its columns go. */
struct small {
	struct opened o;
	size_t rows, d;
	float *w; /* [rows][d] */
	float *b; /* [rows] */
	float *a; /* [d][cols]: orthonormal */
};

static double dot(const float *x, const float *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)y[i];
	return sum;
}

/* Gram and Schmidt's way. */
static void make_orthonormal(float *a, size_t n, size_t cols)
{
	gaussian(a, n * cols, 48);
	for (size_t i = 0; i < n; i++) {
		float *x = a + i * cols;
		double norm;

		for (size_t j = 0; j < i; j++) {
			const float *y = a + j * cols;
			double c = dot(x, y, cols);

			for (size_t k = 0; k < cols; k++)
				x[k] -= (float)c * y[k];
		}
		norm = sqrt(dot(x, x, cols));
		for (size_t k = 0; k < cols; k++)
			x[k] = (float)((double)x[k] / norm);
	}
}

static struct small load(const char *dir, size_t cols)
{
	char path[PATH_SIZE];
	struct small s;
	struct tk_matrix bias;

	snprintf(path, sizeof(path), "%s/kingdom.tk", dir);
	s.o = open_model(path);
	s.rows = tk_model_n_predictable(s.o.model);
	s.d = s.o.w_u.cols;
	if (s.d > MAX_D) {
		fprintf(stderr, "bench: %s: is not the sample\n", path);
		exit(2);
	}
	s.w = must(calloc(s.rows * s.d, sizeof(*s.w)));
	s.b = must(calloc(s.rows, sizeof(*s.b)));
	s.a = must(calloc(s.d * cols, sizeof(*s.a)));
	for (size_t r = 0; r < s.rows; r++)
		tk_row_to_f32(s.w + r * s.d, s.o.w_u, r);
	bias = tk_model_matrix(s.o.model, TK_KIND_B_U);
	if (bias.data && bias.cols == s.rows)
		tk_row_to_f32(s.b, bias, 0);
	make_orthonormal(s.a, s.d, cols);
	return s;
}

static void unload(struct small *s)
{
	free(s->w);
	free(s->b);
	free(s->a);
	close_model(&s->o);
}

/* out[cols] = A x[d] */
static void grow(float *out, const struct small *s, const float *x, size_t cols)
{
	for (size_t k = 0; k < cols; k++)
		out[k] = 0;
	for (size_t i = 0; i < s->d; i++)
		for (size_t k = 0; k < cols; k++)
			out[k] += x[i] * s->a[i * cols + k];
}

/* The three trained rows that row r is made of. */
static void parents(size_t p[3], const struct small *s, size_t r)
{
	uint64_t random = r;

	for (size_t i = 0; i < 3; i++)
		p[i] = r < s->rows ? r : random_below(&random, s->rows);
}

static void grown_row(float *out, size_t r, size_t cols, const void *context)
{
	const struct small *s = context;
	float x[MAX_D];
	size_t p[3];

	parents(p, s, r);
	for (size_t i = 0; i < s->d; i++)
		x[i] = s->w[p[0] * s->d + i] + (s->w[p[1] * s->d + i] -
						s->w[p[2] * s->d + i]) / 2;
	grow(out, s, x, cols);
}

void make_grown(const char *dir, const char *name, size_t cols)
{
	struct small s = load(dir, cols);
	float *b_u = must(calloc(N_TOKENS, sizeof(*b_u)));
	const struct plan plan = {.cols = cols,
				  .dtype = TK_F16,
				  .sketch = true,
				  .b_u = b_u,
				  .row = grown_row,
				  .context = &s};
	char path[PATH_SIZE];

	for (size_t r = 0; r < N_TOKENS; r++) {
		size_t p[3];

		parents(p, &s, r);
		b_u[r] = s.b[p[0]];
	}
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	make_model(path, &plan);
	free(b_u);
	unload(&s);
}

/* The words of text t before its last but 'back', after the mark before it. */
static void small_hidden(float *h, const struct small *s,
			 const struct corpus *c, size_t t, size_t back)
{
	const size_t len = c->start[t + 1] - c->start[t];
	const size_t n = len > back + 1 ? len - back : 1;
	uint32_t ids[MAX_TOKENS];
	float scratch[MAX_D];
	struct tk_error err;

	for (size_t i = 0; i < n; i++)
		ids[i] = i ? c->ids[c->start[t] + i - 1] : END_OF_TEXT;
	if (tk_context(h, scratch, s->o.model, ids, n, &err) ||
	    tk_final_norm(h, s->o.model, &err)) {
		fprintf(stderr, "bench: kingdom.tk: %s\n", err.message);
		exit(2);
	}
}

void grown_hidden(float *h, size_t n, size_t cols, const char *dir)
{
	struct small s = load(dir, cols);
	static struct corpus c;
	size_t t = 0;
	float x[MAX_D];

	if (!corpus_make(&c, N_TEXTS)) {
		fprintf(stderr, "bench: out of memory\n");
		exit(2);
	}
	for (size_t i = 0; i < n; i++, t++) {
		while (!corpus_is_held_out(t))
			t++;
		small_hidden(x, &s, &c, t, i % 4);
		grow(h + i * cols, &s, x, cols);
	}
	corpus_free(&c);
	unload(&s);
}
