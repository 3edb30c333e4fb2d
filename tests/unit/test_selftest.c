/* SPDX-License-Identifier: MIT */
/*
 * test_selftest.c - self-tests: what is said of a case, groups and slices
 * (spec/vectors.txt has the bytes)
 */
#include "selfmodel.h"

/* ---- reports ---- */

static struct tk_selftest_failure failures[2048];
static size_t n_failures;

static void keep(void *context, const struct tk_selftest_failure *f)
{
	assert_ptr_equal(context, failures);
	assert_true(n_failures < LEN(failures));
	failures[n_failures++] = *f;
}

/* The last item first: nothing may depend on the order. */
static void run_backwards(void *pool, size_t n,
			  void (*work)(void *context, size_t i),
			  void *context)
{
	*(size_t *)pool += n;
	while (n)
		work(context, --n);
}

/* On one thread and in pieces; both must say the same. */
static uint32_t verify(size_t *pieces)
{
	static struct tk_selftest_failure first[2048];
	size_t count = 0, n;
	const struct tk_parallel parallel = {run_backwards, &count};
	struct tk_selftest s = checked();
	uint32_t n_bad = 99, again = 99;

	n_failures = 0;
	assert_ok(tk_selftest_verify(&n_bad, &s, model, NULL, keep, failures,
				     &err),
		  err);
	assert_int_equal(n_bad, n_failures);
	n = n_failures;
	memcpy(first, failures, n * sizeof(*failures));
	n_failures = 0;
	assert_ok(tk_selftest_verify(&again, &s, model, &parallel, keep,
				     failures, &err),
		  err);
	assert_int_equal(again, n_bad);
	assert_memory_equal(first, failures, n * sizeof(*failures));
	if (pieces)
		*pieces = count;
	return n_bad;
}

/* ---- tests ---- */

static void test_cases(void **state)
{
	struct tk_selftest_case c;
	struct tk_selftest s, other;
	size_t pos = 0;

	(void)state;
	open_whole();
	s = checked();
	assert_int_equal(s.n_cases, 3);
	assert_true(tk_selftest_next(&c, &s, &pos));
	assert_int_equal(c.form, TK_SELFTEST_IDS);
	assert_int_equal(c.n_in, 3);
	assert_int_equal(c.k, 3);
	assert_int_equal(c.n_out, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tk_selftest_id(&c, i), some_ids[i]);
	assert_true(tk_selftest_next(&c, &s, &pos));
	assert_int_equal(c.form, TK_SELFTEST_HIDDEN);
	assert_int_equal(c.n_in, 20);
	assert_true(tk_selftest_element(&c, 1) == -2);
	assert_true(tk_selftest_out(&c, 0).key >= tk_selftest_out(&c, 1).key);
	assert_true(tk_selftest_next(&c, &s, &pos));
	assert_false(tk_selftest_next(&c, &s, &pos));
	assert_int_equal(verify(NULL), 0);
	/* The one in the file, where the container says. */
	assert_ok(tk_selftest_open(&other, model, &err), err);
	assert_int_equal(other.n_cases, 2);
	assert_int_equal(other.offset,
			 image_section(&image, TK_KIND_SELFTEST));
	close_model();
}

static void test_differences(void **state)
{
	uint8_t *c;

	(void)state;
	open_whole();
	/* A bit of the key of the second result. */
	c = case_at(1) + 16 + 4 * 20 + 12;
	c[4] ^= 1;
	assert_int_equal(verify(NULL), 1);
	assert_int_equal(failures[0].number, 1);
	assert_int_equal(failures[0].offset,
			 1000 + (case_at(1) - section));
	assert_int_equal(failures[0].rank, 2);
	assert_true(failures[0].has_is && failures[0].has_says);
	assert_int_equal(failures[0].is.id, failures[0].says.id);
	assert_true(failures[0].is.key != failures[0].says.key);
	assert_true(failures[0].is.logit == failures[0].says.logit);
	c[4] ^= 1;
	/* Two were asked for, says the file; there are three, it says. */
	case_at(2)[8] = 9;
	assert_int_equal(verify(NULL), 1);
	assert_int_equal(failures[0].rank, 4);
	assert_true(failures[0].has_is && !failures[0].has_says);
	close_model();
}

