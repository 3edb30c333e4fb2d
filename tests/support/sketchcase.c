/* SPDX-License-Identifier: MIT */
/*
 * sketchcase.c - a matrix, its sketch and a hidden vector, made to be hard
 */
#include "sketchcase.h"

#include <math.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "compute/panels.h"
#include "compute/sketchrow.h"
#include "test.h"

static void *allocate(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) & ~(size_t)63);

	assert_non_null(p);
	return p;
}

void case_new(struct sketch_case *c, size_t rows, size_t cols,
	      enum tk_dtype dtype)
{
	uint64_t stride = tk_row_stride(dtype, cols);

	*c = (struct sketch_case){
		.matrix = allocate((size_t)(rows * stride)),
		.section = allocate((size_t)tk_sketch_size(rows, cols)),
		.bias = allocate((size_t)(4 * rows)),
		.h = allocate(4 * cols),
		.row = allocate(4 * cols),
		.keys = allocate(4 * rows),
		.best = allocate(rows * sizeof(*c->best)),
		.expected = allocate(rows * sizeof(*c->best)),
	};
	c->s.w_u = (struct tk_matrix){c->matrix, rows, cols, stride, dtype};
	c->s.rows = rows;
	c->s.logit_scale = 1;
}

void case_free(struct sketch_case *c)
{
	free(c->matrix);
	free(c->section);
	free(c->bias);
	free(c->h);
	free(c->row);
	free(c->scratch);
	free(c->keys);
	free(c->best);
	free(c->expected);
}

/* ---- numbers ---- */

/* About normal: the sum of four uniform numbers. */
static float bell(struct rng *r)
{
	return rng_float(r) + rng_float(r) + rng_float(r) + rng_float(r);
}

static float sign(struct rng *r)
{
	return rng_u64(r) & 1 ? 1.0F : -1.0F;
}

static float subnormal(struct rng *r)
{
	return sign(r) * (float)rng_below(r, 1 << 20) * 0x1p-149F;
}

static float any_finite(struct rng *r)
{
	float x;

	do
		x = rng_any_float(r);
	while (!isfinite(x));
	return x;
}

/* ---- the hidden vector ---- */

static float hidden(struct rng *r, enum hidden_kind kind, size_t i, size_t one)
{
	switch (kind) {
	case HIDDEN_ONE:
		return i == one ? bell(r) : 0;
	case HIDDEN_HUGE:
		return bell(r) * 1e15F;
	case HIDDEN_SUBNORMAL:
		return subnormal(r);
	case HIDDEN_CONSTANT:
		return 0.7F;
	case HIDDEN_ZERO:
		return 0;
	case HIDDEN_EXACT:
		return (float)(i == one ? 32512
					: (int)rng_below(r, 65025) - 32512) *
		       0x1p-10F;
	case HIDDEN_OUTLIERS:
		return bell(r) * (i % 61 == one % 61 ? 300 : 1);
	default:
		return bell(r);
	}
}

void case_hidden(struct sketch_case *c, struct rng *r, enum hidden_kind kind)
{
	size_t d = (size_t)c->s.w_u.cols, one = (size_t)rng_below(r, d);

	for (size_t i = 0; i < d; i++)
		c->h[i] = hidden(r, kind, i, one);
}

/* ---- rows ---- */

static float largest(const float *x, size_t n)
{
	float m = 0;

	for (size_t i = 0; i < n; i++)
		m = fmaxf(m, fabsf(x[i]));
	return m;
}

/*
 * Just short of half a step from a multiple of the scale, on h's side; the
 * first of each block has the size that makes the scale 1/64.
 */
static float off_grid(struct rng *r, float h, size_t i, float step)
{
	float q = (float)rng_below(r, 200) - 100;

	if (i % 64 == 0)
		return 119.0F / 64;
	return (q * step + copysignf(0.499F * step, h)) / 64;
}

