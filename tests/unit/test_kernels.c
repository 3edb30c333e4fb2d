/* SPDX-License-Identifier: MIT */
/*
 * test_kernels.c - every kernel that this processor has gives the scalar
 * one's bits, and those are near enough to the exact dot product
 */
#include <math.h>
#include <pthread.h>

#include "base/dtype.h"
#include "fpmodes.h"
#include "kernelcheck.h"
#include "test.h"

#define FOR_EACH_KERNEL(k)                                                    \
	for (size_t i_ = 0; ((k) = tk_kernel_at(i_)); i_++)                   \
		if ((k)->is_supported())

/* ---- the same bits ---- */

static void test_small(void **state)
{
	const struct tk_kernel *k;

	(void)state;
	FOR_EACH_KERNEL(k)
		assert_int_equal(check_columns(k, 1, 1100, 1), 0);
}

/* Long rows go through several at once. */
static void test_large(void **state)
{
	const struct tk_kernel *k;

	(void)state;
	FOR_EACH_KERNEL(k) {
		assert_int_equal(check_columns(k, 1101, 4400, 97), 0);
		assert_int_equal(check_columns(k, 12269, 12288, 19), 0);
	}
}

/* Every count of rows there is, and every count of vectors. */
static void test_counts(void **state)
{
	const struct tk_kernel *k;
	struct rng r = {5};
	struct check c = check_make(&r, TK_F16, 2100, CHECK_WIDE);

	(void)state;
	FOR_EACH_KERNEL(k)
		for (uint64_t n = 0; n <= CHECK_ROWS; n++) {
			for (size_t n_hs = 1; n_hs <= TK_BATCH; n_hs++)
				assert_true(check_kernel(&c, k, TK_SUM_DOT, 0,
							 n, n_hs));
			assert_true(check_kernel(&c, k, TK_SUM_SQUARE, 0, n,
						 0));
			assert_true(check_kernel(&c, k, TK_SUM_DOT_SQUARE, 0,
						 n, 1));
			assert_true(check_kernel(&c, k, TK_SUM_DISTANCE, 0, n,
						 1));
		}
}

static void test_largest(void **state)
{
	const struct tk_kernel *k;
	struct rng r = {8};

	(void)state;
	FOR_EACH_KERNEL(k)
		for (size_t n = 0; n <= CHECK_KEYS; n++)
			assert_true(check_largest(k, &r, n));
}

/* ---- the public functions ---- */

static void force(const char *name)
{
	assert_int_equal(setenv("TK_KERNEL", name, 1), 0);
}

static void test_choice(void **state)
{
	static const char *const none[] = {"", "AVX2", "avx2 ", "sse9"};
	const struct tk_kernel *k;
	const char *best = "";

	(void)state;
	FOR_EACH_KERNEL(k) {
		best = *best ? best : k->name;
		force(k->name);
		assert_string_equal(tk_kernel_name(), k->name);
	}
	for (size_t i = 0; i < LEN(none); i++) {
		force(none[i]);
		assert_string_equal(tk_kernel_name(), best);
	}
	unsetenv("TK_KERNEL");
	assert_string_equal(tk_kernel_name(), best);
}

#define D 100
#define ROWS 70
#define VECTORS 19

static float hs[VECTORS][D], out[VECTORS][ROWS + 5], one[ROWS];
static uint8_t rows[ROWS * 256];

/* A batch is what as many calls are, at any stride; NaN is one NaN. */
static void test_batch(void **state)
{
	const struct tk_matrix m = {rows, ROWS, D, 256, TK_F16};
	const struct tk_kernel *k;
	struct rng r = {77};

	(void)state;
	for (size_t i = 0; i < sizeof(rows); i++)
		rows[i] = (uint8_t)rng_u64(&r);
	for (size_t i = 0; i < VECTORS * D; i++)
		hs[i / D][i % D] = rng_float(&r);
	FOR_EACH_KERNEL(k) {
		force(k->name);
		for (size_t n = 0; n <= VECTORS; n++) {
			memset(out, 0x55, sizeof(out));
			tk_dot_batch(out[0], ROWS + 5, m, 1, ROWS - 2, hs[0],
				     n);
			for (size_t j = 0; j < n; j++) {
				tk_dot_rows(one, m, 1, ROWS - 2, hs[j]);
				assert_memory_equal(one, out[j],
						    (ROWS - 2) * 4);
			}
			for (size_t i = ROWS - 2; n && i < ROWS + 5; i++)
				assert_int_equal(
					tk_f32_to_bits(out[n - 1][i]),
					0x55555555);
		}
	}
	unsetenv("TK_KERNEL");
}

static void test_nan(void **state)
{
	float w[40] = {0}, h[40] = {0}, x[3];
	uint8_t row[192];
	const struct tk_matrix m = {row, 1, 40, sizeof(row), TK_F32};
	const struct tk_kernel *k;

	(void)state;
	w[33] = tk_bits_to_f32(0xffabcdef);
	assert_int_equal(tk_f32_to_bits(tk_dot(w, h, 40)), 0x7fc00000);
	tk_row_from_f32(row, TK_F32, w, 40, NULL);
	FOR_EACH_KERNEL(k) {
		force(k->name);
		tk_dot_rows(x, m, 0, 1, h);
		assert_int_equal(tk_f32_to_bits(x[0]), 0x7fc00000);
	}
	unsetenv("TK_KERNEL");
}