/* Five of six tokens have a bias of -Inf. */
static void test_fewer(void **state)
{
	static const float bias[] = {-INFINITY, 0,	   -INFINITY,
				     -INFINITY, -INFINITY, -INFINITY};
	const struct tk_selftest_input input = {.hidden = some_vector};
	struct rng r = {1};
	struct forge f;
	uint8_t *c, *longer;

	(void)state;
	forge_start(&f);
	forge_random(&f, TK_KIND_W_U, TK_F32, 6, 20, &r);
	forge_matrix(&f, TK_KIND_B_U, TK_F32, 1, 6, bias);
	open_model(&f);
	make_section(&input, 1, 5);
	assert_int_equal(verify(NULL), 0);
	/* A second result, worse than the first. */
	longer = realloc(section, section_len + 12);
	assert_non_null(longer);
	section = longer;
	section_len += 12;
	c = case_at(0);
	c[12] = 2;
	memset(c + 16 + 80 + 12, 0, 12);
	memcpy(c + 16 + 80 + 16, "\0\0\0\xff", 4);
	assert_int_equal(verify(NULL), 1);
	assert_int_equal(failures[0].rank, 2);
	assert_true(!failures[0].has_is && failures[0].has_says);
	assert_int_equal(failures[0].says.id, 0);
	close_model();
}

/*
 * W_U has rows enough for every slice; the best are anywhere, each key there
 * twice.  Then two rows that are no numbers.
 */
static void test_slices(void **state)
{
	enum { N = 40000, D = 3, K = 50 };
	static float values[N * D], keys[N], h[D] = {1, 0.5F, -0.25F};
	static struct tk_bytes tokens[N];
	const struct tk_selftest_input input = {.hidden = h};
	struct tk_candidate best[K];
	struct tk_selftest_case c;
	struct tk_selftest s;
	struct forge f;
	size_t pieces, pos = 0;

	(void)state;
	for (size_t i = 0; i < N; i++)
		values[D * i] = (float)(i * 7919 % N / 2);
	forge_start(&f);
	f.vocab = (struct tk_vocab_parts){.n_tokens = N, .tokens = tokens};
	forge_matrix(&f, TK_KIND_W_U, TK_F32, N, D, values);
	open_model(&f);
	make_section(&input, 1, K);
	assert_int_equal(verify(&pieces), 0);
	assert_in_range(pieces, 10, 16);
	s = checked();
	assert_true(tk_selftest_next(&c, &s, &pos));
	assert_ok(tk_keys(keys, model, h, 0, N, &err), err);
	assert_int_equal(tk_top_k(best, K, keys, N, 0), K);
	for (size_t i = 0; i < K; i++) {
		assert_int_equal(tk_selftest_out(&c, i).id, best[i].id);
		assert_true(tk_selftest_out(&c, i).key == best[i].key);
	}
	for (size_t row = N - 1; row > N / 2; row -= 10000) {
		memcpy(image.data + image_section(&image, TK_KIND_W_U) +
			       64 * row,
		       "\0\0\xc0\x7f", 4);
		assert_int_equal(verify(NULL), 1);
		assert_int_equal(failures[0].error.status, TK_E_VALUE);
		assert_non_null(strstr(failures[0].error.message,
				       row == N - 1 ? "row 39999"
						    : "row 29999"));
	}
	close_model();
}

/* 40 vectors of 2^17 elements are more than one group may have. */
static void test_long_vectors(void **state)
{
	enum { D = 1 << 17, CASES = 40 };
	static float values[2 * D];
	struct tk_selftest_input inputs[CASES];
	struct forge f;

	(void)state;
	for (size_t i = 0; i < 2 * D; i++)
		values[i] = (float)(i % 101) / 64 - 1;
	forge_start(&f);
	f.hp.tied = true;
	forge_matrix(&f, TK_KIND_W_E, TK_BF16, 2, D, values);
	open_model(&f);
	for (size_t i = 0; i < CASES; i++)
		inputs[i] = (struct tk_selftest_input){.ids = some_ids + 1 +
							      i % 2,
						       .n_ids = 1};
	make_section(inputs, CASES, 2);
	assert_int_equal(verify(NULL), 0);
	case_at(35)[16 + 4 + 4] ^= 1;
	case_at(3)[16] ^= 1;
	assert_int_equal(verify(NULL), 2);
	assert_int_equal(failures[0].number, 3);
	assert_int_equal(failures[1].number, 35);
	close_model();
}

