/* SPDX-License-Identifier: MIT */
/*
 * test_faults.c - a writer whose system calls fail, one after the other
 *
 * The calls below stand in front of the C library's.  Whatever fails: an
 * error is returned, the name is free or has the old file, nothing else is
 * left in the directory.
 */
#define _GNU_SOURCE /* O_TMPFILE, syscall */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct tmpdir dir;

/* ---- the calls ---- */

static struct {
	bool no_tmpfile;  /* as file systems without O_TMPFILE */
	bool no_renameat; /* as those without RENAME_NOREPLACE */
	long until;	  /* calls that succeed before one fails; -1: all do */
	bool for_good;	  /* and all others after it */
	int code;	  /* errno */
	long calls;
	size_t most; /* bytes a write takes at once; 0: any */
} fault;

static bool fails(void)
{
	long n = fault.calls++;

	if (fault.until < 0 || n < fault.until ||
	    (n > fault.until && !fault.for_good))
		return false;
	errno = fault.code;
	return true;
}

int openat(int at, const char *path, int flags, ...)
{
	if ((flags & O_TMPFILE) == O_TMPFILE && fault.no_tmpfile) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (fails())
		return -1;
	return (int)syscall(SYS_openat, at, path, flags, 0666);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
	if (fails())
		return -1;
	if (fault.most && n > fault.most)
		n = fault.most;
	return syscall(SYS_pwrite64, fd, p, n, offset);
}

int fsync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	return fails() ? -1 : (int)syscall(SYS_linkat, from, old, to, new,
					   flags);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : (int)syscall(SYS_renameat2, from, old, to, new,
					   0);
}

int renameat2(int from, const char *old, int to, const char *new,
	      unsigned flags)
{
	if (fault.no_renameat) {
		errno = EINVAL;
		return -1;
	}
	return fails() ? -1 : (int)syscall(SYS_renameat2, from, old, to, new,
					   flags);
}

/* ---- writing a file ---- */

static int setup(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	fault.until = -1;
	dir = tmpdir_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fault.until = -1;
	tmpdir_remove(&dir);
	return 0;
}

static const char *path(void)
{
	return tmpdir_file(&dir, "out.tk");
}

#define BIG ((size_t)9 << 20) /* more than two of the sink's buffers */

static uint8_t content[BIG];

/* Goes on until something fails, as a program should. */
static enum tk_status write_file(bool replace)
{
	struct tk_writer *w = NULL;
	enum tk_status status =
		tk_writer_open(&w, path(), 2, replace, &err);

	if (status)
		return status;
	status = tk_writer_add(w, TK_KIND_HPARAMS, bytes_of("first"), NULL,
			       &err);
	if (!status)
		status = tk_writer_add(w, TK_KIND_VOCAB,
				       (struct tk_bytes){content, BIG}, NULL,
				       &err);
	if (!status)
		return tk_writer_commit(w, &err);
	tk_writer_abort(w);
	return status;
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

static void expect_whole(size_t sections)
{
	struct tk_container *c = NULL;

	assert_ok(tk_container_open(&c, path(), &err), err);
	assert_int_equal(tk_container_count(c), sections);
	for (size_t i = 0; i < sections; i++)
		assert_ok(tk_container_verify(c, i, &err), err);
	assert_memory_equal(tk_container_stored(c, 1).ptr, content, BIG);
	tk_container_close(c);
	assert_int_equal(tmpdir_count(&dir), 1);
}

static void put_old(void)
{
	FILE *f = fopen(path(), "w");

	assert_non_null(f);
	fputs("old", f);
	fclose(f);
}

static void expect_old(void)
{
	char is[8] = {0};
	FILE *f = fopen(path(), "r");

	assert_non_null(f);
	assert_int_equal(fread(is, 1, 7, f), 3);
	fclose(f);
	assert_string_equal(is, "old");
	assert_int_equal(tmpdir_count(&dir), 1);
}

/* ---- one call fails ---- */

/* Calls that a run without faults makes. */
static long count_calls(bool replace)
{
	fault.until = -1;
	fault.calls = 0;
	assert_ok(write_file(replace), err);
	expect_whole(3);
	unlink(path());
	return fault.calls;
}

/*
 * The last call syncs the directory: when that fails the file has its name
 * already, and is whole.
 */
static void check_fault(long i, long n, bool replace)
{
	enum tk_status status;

	if (replace)
		put_old();
	fault.calls = 0;
	fault.until = i;
	status = write_file(replace);
	if (fault.calls <= i)
		fail_msg("call %ld of %ld was never made", i, n);
	fault.until = -1;
	if (status != TK_E_IO || err.sys_errno != fault.code)
		fail_msg("call %ld of %ld: %s", i, n, tk_status_text(status));
	if (i == n - 1)
		expect_whole(3);
	else if (replace)
		expect_old();
	else
		assert_int_equal(tmpdir_count(&dir), 0);
	unlink(path());
}

static void check_every_call(bool replace)
{
	static const int codes[] = {EIO, ENOSPC, EDQUOT};
	long n = count_calls(replace);

	/* 1 open, 3 buffers, table, header, 3 fsync, 1 or 2 names, fsync. */
	assert_true(n >= 9);
	for (size_t c = 0; c < LEN(codes); c++) {
		fault.code = codes[c];
		for (long i = 0; i < n; i++)
			check_fault(i, n, replace);
	}
	fault.for_good = true;
	for (long i = 0; i < n; i++)
		check_fault(i, n, replace);
	fault.for_good = false;
}

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

static int make_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < BIG; i++)
		content[i] = (uint8_t)(i * i >> 9);
	return 0;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_unnamed),
		TEST(test_hidden_name),
		TEST(test_taken),
		TEST(test_abort_of_hidden),
		TEST(test_blind_program),
		TEST(test_short_writes),
		TEST(test_file_size_limit),
	};

	return cmocka_run_group_tests(tests, make_content, NULL);
}