/* Rounding and flushing of the caller change nothing, and stay. */
static void test_modes(void **state)
{
	static float must[CHECK_ROWS], is[CHECK_ROWS];
	const struct tk_kernel *k;
	struct rng r = {9};

	(void)state;
	for (int dtype = TK_F32; dtype <= TK_Q8; dtype++) {
		struct check c = check_make(&r, (enum tk_dtype)dtype, 700,
					    CHECK_SUBNORMAL);

		tk_dot_rows(must, c.m, 0, CHECK_ROWS, c.hs[0]);
		FOR_EACH_KERNEL(k)
			for (int mode = 0; mode < N_FPMODES; mode++) {
				unsigned before, after;

				force(k->name);
				fpmode_set(mode);
				before = fpmode_get();
				tk_dot_rows(is, c.m, 0, CHECK_ROWS, c.hs[0]);
				after = fpmode_get();
				fpmode_set(0);
				assert_int_equal(before, after);
				assert_memory_equal(is, must, sizeof(must));
			}
	}
	unsetenv("TK_KERNEL");
}

struct part {
	const struct check *c;
	float out[CHECK_ROWS];
	uint64_t first, n;
	bool stays; /* the mode of the thread */
};

/* In each mode that a thread may have; the last result stays in 'out'. */
static void *run_part(void *argument)
{
	struct part *p = argument;

	p->stays = true;
	for (int i = 0; i < 48; i++) {
		unsigned before;

		fpmode_set((i + (int)p->first) % N_FPMODES);
		before = fpmode_get();
		tk_dot_rows(p->out, p->c->m, p->first, p->n, p->c->hs[0]);
		p->stays = p->stays && before == fpmode_get();
	}
	return NULL;
}

static void test_threads(void **state)
{
	static float must[CHECK_ROWS];
	struct rng r = {3};
	struct check c = check_make(&r, TK_BF16, 3000, CHECK_SUBNORMAL);
	struct part parts[3] = {{.c = &c, .first = 0, .n = 7},
				{.c = &c, .first = 7, .n = 1},
				{.c = &c, .first = 8, .n = 11}};
	pthread_t threads[3];
	const struct tk_kernel *k;

	(void)state;
	tk_dot_rows(must, c.m, 0, CHECK_ROWS, c.hs[0]);
	FOR_EACH_KERNEL(k) {
		force(k->name);
		for (size_t i = 0; i < LEN(parts); i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
							run_part, &parts[i]),
					 0);
		for (size_t i = 0; i < LEN(parts); i++)
			pthread_join(threads[i], NULL);
		for (size_t i = 0; i < LEN(parts); i++) {
			assert_true(parts[i].stays);
			assert_memory_equal(parts[i].out,
					    must + parts[i].first,
					    parts[i].n * sizeof(float));
		}
	}
	unsetenv("TK_KERNEL");
}

/* ---- near the exact result ---- */

#define LONG 12288

/*
 * Constant, Gaussian, rows whose products cancel in pairs; products of one
 * sign that fall by many powers of two; all of the sum in one lane; the first
 * half cancelled by the second.
 */
static void fill(float *w, float *h, struct rng *r, int kind)
{
	for (size_t i = 0; i < LONG; i++) {
		double u = ((double)rng_float(r) + 1.0000001) / 2.0000002;
		double v = 6.283185307179586 * (double)rng_float(r);
		double gauss = sqrt(-2 * log(u));

		w[i] = kind ? (float)(gauss * cos(v)) : 0.7F;
		h[i] = kind ? (float)(gauss * sin(v)) : 1.1F;
		if (kind == 2 && i % 2) {
			w[i] = w[i - 1];
			h[i] = -h[i - 1] * (1 + 1e-6F * rng_float(r));
		}
		if (kind == 3)
			w[i] = h[i] = ldexpf(1 + fabsf(w[i]), -(int)(i / 512));
		if (kind == 4)
			w[i] = i % 32 == 7 ? 1 + fabsf(w[i]) : 0;
		if (kind == 4)
			h[i] = 0.9F;
		if (kind == 5 && i >= LONG / 2) {
			w[i] = w[i - LONG / 2];
			h[i] = -h[i - LONG / 2];
		}
	}
}

static void expect_near(struct tk_matrix m, const float *h)
{
	static float w[LONG];
	double exact = 0, ww = 0, hh = 0;
	float x;

	tk_row_to_f32(w, m, 0);
	for (size_t i = 0; i < LONG; i++) {
		exact += (double)w[i] * (double)h[i];
		ww += (double)w[i] * (double)w[i];
		hh += (double)h[i] * (double)h[i];
	}
	tk_dot_rows(&x, m, 0, 1, h);
	if (!(fabs((double)x - exact) <= 1e-6 * sqrt(ww) * sqrt(hh)))
		fail_msg("%s %s: %.9g, not %.9g", tk_kernel_name(),
			 tk_dtype_name((uint16_t)m.dtype), (double)x, exact);
}

static void test_accuracy(void **state)
{
	static float w[LONG], h[LONG];
	static _Alignas(64) uint8_t row[4 * LONG];
	const struct tk_kernel *k;
	struct tk_error err;
	struct rng r = {12};

	(void)state;
	for (int kind = 0; kind < 6; kind++)
		for (int t = TK_F32; t <= TK_Q8; t++) {
			enum tk_dtype dtype = (enum tk_dtype)t;
			struct tk_matrix m = {row, 1, LONG,
					      tk_row_stride(dtype, LONG),
					      dtype};

			fill(w, h, &r, kind);
			assert_ok(tk_row_from_f32(row, dtype, w, LONG, &err),
				  err);
			FOR_EACH_KERNEL(k) {
				force(k->name);
				expect_near(m, h);
			}
		}
	unsetenv("TK_KERNEL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_nan),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_accuracy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
