/* SPDX-License-Identifier: MIT */
/*
 * test_value.c - the value digest: what changes it, and what does not
 */
#include "forge.h"
#include "test.h"


static struct tk_error err;

/* Backwards, as if by other threads. */
static void run_backwards(void *pool, size_t n,
			  void (*work)(void *context, size_t i), void *context)
{
	(void)pool;
	while (n--)
		work(context, n);
}

static struct tk_digest value_of(const struct forge *f)
{
	const struct tk_parallel backwards = {run_backwards, NULL};
	struct image im = forge_image(f);
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;
	struct tk_digest a, b;

	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	assert_ok(tk_model_value(&a, m, NULL, &err), err);
	assert_ok(tk_model_value(&b, m, &backwards, &err), err);
	assert_memory_equal(a.b, b.b, sizeof(a.b));
	tk_model_close(m);
	tk_container_close(c);
	image_free(&im);
	return a;
}

static bool same(struct tk_digest a, struct tk_digest b)
{
	return !memcmp(a.b, b.b, sizeof(a.b));
}

#define ROWS 9000

/*
 * W_E of random values, rounded to 'dtype' and stored as it or as f32.  Rows
 * of 48 columns make chunks begin in the middle of q8's blocks.
 */
static struct tk_digest stored_as(enum tk_dtype dtype, bool as_f32,
				  uint64_t cols)
{
	float *values = malloc(ROWS * cols * sizeof(*values));
	uint64_t stride = tk_row_stride(dtype, cols);
	uint8_t *row = malloc((size_t)stride);
	struct rng r = {11};
	struct tk_digest d;
	struct forge f;

	assert_true(values && row);
	for (uint64_t i = 0; i < ROWS; i++) {
		float *x = values + i * cols;
		struct tk_matrix m = {.data = row, .rows = 1, .cols = cols,
				      .row_stride = stride,
				      .dtype = (uint16_t)dtype};

		for (uint64_t j = 0; j < cols; j++)
			x[j] = (float)(rng_below(&r, 20000)) / 3000 - 3;
		memset(row, 0, (size_t)stride);
		assert_ok(tk_row_from_f32(row, dtype, x, cols, &err), err);
		if (as_f32)
			tk_row_to_f32(x, m, 0);
	}
	forge_start(&f);
	forge_matrix(&f, TK_KIND_W_E, as_f32 ? TK_F32 : dtype, ROWS, cols,
		     values);
	d = value_of(&f);
	forge_end(&f);
	free(values);
	free(row);
	return d;
}

static void test_dtypes(void **state)
{
	static const uint64_t cols[] = {48, 33, 1, 512};

	(void)state;
	for (size_t i = 0; i < LEN(cols); i++)
		for (int t = TK_F16; t <= TK_Q8; t++)
			if (!same(stored_as((enum tk_dtype)t, false, cols[i]),
				  stored_as((enum tk_dtype)t, true, cols[i])))
				fail_msg("%s, %d columns",
					 tk_dtype_name((uint16_t)t),
					 (int)cols[i]);
}

/* Everything that a model is; and what is only about it. */
static void test_parts(void **state)
{
	struct rng r = {3};
	struct tk_digest plain, other;
	struct forge f;

	(void)state;
	forge_start(&f);
	forge_random(&f, TK_KIND_W_E, TK_F16, 6, 40, &r);
	plain = value_of(&f);
	f.hp.n_ctx = 77;
	other = value_of(&f);
	assert_false(same(plain, other));
	forge_free_bytes(&f, "my.notes", TK_SECTION_NOTE, bytes_of("hello"));
	forge_bytes(&f, TK_KIND_NOTE, (struct tk_bytes){
		(const uint8_t *)"\0\0\0\0\0\0\0\0", 8});
	assert_true(same(value_of(&f), other));
	forge_random(&f, TK_KIND_B_U, TK_F32, 1, 6, &r);
	forge_random(&f, TK_KIND_W_U, TK_F16, 6, 40, &r);
	assert_false(same(value_of(&f), other));
	forge_end(&f);
}

/* Tied, or the same matrix twice: predictions are the same. */
static void test_tied(void **state)
{
	float values[6 * 40];
	struct tk_digest tied, twice;
	struct forge f;

	(void)state;
	for (size_t i = 0; i < LEN(values); i++)
		values[i] = (float)i / 7;
	forge_start(&f);
	f.hp.tied = true;
	forge_matrix(&f, TK_KIND_W_E, TK_BF16, 6, 40, values);
	tied = value_of(&f);
	forge_end(&f);
	forge_start(&f);
	forge_matrix(&f, TK_KIND_W_E, TK_BF16, 6, 40, values);
	forge_matrix(&f, TK_KIND_W_U, TK_BF16, 6, 40, values);
	twice = value_of(&f);
	forge_end(&f);
	assert_true(same(tied, twice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dtypes),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_tied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