static float element(const struct sketch_case *c, struct rng *r,
		     enum row_kind kind, size_t i, float scale)
{
	float before = i ? c->row[i - 1] : 0;

	switch (kind) {
	case ROW_HUGE:
		return bell(r) * 1e30F;
	case ROW_CANCELLING:
		/* row[i] h[i] is about -row[i - 1] h[i - 1] */
		if (i % 2 && c->h[i] != 0 &&
		    fabsf(before * c->h[i - 1] / c->h[i]) < 1e30F)
			return -before * c->h[i - 1] / c->h[i];
		return bell(r) * 1000;
	case ROW_SUBNORMAL:
		return subnormal(r);
	case ROW_CONSTANT:
		return 0.3F;
	case ROW_OUTLIERS:
		return bell(r) * (i % 61 == 7 ? 300 : 1);
	case ROW_PARALLEL:
		return c->h[i] / scale;
	case ROW_ZERO:
		return 0;
	case ROW_SIGNS:
		return 0.37F * sign(r);
	case ROW_ERROR:
		return off_grid(r, c->h[i], i, 1);
	case ROW_EXACT:
		return i % 64 ? (float)((int)rng_below(r, 239) - 119) / 64
			      : 119.0F / 64;
	case ROW_HEAVY:
		return bell(r) / (0.001F + fabsf(rng_float(r)));
	case ROW_BITS:
		return any_finite(r);
	default:
		return bell(r);
	}
}

static enum row_kind kind_of_row(struct rng *r, enum row_kind kind)
{
	if (kind == ROW_ANY_BROKEN && rng_below(r, 100) == 0)
		return ROW_BROKEN;
	if (kind >= N_ROW_KINDS)
		return (enum row_kind)rng_below(r, ROW_BROKEN);
	return kind;
}

static void make_row(struct sketch_case *c, struct rng *r, enum row_kind kind)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	size_t d = (size_t)c->s.w_u.cols;
	float scale = largest(c->h, d);

	if (kind == ROW_DUPLICATE)
		return;
	for (size_t i = 0; i < d; i++)
		c->row[i] = element(c, r, kind, i, scale > 0 ? scale : 1);
	if (kind == ROW_BROKEN)
		c->row[rng_below(r, d)] = bad[rng_below(r, 3)];
}

/* What does not fit into the type is made to. */
static void fit(struct sketch_case *c)
{
	enum tk_dtype dtype = c->s.w_u.dtype;

	for (size_t i = 0; i < c->s.w_u.cols && dtype != TK_F32; i++)
		if (dtype == TK_Q8 && !isfinite(c->row[i]))
			c->row[i] = 0;
		else if (dtype != TK_BF16 && isfinite(c->row[i]))
			c->row[i] = fmaxf(fminf(c->row[i], 6e4F), -6e4F);
		else if (isfinite(c->row[i]))
			c->row[i] = fmaxf(fminf(c->row[i], 3e38F), -3e38F);
}

void case_matrix(struct sketch_case *c, struct rng *r, enum row_kind kind)
{
	const struct tk_matrix *m = &c->s.w_u;
	struct tk_error err;

	memset(c->row, 0, (size_t)m->cols * sizeof(*c->row));
	for (size_t i = 0; i < m->rows; i++) {
		make_row(c, r, kind_of_row(r, kind));
		fit(c);
		assert_ok(tk_row_from_f32(c->matrix + i * m->row_stride,
					  m->dtype, c->row, m->cols, &err),
			  err);
	}
}

/* ---- biases ---- */

void case_bias(struct sketch_case *c, struct rng *r, bool broken)
{
	size_t n = (size_t)c->s.rows;
	float scale = powf(10, (float)rng_below(r, 9) - 4);

	for (size_t i = 0; i < n; i++) {
		float b = bell(r) * scale;

		if (rng_below(r, 20) == 0)
			b = -INFINITY;
		if (broken && rng_below(r, 100) == 0)
			b = rng_u64(r) & 1 ? INFINITY : NAN;
		tk_store_f32(c->bias + 4 * i, b);
	}
	c->s.b_u = (struct tk_matrix){c->bias, 1, n, 4 * n, TK_F32};
}

