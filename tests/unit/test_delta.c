/* SPDX-License-Identifier: MIT */
/*
 * test_delta.c - rows of two matrices against the definition in f64, and
 * every kernel against the scalar one
 */
#include <math.h>

#include "base/dtype.h"
#include "deltacheck.h"
#include "fpmodes.h"
#include "test.h"

#define FOR_EACH_KERNEL(k)                                                    \
	for (size_t i_ = 0; ((k) = tk_kernel_at(i_)); i_++)                   \
		if ((k)->is_supported())

#define MOST 1100

static struct tk_error err;

/* ---- kernels ---- */

static void test_bits(void **state)
{
	const struct tk_kernel *k;

	(void)state;
	FOR_EACH_KERNEL(k)
		for (size_t d = 1; d < 2500; d += d < 140 ? 1 : 37)
			assert_int_equal(
				check_deltas(k, d,
					     (enum check_kind)(d %
							       N_CHECK_KINDS),
					     NULL),
				0);
}

/* ---- by definition ---- */

struct pair {
	struct tk_matrix a, b;
	float x[MOST], y[MOST]; /* of one row, widened */
	uint8_t data[2][4 * 4 * MOST];
};

static struct pair p;

static void set(size_t which, enum tk_dtype dtype, uint64_t cols,
		uint64_t rows)
{
	struct tk_matrix m = {p.data[which], rows, cols,
			      tk_row_stride(dtype, cols), dtype};

	*(which ? &p.b : &p.a) = m;
}

/* Row r of both as these numbers. */
static void pack(uint64_t r, const float *x, const float *y)
{
	assert_ok(tk_row_from_f32(p.data[0] + r * p.a.row_stride, p.a.dtype,
				  x, p.a.cols, &err), err);
	assert_ok(tk_row_from_f32(p.data[1] + r * p.b.row_stride, p.b.dtype,
				  y, p.b.cols, &err), err);
}

static bool same(float x, float y)
{
	return tk_f32_to_bits(x) == tk_f32_to_bits(y);
}

static void expect(const struct tk_row_delta *d, uint64_t r)
{
	double ab = 0, aa = 0, bb = 0, max = 0;
	uint32_t n_differ = 0, n_unfit = 0;

	tk_row_to_f32(p.x, p.a, r);
	tk_row_to_f32(p.y, p.b, r);
	for (size_t i = 0; i < p.a.cols; i++) {
		double x = (double)p.x[i], y = (double)p.y[i];

		ab += x * y;
		aa += x * x;
		bb += y * y;
		n_differ += !same(p.x[i], p.y[i]);
		n_unfit += !same(p.x[i], p.y[i]) && !isfinite(x - y);
		if (isfinite(x - y) && fabs(x - y) > max)
			max = fabs(x - y);
	}
	assert_int_equal(d->n_differ, n_differ);
	assert_int_equal(d->n_unfit, n_unfit);
	assert_true(d->n_beyond <= d->n_differ);
	assert_true(d->max_abs == max);
	if (isfinite(aa + bb) && aa > 0 && bb > 0)
		assert_true(fabs(d->cos - ab / sqrt(aa) / sqrt(bb)) < 1e-13);
	else
		assert_true(isnan(d->cos));
	assert_true(isnan(d->cos) || fabs(d->cos) <= 1);
}

static void test_definition(void **state)
{
	static float x[MOST], y[MOST];
	struct rng r = {3};

	(void)state;
	for (int k = 0; k < 4000; k++) {
		enum tk_dtype t = (enum tk_dtype)(1 + k % 4);
		enum tk_dtype u = (enum tk_dtype)(1 + k / 4 % 4);
		size_t d = 1 + (size_t)rng_below(&r, k % 9 ? 70 : MOST);
		struct tk_row_delta out;

		for (size_t i = 0; i < d; i++) {
			x[i] = rng_float(&r);
			y[i] = k % 3 ? rng_float(&r)
				     : x[i] + rng_float(&r) / 1024;
			if (k % 5 == 0 && i % 2)
				y[i] = x[i];
			if (k % 50 == 1)
				x[i] = 0;
		}
		set(0, t, d, 1);
		set(1, u, d, 1);
		pack(0, x, y);
		assert_ok(tk_delta_rows(&out, p.a, 0, p.b, 0, 1, NULL, &err),
			  err);
		expect(&out, 0);
	}
}

