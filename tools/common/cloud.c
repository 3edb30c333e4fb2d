/* SPDX-License-Identifier: MIT */
/*
 * cloud.c - rows of a matrix, centred, times vectors: a covariance that is
 * never written down
 */
#include "cloud.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Rows of a panel are widened, centred and multiplied while in the cache. */
#define PANEL_BYTES 65536
#define PANEL_STEP 4 /* rows that are added at a time */
#define MAX_CHUNKS 64
#define CHUNK_ROWS 256	     /* at least, where there are several */
#define CHUNKS_BYTES (32 << 20) /* of all their sums together */

struct cloud_chunk {
	uint64_t first, end;
	struct tk_matrix panel; /* f32, as many rows as fit */
	float *rows;		/* its elements */
	float *dots;		/* [CLOUD_BATCH][rows of panel] */
	float *part;		/* [CLOUD_BATCH][d] of a panel */
	double *sums;		/* [CLOUD_BATCH][d] */
	double squares;
	uint64_t n_used;
	float largest;
};

/* What a chunk works on. */
struct product {
	struct cloud *c;
	const float *v;
	size_t n;
};

void *cloud_room(size_t n, size_t size)
{
	void *p = NULL;

	if (size && n <= (SIZE_MAX - 64) / size)
		p = aligned_alloc(64, (n * size + 63) / 64 * 64 + 64);
	if (!p)
		cli_die("out of memory");
	return p;
}

/* ---- chunks ---- */

static void open_chunk(struct cloud_chunk *k, size_t d)
{
	uint64_t stride = tk_row_stride(TK_F32, d);
	uint64_t rows = PANEL_BYTES / stride / PANEL_STEP * PANEL_STEP;

	rows = rows < PANEL_STEP ? PANEL_STEP : rows;
	k->rows = cloud_room((size_t)rows, (size_t)stride);
	k->panel = (struct tk_matrix){.data = (const uint8_t *)k->rows,
				      .rows = rows,
				      .cols = d,
				      .row_stride = stride,
				      .dtype = TK_F32};
	k->dots = cloud_room((size_t)rows * CLOUD_BATCH, sizeof(*k->dots));
	k->part = cloud_room(d * CLOUD_BATCH, sizeof(*k->part));
	k->sums = cloud_room(d * CLOUD_BATCH, sizeof(*k->sums));
}

/* As many as their sums have room for; that depends on the shape alone. */
static size_t count_chunks(uint64_t n_rows, size_t d)
{
	size_t bytes = d * CLOUD_BATCH * (sizeof(double) + sizeof(float));
	uint64_t most = n_rows / CHUNK_ROWS;
	size_t n = CHUNKS_BYTES / bytes;

	n = n < most ? n : (size_t)most;
	n = n < MAX_CHUNKS ? n : MAX_CHUNKS;
	return n ? n : 1;
}

static void open_chunks(struct cloud *c)
{
	uint64_t each;

	c->n_chunks = count_chunks(c->n_rows, c->d);
	each = (c->n_rows + c->n_chunks - 1) / c->n_chunks;
	c->chunks = calloc(c->n_chunks, sizeof(*c->chunks));
	if (!c->chunks)
		cli_die("out of memory");
	for (size_t i = 0; i < c->n_chunks; i++) {
		struct cloud_chunk *k = &c->chunks[i];

		k->first = i * each < c->n_rows ? i * each : c->n_rows;
		k->end = k->first + each < c->n_rows ? k->first + each
						     : c->n_rows;
		open_chunk(k, c->d);
	}
}

/* ---- mean and scale ---- */

/* The largest absolute value; Inf if one of them is not finite. */
static float largest_of(const float *x, size_t d)
{
	float most = 0;
	int bad = 0;

	for (size_t i = 0; i < d; i++) {
		float a = fabsf(x[i]);

		bad |= !(a <= 3.402823466e+38f);
		most = a > most ? a : most;
	}
	return bad ? INFINITY : most;
}

static void measure_chunk(void *context, size_t i)
{
	struct cloud *c = context;
	struct cloud_chunk *k = &c->chunks[i];

	memset(k->sums, 0, c->d * sizeof(*k->sums));
	for (uint64_t row = k->first; row < k->end; row++) {
		float most;

		tk_row_to_f32(k->rows, c->m, row);
		most = largest_of(k->rows, c->d);
		c->used[row] = isfinite(most) ? 1 : 0;
		if (!c->used[row])
			continue;
		k->n_used++;
		k->largest = most > k->largest ? most : k->largest;
		for (size_t j = 0; j < c->d; j++)
			k->sums[j] += (double)k->rows[j];
	}
}

/* After it, elements are below 1 and their squares no subnormals. */
static float scale_for(float largest)
{
	int exponent;

	if (!(largest > 0))
		return 1;
	frexpf(largest, &exponent);
	/* Row and mean may differ by twice the largest; 2^127 is the most. */
	exponent = -exponent - 1;
	return ldexpf(1, exponent < 127 ? exponent : 127);
}

static void find_mean(struct cloud *c)
{
	for (size_t j = 0; j < c->d; j++) {
		double mean = 0;

		for (size_t i = 0; i < c->n_chunks; i++)
			mean += c->chunks[i].sums[j];
		mean = c->n_used ? mean / (double)c->n_used : 0;
		c->mean[j] = (float)mean;
		c->mean_rest[j] = (float)(mean - (double)c->mean[j]);
	}
}

