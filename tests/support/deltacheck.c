/* SPDX-License-Identifier: MIT */
/*
 * deltacheck.c - are sums over two rows, by a kernel, the scalar one's bits?
 */
#include "deltacheck.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static uint8_t rows[2][4 * CHECK_COLS + 3];

/* A copy of a row of check_make(), at an address that is a multiple of 1. */
static const uint8_t *copy_row(uint8_t *to, const struct check *c,
			       struct rng *r)
{
	to += rng_below(r, 4);
	memcpy(to, c->m.data, (size_t)c->m.row_stride);
	return to;
}

/* Some bytes of b are those of a, so that elements are the same, or near. */
static void mix(uint8_t *b, const uint8_t *a, size_t n, size_t size,
		struct rng *r)
{
	for (size_t i = 0; i < n; i++)
		switch (rng_below(r, 4)) {
		case 0:
			memcpy(b + i * size, a + i * size, size);
			break;
		case 1: /* all but the lowest byte */
			memcpy(b + i * size + 1, a + i * size + 1, size - 1);
			break;
		default:
			break;
		}
}

static bool is_same(const double *x, const double *y)
{
	for (size_t j = 0; j < TK_DELTA_LANES; j++)
		if (memcmp(&x[j], &y[j], sizeof(x[j])) &&
		    !(isnan(x[j]) && isnan(y[j])))
			return false;
	return true;
}

static bool is_finite(const double *x)
{
	double sum = 0;

	for (size_t j = 0; j < TK_DELTA_LANES; j++)
		sum += x[j];
	return isfinite(sum);
}

static bool agree(const struct tk_delta_sums *x, const struct tk_delta_sums *y)
{
	/* The largest difference means nothing beside a NaN. */
	const bool all = is_finite(x->aa) && is_finite(x->bb);

	return is_same(x->ab, y->ab) && is_same(x->aa, y->aa) &&
	       is_same(x->bb, y->bb) && (!all || is_same(x->max, y->max)) &&
	       x->same == y->same && x->within == y->within;
}

static void add(uint64_t *hash, uint64_t x)
{
	*hash = (*hash ^ x) * UINT64_C(0x100000001b3);
}

static void add_sums(uint64_t *hash, const struct tk_delta_sums *s)
{
	add(hash, (uint64_t)s->same);
	add(hash, (uint64_t)s->within);
	for (size_t j = 0; j < TK_DELTA_LANES; j++) {
		uint64_t x = 0;

		if (!isnan(s->ab[j]))
			memcpy(&x, &s->ab[j], sizeof(x));
		add(hash, x);
	}
}

/* What tk_delta_rows() would ask; any step and floor will do here. */
static bool check_pair(const struct tk_kernel *kernel, struct tk_delta_job job,
		       struct rng *r, uint64_t *hash)
{
	static const float steps[] = {0x1p-8F, 0x1p-11F, 0.531005859375F};
	static const float floors[] = {0x1p-126F, 0x1p-14F, 0x1p-17F};
	struct tk_delta_sums must, is;

	job.by_b = rng_below(r, 2);
	job.step = steps[rng_below(r, 3)];
	job.floor = floors[rng_below(r, 3)];
	tk_kernel_scalar.delta(&must, &job);
	kernel->delta(&is, &job);
	if (hash)
		add_sums(hash, &must);
	if (agree(&must, &is))
		return true;
	fprintf(stderr, "%s: sums over %s and %s, %zu columns\n", kernel->name,
		tk_dtype_name((uint16_t)job.a->dtype),
		tk_dtype_name((uint16_t)job.b->dtype), (size_t)job.a->cols);
	return false;
}

size_t check_deltas(const struct tk_kernel *kernel, size_t d,
		    enum check_kind kind, uint64_t *hash)
{
	struct rng r = {d};
	size_t bad = 0;

	for (int t = TK_F32; t <= TK_Q8; t++)
		for (int u = TK_F32; u <= TK_Q8; u++) {
			struct check c = check_make(&r, (enum tk_dtype)t, d,
						    kind);
			struct tk_matrix a = c.m, b;
			struct tk_delta_job job = {.a = &a, .b = &b};

			job.row_a = copy_row(rows[0], &c, &r);
			c = check_make(&r, (enum tk_dtype)u, d, kind);
			b = c.m;
			job.row_b = copy_row(rows[1], &c, &r);
			if (t == u)
				mix((uint8_t *)(uintptr_t)job.row_b, job.row_a,
				    d, t == TK_F32 ? 4 : t == TK_Q8 ? 1 : 2,
				    &r);
			job.rounding = t == TK_Q8 || u == TK_Q8 ? TK_Q8
								: TK_BF16;
			bad += !check_pair(kernel, job, &r, hash);
		}
	return bad;
}