/* 1,024 cases of 70 results are more than one group may have. */
static void test_many_results(void **state)
{
	enum { N = 70 };
	static struct tk_selftest_input inputs[TK_SELFTEST_CASES];
	static float values[N], h[TK_SELFTEST_CASES];
	static struct tk_bytes tokens[N];
	struct forge f;

	(void)state;
	for (size_t i = 0; i < N; i++)
		values[i] = (float)i;
	forge_start(&f);
	f.vocab = (struct tk_vocab_parts){.n_tokens = N, .tokens = tokens};
	forge_matrix(&f, TK_KIND_W_U, TK_F32, N, 1, values);
	open_model(&f);
	for (size_t i = 0; i < LEN(inputs); i++) {
		h[i] = (float)i - 500;
		inputs[i].hidden = h + i;
	}
	make_section(inputs, LEN(inputs), TK_SELFTEST_BEST);
	assert_int_equal(verify(NULL), 0);
	case_at(1023)[16] ^= 1; /* the vector */
	case_at(0)[16] ^= 1;
	assert_int_equal(verify(NULL), 2);
	assert_int_equal(failures[1].number, 1023);
	close_model();
}

/* A W_U that was exchanged for one that computes no number. */
static void test_no_number(void **state)
{
	(void)state;
	open_whole();
	/* NaN is the scale of the blocks of row 4. */
	memcpy(image.data + image_section(&image, TK_KIND_W_U) + 4 * 128 + 64,
	       "\0\x7e", 2);
	assert_int_equal(verify(NULL), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(failures[i].rank, 0);
		assert_int_equal(failures[i].error.status, TK_E_VALUE);
		assert_non_null(strstr(failures[i].error.message, "row 4"));
	}
	close_model();
}

/* It may have changed since it was checked: another answer, no wild read. */
static void test_changed(void **state)
{
	struct tk_selftest s;
	uint32_t n_bad;

	(void)state;
	open_whole();
	s = checked();
	for (size_t i = 8; i < section_len; i++) {
		uint8_t old = section[i];

		section[i] ^= 0x81;
		n_failures = 0;
		assert_ok(tk_selftest_verify(&n_bad, &s, model, NULL, keep,
					     failures, &err),
			  err);
		section[i] = old;
	}
	s = checked();
	assert_int_equal(verify(NULL), 0);
	close_model();
}

static void test_too_large(void **state)
{
	const size_t size = (16 << 20) + 1;
	uint8_t *zeros = calloc(1, size);
	uint32_t n;

	(void)state;
	open_whole();
	assert_non_null(zeros);
	assert_status(tk_selftest_check(&n, (struct tk_bytes){zeros, size},
				       model, &err),
		     TK_E_LIMIT);
	assert_status(tk_selftest_check(&n, (struct tk_bytes){zeros, size - 1},
				       model, &err),
		     TK_E_VALUE);
	free(zeros);
	close_model();
}

/* No W_U, or a key that must be understood: nothing to compute with. */
static void test_cannot_predict(void **state)
{
	struct tk_selftest s = {.n_cases = 0};
	uint32_t n_bad = 7;
	struct forge f;

	(void)state;
	forge_start(&f);
	f.hp.d_model = 20;
	open_model(&f);
	assert_status(tk_selftest_open(&s, model, &err), TK_E_NOT_FOUND);
	assert_status(tk_selftest_verify(&n_bad, &s, model, NULL, keep,
					failures, &err),
		     TK_E_SECTION);
	assert_int_equal(n_bad, 7);
	close_model();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_fewer),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_long_vectors),
		cmocka_unit_test(test_many_results),
		cmocka_unit_test(test_no_number),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_cannot_predict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