void cloud_open(struct cloud *c, struct tk_matrix m, uint64_t n_rows,
		size_t threads)
{
	float largest = 0;

	*c = (struct cloud){.m = m,
			    .n_rows = n_rows,
			    .d = (size_t)m.cols,
			    .threads = threads,
			    .squares = -1};
	c->used = cloud_room((size_t)n_rows, 1);
	c->mean = cloud_room(c->d, sizeof(*c->mean));
	c->mean_rest = cloud_room(c->d, sizeof(*c->mean_rest));
	open_chunks(c);
	cli_parallel(threads, c->n_chunks, measure_chunk, c);
	for (size_t i = 0; i < c->n_chunks; i++) {
		c->n_used += c->chunks[i].n_used;
		if (c->chunks[i].largest > largest)
			largest = c->chunks[i].largest;
	}
	find_mean(c);
	c->scale = scale_for(largest);
}

void cloud_close(struct cloud *c)
{
	for (size_t i = 0; i < c->n_chunks; i++) {
		free(c->chunks[i].rows);
		free(c->chunks[i].dots);
		free(c->chunks[i].part);
		free(c->chunks[i].sums);
	}
	free(c->chunks);
	free(c->used);
	free(c->mean);
	free(c->mean_rest);
}

/* ---- products ---- */

/*
 * Scaled first: of two huge numbers the difference would overflow.  Where the
 * mean is much larger than what rows differ by, its rounding would matter.
 */
static void centre(float *x, const struct cloud *c)
{
	const float *mean = c->mean, *rest = c->mean_rest;
	float scale = c->scale;

	for (size_t i = 0; i < c->d; i++)
		x[i] = (x[i] * scale - mean[i] * scale) - rest[i] * scale;
}

/*
 * Fills the panel with used rows from *row on; returns how many.  What is left
 * over of a step is zeros.
 */
static size_t fill_panel(struct cloud_chunk *k, const struct cloud *c,
			 uint64_t *row)
{
	size_t stride = (size_t)k->panel.row_stride / sizeof(float);
	size_t n = 0;

	for (; *row < k->end && n < k->panel.rows; ++*row) {
		float *x = k->rows + n * stride;

		if (!c->used[*row])
			continue;
		tk_row_to_f32(x, c->m, *row);
		centre(x, c);
		n++;
	}
	for (size_t i = n; i % PANEL_STEP; i++)
		memset(k->rows + i * stride, 0, stride * sizeof(float));
	return n;
}

static void add_squares(struct cloud_chunk *k, const float *x, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < d; i++)
		sum += (double)x[i] * (double)x[i];
	k->squares += sum;
}

/* z += four rows, each times its dot product. */
static void add_step(float *restrict z, const float *restrict x, size_t stride,
		     const float y[PANEL_STEP], size_t d)
{
	const float *restrict x1 = x + stride;
	const float *restrict x2 = x1 + stride;
	const float *restrict x3 = x2 + stride;
	float y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];

	for (size_t i = 0; i < d; i++)
		z[i] += (y0 * x[i] + y1 * x1[i]) + (y2 * x2[i] + y3 * x3[i]);
}

static void add_panel(struct cloud_chunk *k, const struct product *p,
		      size_t n)
{
	size_t d = p->c->d, rows = (size_t)k->panel.rows;
	size_t stride = (size_t)k->panel.row_stride / sizeof(float);

	memset(k->part, 0, p->n * d * sizeof(*k->part));
	for (size_t i = 0; i < n; i += PANEL_STEP)
		for (size_t j = 0; j < p->n; j++)
			add_step(k->part + j * d, k->rows + i * stride, stride,
				 k->dots + j * rows + i, d);
	for (size_t i = 0; i < p->n * d; i++)
		k->sums[i] += (double)k->part[i];
}

static void multiply_chunk(void *context, size_t i)
{
	struct product *p = context;
	struct cloud *c = p->c;
	struct cloud_chunk *k = &c->chunks[i];
	size_t stride = (size_t)k->panel.row_stride / sizeof(float);
	uint64_t row = k->first;
	size_t n;

	memset(k->sums, 0, p->n * c->d * sizeof(*k->sums));
	while ((n = fill_panel(k, c, &row))) {
		size_t whole = (n + PANEL_STEP - 1) / PANEL_STEP * PANEL_STEP;

		for (size_t j = 0; j < n && c->squares < 0; j++)
			add_squares(k, k->rows + j * stride, c->d);
		tk_dot_batch(k->dots, (size_t)k->panel.rows, k->panel, 0,
			     whole, p->v, p->n);
		add_panel(k, p, n);
	}
}

void cloud_multiply(float *out, struct cloud *c, const float *v, size_t n)
{
	struct product p = {c, v, n};

	cli_parallel(c->threads, c->n_chunks, multiply_chunk, &p);
	for (size_t i = 0; i < n * c->d; i++) {
		double sum = 0;

		for (size_t k = 0; k < c->n_chunks; k++)
			sum += c->chunks[k].sums[i];
		out[i] = (float)(sum / (double)c->n_used);
	}
	if (c->squares >= 0)
		return;
	c->squares = 0;
	for (size_t k = 0; k < c->n_chunks; k++)
		c->squares += c->chunks[k].squares;
}
