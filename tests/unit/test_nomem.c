/* SPDX-License-Identifier: MIT */
/*
 * test_nomem.c - every call that reads and allocates, without memory
 *
 * Whichever allocation fails: the status says so, outputs keep their value,
 * nothing stays allocated, and nothing is said to be damaged.
 */
#include "modelrows.h"
#include "nomem.h"

/* ---- opening ---- */

static enum tk_status opened(enum tk_status status, struct tk_container *c)
{
	if (status)
		assert_ptr_equal(c, NOTHING);
	else
		tk_container_close(c);
	return status;
}

static enum tk_status open_path(void)
{
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_container_open(&c, in_path, &err);

	return opened(status, c);
}

static enum tk_status open_copy(void)
{
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_container_open_flags(&c, in_path,
							TK_OPEN_COPY, &err);

	return opened(status, c);
}

static enum tk_status open_within(void)
{
	struct tk_limits limits = tk_limits_default();
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_container_open_within(
		&c, in_path, TK_OPEN_POPULATE, &limits, &err);

	return opened(status, c);
}

static enum tk_status open_bytes_within(void)
{
	struct tk_limits limits = tk_limits_default();
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_container_open_bytes_within(
		&c, image_bytes(&plain_image), &limits, &err);

	return opened(status, c);
}

static enum tk_status open_bytes(void)
{
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_container_open_bytes(
		&c, image_bytes(&plain_image), &err);

	return opened(status, c);
}

static enum tk_status open_archive(void)
{
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_container_open_bytes(
		&c, image_bytes(&archive_image), &err);

	return opened(status, c);
}

static enum tk_status open_view(void)
{
	struct tk_container *c = NOTHING;
	enum tk_status status = tk_archive_view(&c, archive, &err);

	return opened(status, c);
}

static enum tk_status open_model(void)
{
	struct tk_model *m = NOTHING;
	enum tk_status status = tk_model_open(&m, plain, &err);

	if (status)
		assert_ptr_equal(m, NOTHING);
	else
		tk_model_close(m);
	return status;
}

static void test_opening(void **state)
{
	(void)state;
	RUN_OUT(open_path, 5);
	RUN_OUT(open_copy, 5);
	RUN_OUT(open_bytes, 4);
	RUN_OUT(open_within, 5);
	RUN_OUT(open_bytes_within, 4);
	RUN_OUT(open_archive, 5);
	RUN_OUT(open_view, 20);
	RUN_OUT(open_model, 1);
}

/* ---- verifying: no damage is made up ---- */

static void no_damage(void *context, const struct tk_damage *damage)
{
	(void)context;
	fail_msg("damage of kind %d at %llu", damage->kind,
		 (unsigned long long)damage->offset);
}

static enum tk_status verify_all(const struct tk_container *c)
{
	enum tk_status status = TK_OK;
	uint64_t n = 99;

	for (size_t i = 0; i < tk_container_count(c) && !status; i++) {
		status = tk_container_verify(c, i, &err);
		if (!status)
			status = tk_container_locate(&n, c, i, NULL, no_damage,
						     NULL, &err);
		if (!status)
			assert_int_equal(n, 0);
		else
			assert_true(n == 99 || n == 0);
		if (!status && i + 1 < tk_container_count(c))
			status = tk_container_verify_bytes(c, i, 1, 1, &err);
	}
	return status;
}

static enum tk_status verify_plain(void)
{
	return verify_all(plain);
}

static enum tk_status verify_archive(void)
{
	return verify_all(archive);
}

static enum tk_status verify_sketch(void)
{
	return tk_sketch_verify(model, &err);
}

static enum tk_status verify_selftest(void)
{
	struct tk_selftest s;
	uint32_t n_bad = 99;
	enum tk_status status = tk_selftest_open(&s, model, &err);

	if (!status)
		status = tk_selftest_verify(&n_bad, &s, model, NULL,
					    count_failure, NULL, &err);
	assert_int_equal(n_bad, status ? 99 : 0);
	return status;
}

/* As nothing is coded in a file that is a model, they need no memory. */
static enum tk_status verify_row(void)
{
	return tk_model_verify_row(model, TK_KIND_W_E, 1, &err);
}

static enum tk_status verify_token(void)
{
	return tk_model_verify_token(model, 1, &err);
}

static enum tk_status model_value(void)
{
	static const struct tk_digest zero;
	struct tk_digest value = zero;
	enum tk_status status = tk_model_value(&value, model, NULL, &err);

	assert_int_equal(!status, !!memcmp(&value, &zero, sizeof(zero)));
	return status;
}

