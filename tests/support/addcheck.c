/* SPDX-License-Identifier: MIT */
/*
 * addcheck.c - are rows, added by a kernel, the scalar one's bits?
 */
#include "addcheck.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static float must[CHECK_COLS + 2], is[CHECK_COLS + 2];

/* What lies behind the last column stays as it is. */
static bool agree(const float *x, const float *y, size_t d)
{
	for (size_t i = 0; i < d; i++)
		if (memcmp(&x[i], &y[i], sizeof(*x)) &&
		    !(isnan(x[i]) && isnan(y[i])))
			return false;
	return isnan(x[d]);
}

static void add_to(uint64_t *hash, const float *x, size_t d)
{
	for (size_t i = 0; i < d; i++) {
		uint32_t bits = 0;

		if (!isnan(x[i]))
			memcpy(&bits, &x[i], sizeof(bits));
		*hash = (*hash ^ bits) * UINT64_C(0x100000001b3);
	}
}

/* Some of the rows, in any order, onto sums at an odd place. */
static bool check_rows(const struct tk_kernel *kernel, const struct check *c,
		       struct rng *r, uint64_t *hash)
{
	const size_t d = (size_t)c->m.cols, n = rng_below(r, CHECK_ROWS + 1);
	const uint8_t *rows[CHECK_ROWS];
	float by[CHECK_ROWS];
	struct tk_add_job job = {
		.m = &c->m, .rows = rows, .by = by, .n = n, .sum = must + 1};

	for (size_t i = 0; i < n; i++) {
		rows[i] = c->m.data +
			  rng_below(r, CHECK_ROWS) * c->m.row_stride;
		by[i] = rng_float(r);
	}
	for (size_t i = 0; i < d; i++)
		must[1 + i] = rng_float(r);
	must[1 + d] = NAN;
	memcpy(is, must, sizeof(is));
	tk_kernel_scalar.add(&job);
	job.sum = is + 1;
	kernel->add(&job);
	if (hash)
		add_to(hash, must + 1, d);
	if (agree(is + 1, must + 1, d))
		return true;
	fprintf(stderr, "%s: %zu rows of %s added, %zu columns\n",
		kernel->name, n, tk_dtype_name((uint16_t)c->m.dtype), d);
	return false;
}

size_t check_adds(const struct tk_kernel *kernel, size_t d,
		  enum check_kind kind, uint64_t *hash)
{
	struct rng r = {d};
	size_t bad = 0;

	for (int dtype = TK_F32; dtype <= TK_Q8; dtype++) {
		const struct check c =
			check_make(&r, (enum tk_dtype)dtype, d, kind);

		bad += !check_rows(kernel, &c, &r, hash);
	}
	return bad;
}