/* Rows of any bits at all: NaN, infinities, subnormals. */
static void test_any_bits(void **state)
{
	static float x[MOST], y[MOST];
	struct rng r = {4};

	(void)state;
	for (int k = 0; k < 3000; k++) {
		size_t d = 1 + (size_t)rng_below(&r, 60);
		struct tk_row_delta out;

		for (size_t i = 0; i < d; i++) {
			x[i] = rng_any_float(&r);
			y[i] = rng_below(&r, 3) ? x[i] : rng_any_float(&r);
			if (!rng_below(&r, 50))
				y[i] = INFINITY;
			if (!rng_below(&r, 50))
				x[i] = -INFINITY;
			if (!rng_below(&r, 50))
				x[i] = y[i] = tk_bits_to_f32(0xffc12345);
		}
		set(0, TK_F32, d, 1);
		set(1, TK_F32, d, 1);
		pack(0, x, y);
		assert_ok(tk_delta_rows(&out, p.a, 0, p.b, 0, 1, NULL, &err),
			  err);
		expect(&out, 0);
		/* The largest numbers have a difference, too. */
		x[0] = 3e38F;
		y[0] = -3e38F;
		pack(0, x, y);
		assert_ok(tk_delta_rows(&out, p.a, 0, p.b, 0, 1, NULL, &err),
			  err);
		expect(&out, 0);
	}
}

/* The rules at the edges, spelled out. */
static void test_rules(void **state)
{
	const float nan1 = tk_bits_to_f32(0x7fc00001);
	const float nan2 = tk_bits_to_f32(0xffc00001);
	float x[] = {0.0F, nan1, nan1, INFINITY, INFINITY, 1, 1};
	float y[] = {-0.0F, nan1, nan2, INFINITY, -INFINITY, NAN, 1};
	struct tk_row_delta out;

	(void)state;
	set(0, TK_F32, LEN(x), 1);
	set(1, TK_F32, LEN(x), 1);
	pack(0, x, y);
	assert_ok(tk_delta_rows(&out, p.a, 0, p.b, 0, 1, NULL, &err), err);
	assert_int_equal(out.n_differ, 4);
	assert_int_equal(out.n_unfit, 3);
	assert_int_equal(out.n_beyond, 3);
	assert_true(out.max_abs == 0 && isnan(out.cos));
}

/* ---- what rounding explains ---- */

static const struct {
	enum tk_dtype a, b, rounding;
} roundings[] = {
	{TK_F32, TK_BF16, TK_BF16}, {TK_F32, TK_F16, TK_F16},
	{TK_F32, TK_Q8, TK_Q8},	    {TK_F16, TK_BF16, TK_BF16},
	{TK_F16, TK_Q8, TK_Q8},	    {TK_BF16, TK_Q8, TK_Q8},
};

static void test_rounding(void **state)
{
	static float x[MOST], y[MOST];
	struct rng r = {6};

	(void)state;
	for (int t = TK_F32; t <= TK_Q8; t++)
		assert_int_equal(tk_delta_rounding((enum tk_dtype)t,
						   (enum tk_dtype)t),
				 t == TK_Q8 ? TK_Q8 : TK_BF16);
	for (size_t k = 0; k < 600 * LEN(roundings); k++) {
		enum tk_dtype a = roundings[k % LEN(roundings)].a;
		enum tk_dtype b = roundings[k % LEN(roundings)].b;
		bool swap = k / LEN(roundings) % 2;
		struct tk_row_delta out;

		assert_int_equal(tk_delta_rounding(a, b),
				 roundings[k % LEN(roundings)].rounding);
		assert_int_equal(tk_delta_rounding(b, a),
				 tk_delta_rounding(a, b));
		/* Rounded once to the finer one; to f16's smallest, too. */
		for (size_t i = 0; i < 96; i++)
			x[i] = ldexpf(rng_float(&r),
				      -(int)rng_below(&r, 30));
		set(0, a, 96, 1);
		set(1, b, 96, 1);
		pack(0, x, x);
		tk_row_to_f32(y, p.a, 0);
		pack(0, y, y);
		assert_ok(swap ? tk_delta_rows(&out, p.b, 0, p.a, 0, 1, NULL,
					       &err)
			       : tk_delta_rows(&out, p.a, 0, p.b, 0, 1, NULL,
					       &err), err);
		assert_true(out.n_differ > 0);
		assert_int_equal(out.n_beyond, 0);
	}
}

/* One step more is more than rounding explains. */
static void test_beyond(void **state)
{
	float x[64], y[64];
	struct rng r = {8};

	(void)state;
	for (size_t k = 0; k < 6000; k++) {
		enum tk_dtype b = k % 3 == 0   ? TK_BF16
				  : k % 3 == 1 ? TK_F16
					       : TK_Q8;
		struct tk_row_delta out;
		uint8_t *row = p.data[1];

		for (size_t i = 0; i < 64; i++)
			x[i] = rng_float(&r) + (i % 32 ? 0 : 1.5F);
		set(0, TK_F32, 64, 1);
		set(1, b, 64, 1);
		pack(0, x, x);
		tk_row_to_f32(y, p.b, 0);
		/* As far as the nearest number on the other side of x. */
		if (b == TK_Q8)
			row[7] = (uint8_t)(row[7] + (x[7] > y[7] ? 2 : -2));
		else
			row[14] = (uint8_t)(row[14] ^ 2);
		tk_row_to_f32(y, p.b, 0);
		assert_ok(tk_delta_rows(&out, p.a, 0, p.b, 0, 1, NULL, &err),
			  err);
		assert_int_equal(out.n_beyond, 1);
	}
}

