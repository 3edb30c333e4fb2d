/* SPDX-License-Identifier: MIT */
/*
 * test_output.c - other files than .tk: whole, or not there
 */
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct tmpdir dir;

static int setup(void **state)
{
	(void)state;
	dir = tmpdir_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tmpdir_remove(&dir);
	return 0;
}

static struct tk_output *opened(bool replace)
{
	struct tk_output *o = NULL;

	assert_ok(tk_output_open(&o, tmpdir_file(&dir, "out"), replace, &err),
		  err);
	return o;
}

static void put(struct tk_output *o, const char *text)
{
	assert_ok(tk_output_write(o, text, strlen(text), &err), err);
}

static void expect(const char *text)
{
	char is[64] = {0};
	FILE *f = fopen(tmpdir_file(&dir, "out"), "r");

	assert_non_null(f);
	assert_int_equal(fread(is, 1, sizeof(is) - 1, f), strlen(text));
	fclose(f);
	assert_string_equal(is, text);
}

static void test_whole(void **state)
{
	struct tk_output *o = opened(false);

	(void)state;
	put(o, "one ");
	put(o, "");
	put(o, "two");
	assert_null(fopen(tmpdir_file(&dir, "out"), "r"));
	assert_non_null(tk_output_temporary(o));
	assert_ok(tk_output_commit(o, &err), err);
	expect("one two");
	assert_int_equal(tmpdir_count(&dir), 1);
	assert_status(tk_output_open(&o, tmpdir_file(&dir, "out"), false,
				     &err),
		      TK_E_EXISTS);
	o = opened(true);
	put(o, "new");
	expect("one two");
	assert_ok(tk_output_commit(o, &err), err);
	expect("new");
	remove(tmpdir_file(&dir, "out"));
}

static void test_abort(void **state)
{
	struct tk_output *o = opened(false);

	(void)state;
	put(o, "half");
	tk_output_abort(o);
	tk_output_abort(NULL);
	assert_int_equal(tmpdir_count(&dir), 0);
	assert_status(tk_output_open(&o, dir.path, true, &err), TK_E_IO);
	/* Somebody else was faster. */
	o = opened(false);
	fclose(fopen(tmpdir_file(&dir, "out"), "w"));
	assert_status(tk_output_commit(o, &err), TK_E_EXISTS);
	assert_int_equal(tmpdir_count(&dir), 1);
	expect("");
	remove(tmpdir_file(&dir, "out"));
}

/* More than is held in memory. */
static void test_large(void **state)
{
	const size_t len = 5 << 20;
	char *bytes = malloc(len);
	struct tk_output *o = opened(false);
	FILE *f;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', len);
	assert_ok(tk_output_write(o, bytes, len, &err), err);
	put(o, "y");
	assert_ok(tk_output_commit(o, &err), err);
	f = fopen(tmpdir_file(&dir, "out"), "r");
	assert_non_null(f);
	assert_int_equal(fread(bytes, 1, len, f), len);
	assert_int_equal(bytes[len - 1], 'x');
	assert_int_equal(getc(f), 'y');
	assert_int_equal(getc(f), EOF);
	fclose(f);
	free(bytes);
	remove(tmpdir_file(&dir, "out"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