void case_no_bias(struct sketch_case *c)
{
	c->s.b_u.data = NULL;
}

/* ---- the sketch ---- */

static void put_norms(struct sketch_case *c, size_t p, float norms[3][32],
		      float *norm_max)
{
	const uint8_t *const arrays[] = {c->s.error_hi, c->s.error_8,
					 c->s.norm};

	for (size_t a = 0; a < 3; a++)
		for (size_t j = 0; j < 32; j++)
			tk_store_f32(c->section + (arrays[a] - c->section) +
					     4 * (32 * p + j),
				     norms[a][j]);
	for (size_t j = 0; j < 32; j++)
		if (isfinite(norms[2][j]))
			*norm_max = fmaxf(*norm_max, norms[2][j]);
}

/* The bytes of an array of the sketch, to be written. */
static uint8_t *at(struct sketch_case *c, const uint8_t *array, size_t offset)
{
	return c->section + (array - c->section) + offset;
}

void case_sketch(struct sketch_case *c)
{
	size_t rows = (size_t)c->s.rows, cols = (size_t)c->s.w_u.cols;
	struct tk_disk_sketch head = {
		.rows = tk_put32((uint32_t)rows),
		.cols = tk_put32((uint32_t)cols),
		.panel_rows = tk_put32(32),
		.block_cols = tk_put32(64),
	};
	size_t size = (size_t)tk_sketch_size(rows, cols);
	struct tk_sketch_row row;
	float norm_max = 0;
	struct tk_error err;

	memcpy(c->section, &head, sizeof(head));
	assert_ok(tk_sketch_bind(&c->s,
				 (struct tk_bytes){c->section, size}, 0,
				 &err), err);
	assert_true(tk_sketch_row_new(&row, cols));
	for (size_t p = 0; p < c->s.n_panels; p++) {
		size_t n = p * (size_t)c->s.n_blocks, left = rows - 32 * p;
		float norms[3][32];
		struct tk_sketch_panel panel = {
			.scale = at(c, c->s.scale, 64 * n),
			.hi = at(c, c->s.hi, 1024 * n),
			.lo = at(c, c->s.lo, 1024 * n),
			.error_hi = norms[0],
			.error_8 = norms[1],
			.norm = norms[2],
		};

		tk_sketch_fill(&panel, c->s.w_u, 32 * p, left < 32 ? left : 32,
			       &row);
		put_norms(c, p, norms, &norm_max);
	}
	tk_sketch_row_free(&row);
	c->s.norm_max = norm_max;
	free(c->scratch);
	c->scratch = allocate(tk_sketch_scratch(&c->s));
}

/* ---- bounds ---- */

struct tk_query *case_query(struct sketch_case *c)
{
	struct tk_search *x = tk_search_lay_out(&c->s, c->h, c->scratch);

	tk_query_make(&x->query, &c->s, x->h);
	return &x->query;
}

void case_bounds(struct sketch_case *c, size_t p, enum tk_scan scan,
		 float approx[32], float upper[32], float lower[32])
{
	struct tk_search *x = c->scratch;

	x->scan = TK_SCAN_HI;
	tk_scan_panels(x, p, 1, p + 1);
	if (scan == TK_SCAN_BOTH) {
		x->scan = TK_SCAN_BOTH;
		tk_scan_panels(x, p, 1, p + 1);
	}
	tk_sketch_margins(upper, &c->s, &x->query, scan, p);
	for (size_t j = 0; j < 32; j++) {
		approx[j] = x->approx[32 * p + j];
		lower[j] = approx[j] - upper[j];
		upper[j] = approx[j] + upper[j];
	}
}
