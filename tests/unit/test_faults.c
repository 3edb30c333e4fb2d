/* SPDX-License-Identifier: MIT */
/*
 * test_faults.c - a writer whose system calls fail, one after the other
 *
 * Whatever fails: an error is returned, the name is free or has the old file,
 * nothing else is left in the directory.
 */
#define _GNU_SOURCE /* O_TMPFILE, syscall */

#include <signal.h>
#include <sys/resource.h>

#include "faulty.h"

static void test_unnamed(void **state)
{
	(void)state;
	check_every_call(false);
	check_every_call(true);
}

static void test_hidden_name(void **state)
{
	(void)state;
	fault.no_tmpfile = true;
	check_every_call(false);
	check_every_call(true);
	fault.no_renameat = true;
	check_every_call(false);
}

/* An unnamed file could not be given a name. */
static void test_no_proc(void **state)
{
	struct tk_writer *w = NULL;
	const char *temporary;

	(void)state;
	fault.no_proc = true;
	check_every_call(false);
	check_every_call(true);
	assert_ok(tk_writer_open(&w, path(), 1, false, &err), err);
	temporary = strrchr(tk_writer_temporary(w), '/');
	assert_int_equal(strncmp(temporary, "/.out.tk.tk-", 12), 0);
	assert_int_equal(access(tk_writer_temporary(w), F_OK), 0);
	tk_writer_abort(w);
	assert_int_equal(tmpdir_count(&dir), 0);
}

/* A name that is taken is refused on file systems of both kinds. */
static void test_taken(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct tk_writer *w = NULL;

		fault.no_tmpfile = kind > 0;
		fault.no_renameat = kind > 1;
		assert_ok(tk_writer_open(&w, path(), 1, false, &err), err);
		assert_ok(tk_writer_add(w, TK_KIND_VOCAB, bytes_of("x"), NULL,
					&err),
			  err);
		put_old();
		assert_status(tk_writer_commit(w, &err), TK_E_EXISTS);
		expect_old();
		unlink(path());
	}
}

static void test_abort_of_hidden(void **state)
{
	struct tk_writer *w = NULL;

	(void)state;
	fault.no_tmpfile = true;
	assert_ok(tk_writer_open(&w, path(), 1, false, &err), err);
	assert_int_equal(tmpdir_count(&dir), 1);
	tk_writer_abort(w);
	assert_int_equal(tmpdir_count(&dir), 0);
}

/* Goes on whatever happens; true if the end says that all is well. */
static bool write_file_blindly(void)
{
	struct tk_section_spec spec = {.kind = TK_KIND_VOCAB, .size = BIG};
	struct tk_writer *w = NULL;

	if (tk_writer_open(&w, path(), 3, true, NULL))
		return false;
	tk_writer_add(w, TK_KIND_HPARAMS, bytes_of("first"), NULL, NULL);
	tk_writer_begin(w, &spec, NULL);
	for (size_t at = 0; at < BIG; at += BIG / 9)
		tk_writer_write(w, (struct tk_bytes){content + at, BIG / 9},
				NULL);
	tk_writer_end(w, NULL, NULL);
	tk_writer_add(w, TK_KIND_TOKENIZER, bytes_of("last"), NULL, NULL);
	return !tk_writer_commit(w, NULL);
}

/* A program that looks at the last status only must not be lied to. */
static void test_blind_program(void **state)
{
	long n;

	(void)state;
	assert_true(write_file_blindly());
	expect_whole(4);
	n = fault.calls;
	unlink(path());
	fault.code = ENOSPC;
	for (long i = 0; i < n; i++) {
		bool well;

		fault.calls = 0;
		fault.until = i;
		well = write_file_blindly();
		fault.until = -1;
		if (well)
			fail_msg("call %ld of %ld failed in silence", i, n);
		assert_int_equal(tmpdir_count(&dir), i == n - 1);
		unlink(path());
	}
}

/* Short writes, and writes that are interrupted, are gone on with. */
static void test_short_writes(void **state)
{
	(void)state;
	fault.most = 1000003;
	assert_ok(write_file(false), err);
	expect_whole(3);
	fault.most = 0;
	unlink(path());
	fault.code = EINTR;
	fault.calls = 0;
	fault.until = 1; /* the first write */
	assert_ok(write_file(false), err);
	fault.until = -1;
	expect_whole(3);
}

/* For real: no file may be longer than this. */
static void test_file_size_limit(void **state)
{
	static const rlim_t sizes[] = {0,	4096,	 1 << 20,
				       4 << 20, 5 << 20, BIG};
	struct rlimit old, limit;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (size_t i = 0; i < LEN(sizes); i++) {
		enum tk_status status;

		limit = old;
		limit.rlim_cur = sizes[i];
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		status = write_file(false);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_status(status, TK_E_IO);
		assert_int_equal(err.sys_errno, EFBIG);
		assert_int_equal(tmpdir_count(&dir), 0);
	}
	signal(SIGXFSZ, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT_TEST(test_unnamed),
		FAULT_TEST(test_hidden_name),
		FAULT_TEST(test_no_proc),
		FAULT_TEST(test_taken),
		FAULT_TEST(test_abort_of_hidden),
		FAULT_TEST(test_blind_program),
		FAULT_TEST(test_short_writes),
		FAULT_TEST(test_file_size_limit),
	};

	return cmocka_run_group_tests(tests, make_content, NULL);
}