static enum tk_status survey(void)
{
	const struct tk_matrix m = tk_model_w_e(model);
	float *norms = test_calloc(m.rows, sizeof(*norms));
	double *mean = test_calloc(m.cols, sizeof(*mean));
	struct tk_row_survey s = {m, m.rows, m.rows, norms, mean, 99};
	enum tk_status status = tk_survey_rows(&s, NULL, NULL, NULL, &err);

	assert_int_equal(s.n_units != 99, !status);
	test_free(norms);
	test_free(mean);
	return status;
}

static void test_verifying(void **state)
{
	(void)state;
	RUN_OUT(verify_plain, 0);
	RUN_OUT(verify_archive, 100);
	RUN_OUT(verify_sketch, 4);
	RUN_OUT(verify_selftest, 10);
	RUN_OUT(verify_row, 0);
	RUN_OUT(verify_token, 0);
	RUN_OUT(model_value, 9);
	RUN_OUT(survey, 2);
}

static void count(void *context, const struct tk_damage *damage)
{
	(void)damage;
	++*(size_t *)context;
}

/* Damaged digests: whether the data is whole needs no memory to find out. */
static void test_damaged_digests(void **state)
{
	struct image im = image_copy(&plain_image, plain_image.size);
	size_t i = tk_container_find(plain, TK_KIND_W_E), found = 0;
	struct tk_container *c;
	uint64_t n = 0;

	(void)state;
	im.data[image_section(&im, TK_KIND_DIGESTS) +
		16 * (size_t)tk_container_section(plain, i).first_leaf] ^= 1;
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	memory.calls = 0;
	assert_ok(tk_container_locate(&n, c, i, NULL, count, &found, &err),
		  err);
	assert_int_equal(memory.calls, 0);
	assert_int_equal(n, 1);
	assert_int_equal(found, 1);
	tk_container_close(c);
	image_free(&im);
}

/* ---- coding ---- */

static enum tk_status decode(void)
{
	size_t i = tk_container_find(archive, TK_KIND_W_E);
	struct tk_coder *coder = NOTHING;
	struct tk_bytes data = {NOTHING, 1};
	enum tk_status status = tk_coder_open(&coder, &err);

	if (status) {
		assert_ptr_equal(coder, NOTHING);
		return status;
	}
	status = tk_coder_decode(coder, &data, archive, i, 0, &err);
	assert_int_equal(!status, data.ptr != NOTHING);
	tk_coder_close(coder);
	return status;
}

static enum tk_status load(void)
{
	size_t i = tk_container_find(archive, TK_KIND_W_E);
	struct tk_container *view = NULL;
	enum tk_status status = tk_archive_view(&view, archive, &err);

	if (!status)
		status = tk_archive_load(view, archive, i, 0, 9, &err);
	tk_container_close(view);
	return status;
}

static void test_coding(void **state)
{
	(void)state;
	RUN_OUT(decode, 5);
	RUN_OUT(load, 25);
}

/* ---- words ---- */

static struct tk_model *wordy;
static uint8_t long_token[600] = " ";

/* A copy is made, with the space before it. */
static enum tk_status find_word(void)
{
	const struct tk_bytes word = {long_token + 1, sizeof(long_token) - 1};
	uint32_t id = 99;
	enum tk_status status = tk_word_find(&id, NULL, wordy, word, &err);

	assert_int_equal(id, status ? 99 : 0);
	return status;
}

static enum tk_status analogies(void)
{
	static const struct tk_analogy questions[] = {{0, 1, 2}, {2, 1, 3}};
	struct tk_candidate best[LEN(questions)];
	struct tk_matrix m = tk_model_w_e(model);

	return tk_analogies(best, m, m.rows, questions, LEN(questions),
			    TK_3COSADD, NULL, &err);
}

static void test_words(void **state)
{
	const struct tk_bytes token = {long_token, sizeof(long_token)};
	struct tk_container *c;
	struct image im;
	struct forge f;

	(void)state;
	memset(long_token + 1, 'a', sizeof(long_token) - 1);
	forge_start(&f);
	f.vocab = (struct tk_vocab_parts){.n_tokens = 1, .tokens = &token};
	im = forge_image(&f);
	forge_end(&f);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&wordy, c, &err), err);
	RUN_OUT(find_word, 1);
	tk_model_close(wordy);
	tk_container_close(c);
	image_free(&im);
	RUN_OUT(analogies, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening),
		cmocka_unit_test(test_verifying),
		cmocka_unit_test(test_damaged_digests),
		cmocka_unit_test(test_coding),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
