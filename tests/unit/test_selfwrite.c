/* SPDX-License-Identifier: MIT */
/*
 * test_selfwrite.c - self-tests that cannot be written
 */
#include "selfmodel.h"

static void refused(enum tk_status want,
		    const struct tk_selftest_source *source,
		    const struct tk_selftest_input *inputs, size_t n,
		    size_t k)
{
	const struct tk_selftest_input good = {.hidden = some_vector};
	struct tmpdir d = tmpdir_make();
	struct model_rows rows;
	struct tk_selftest_source whole = source_of_model(&rows, model);
	struct tk_writer *w;

	assert_ok(tk_writer_open(&w, tmpdir_file(&d, "no.tk"), 1, false,
				 &err),
		  err);
	assert_status(tk_selftest_write(w, source, inputs, n, k, &err), want);
	/* It is as if the call had not been made. */
	assert_ok(tk_selftest_write(w, &whole, &good, 1, 1, &err), err);
	assert_ok(tk_writer_commit(w, &err), err);
	tmpdir_remove(&d);
}

static void test_refused(void **state)
{
	static const float nan[20] = {0, NAN};
	static const uint32_t far[] = {0, 7}, many[65537];
	static struct tk_selftest_input large[1024];
	const struct tk_selftest_input good = {.hidden = some_vector};
	struct tk_selftest_input in = {.ids = some_ids, .n_ids = 3};
	struct model_rows rows;
	struct tk_selftest_source s, less;

	(void)state;
	open_whole();
	s = source_of_model(&rows, model);
	refused(TK_E_LIMIT, &s, &good, 0, 1);
	refused(TK_E_LIMIT, &s, &good, 1, 0);
	refused(TK_E_LIMIT, &s, &good, 1, TK_SELFTEST_BEST + 1);
	refused(TK_E_LIMIT, &s, large, TK_SELFTEST_CASES + 1, 1);
	less = s;
	less.w_u.cols = 0;
	refused(TK_E_SECTION, &less, &good, 1, 1);
	less = s;
	less.w_e.cols = 0;
	refused(TK_E_SECTION, &less, &in, 1, 1);
	less = s;
	less.w_e.cols = 19;
	refused(TK_E_SHAPE, &less, &in, 1, 1);
	in = (struct tk_selftest_input){.ids = far, .n_ids = 2};
	refused(TK_E_NOT_FOUND, &s, &in, 1, 1);
	in = (struct tk_selftest_input){.ids = far, .n_ids = 0};
	refused(TK_E_LIMIT, &s, &in, 1, 1);
	in = (struct tk_selftest_input){.ids = many, .n_ids = LEN(many)};
	refused(TK_E_LIMIT, &s, &in, 1, 1);
	in = (struct tk_selftest_input){.hidden = nan};
	refused(TK_E_VALUE, &s, &in, 1, 1);
	for (size_t i = 0; i < 65; i++)
		large[i] = (struct tk_selftest_input){.ids = many,
						      .n_ids = 65536};
	refused(TK_E_LIMIT, &s, large, 65, 1);
	less = s;
	less.n_tokens = 0;
	refused(TK_E_VALUE, &less, &good, 1, 1);
	close_model();
}

/* Each read() that fails is told; at last none does. */
static void test_reading_fails(void **state)
{
	const struct tk_selftest_input inputs[] = {
		{.ids = some_ids, .n_ids = LEN(some_ids)},
		{.hidden = some_vector},
	};
	enum tk_status status = TK_E_IO;
	struct model_rows rows;
	struct tmpdir d;
	const char *path;
	uint64_t n = 0;

	(void)state;
	open_whole();
	d = tmpdir_make();
	path = tmpdir_file(&d, "test.tk");
	while (status) {
		struct tk_selftest_source s = source_of_model(&rows, model);

		assert_int_equal(status, TK_E_IO);
		rows.fail_at = ++n;
		status = write_to(path, &s, inputs, LEN(inputs), 2);
	}
	assert_in_range(n, 8, 10);
	tmpdir_remove(&d);
	close_model();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reading_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