/* ---- rows ---- */

#define ROWS 500

static size_t calls;

static void backwards(void *pool, size_t n,
		      void (*work)(void *context, size_t i), void *context)
{
	(void)pool;
	calls += n;
	while (n)
		work(context, --n);
}

static uint8_t many[2][ROWS * 4352];

static void test_rows(void **state)
{
	const struct tk_parallel parallel = {backwards, NULL};
	static struct tk_row_delta must[ROWS], is[ROWS];
	struct tk_matrix a = {many[0], ROWS, MOST - 20, 4352, TK_F32};
	struct tk_matrix b = {many[1], ROWS, MOST - 20, 2176, TK_BF16};
	const struct tk_kernel *k;
	struct rng r = {9};

	(void)state;
	memset(must, 0, sizeof(must));
	memset(is, 0, sizeof(is));
	for (size_t i = 0; i < sizeof(many[0]); i += 4) {
		float x = rng_float(&r);

		memcpy(many[0] + i, &x, 4);
		memcpy(many[1] + i / 2, (uint8_t *)&x + 2, 2);
	}
	assert_ok(tk_delta_rows(must, a, 3, b, 5, ROWS - 5, NULL, &err), err);
	FOR_EACH_KERNEL(k)
		for (int mode = 0; mode < N_FPMODES; mode++) {
			unsigned before;

			setenv("TK_KERNEL", k->name, 1);
			fpmode_set(mode);
			before = fpmode_get();
			tk_delta_rows(is, a, 3, b, 5, ROWS - 5, &parallel,
				      NULL);
			assert_true(before == fpmode_get());
			fpmode_set(0);
			assert_memory_equal(is, must, sizeof(must));
		}
	unsetenv("TK_KERNEL");
	assert_true(calls > 8 * 2);
	for (uint64_t i = 0; i < ROWS - 5; i += 31) {
		struct tk_row_delta one = {0};

		assert_ok(tk_delta_rows(&one, a, 3 + i, b, 5 + i, 1, NULL,
					&err), err);
		assert_memory_equal(&one, &must[i], sizeof(one));
	}
}

static void test_arguments(void **state)
{
	struct tk_row_delta out[3];
	struct tk_matrix none;

	(void)state;
	set(0, TK_F32, 10, 3);
	set(1, TK_F16, 11, 3);
	none = p.a;
	none.data = NULL;
	assert_status(tk_delta_rows(out, p.a, 0, p.b, 0, 1, NULL, &err),
		      TK_E_SHAPE);
	set(1, TK_F16, 10, 2);
	assert_status(tk_delta_rows(out, p.a, 0, p.b, 0, 3, NULL, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_delta_rows(out, p.b, 0, p.a, 1, 3, NULL, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_delta_rows(out, p.a, UINT64_MAX, p.b, 0, 2, NULL,
				    &err), TK_E_ARGUMENT);
	assert_status(tk_delta_rows(out, none, 0, p.b, 0, 1, NULL, &err),
		      TK_E_ARGUMENT);
	assert_ok(tk_delta_rows(out, p.a, 3, p.b, 2, 0, NULL, &err), err);
}

/* A vector as a matrix of one column: every element by itself. */
static void test_column(void **state)
{
	static float x[MOST], y[MOST];
	static struct tk_row_delta out[MOST];
	struct rng r = {10};

	(void)state;
	for (size_t i = 0; i < MOST; i++) {
		x[i] = rng_float(&r);
		y[i] = i % 3 ? x[i] : rng_float(&r);
	}
	set(0, TK_F32, MOST, 1);
	set(1, TK_F32, MOST, 1);
	pack(0, x, y);
	p.a = (struct tk_matrix){p.data[0], MOST, 1, 4, TK_F32};
	p.b = (struct tk_matrix){p.data[1], MOST, 1, 4, TK_F32};
	assert_ok(tk_delta_rows(out, p.a, 0, p.b, 0, MOST, NULL, &err), err);
	for (size_t i = 0; i < MOST; i++) {
		assert_int_equal(out[i].n_differ, x[i] != y[i]);
		assert_true(out[i].max_abs ==
			    fabs((double)x[i] - (double)y[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_definition),
		cmocka_unit_test(test_any_bits),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
