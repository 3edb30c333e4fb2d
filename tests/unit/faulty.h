/* SPDX-License-Identifier: MIT */
/*
 * faulty.h - writing a file while system calls fail, one after the other
 *
 * The calls below stand in front of the C library's.  For one test program
 * each: they are defined here.
 */
#ifndef FAULTY_H
#define FAULTY_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct tmpdir dir;

/* ---- the calls ---- */

static struct {
	bool no_tmpfile;  /* as file systems without O_TMPFILE */
	bool no_proc;	  /* as where /proc is not mounted */
	off_t lie;	  /* byte that the disk changes; -1: none */
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

int access(const char *path, int mode)
{
	if (fault.no_proc && !strncmp(path, "/proc/", 6)) {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

/* Only what is read back goes through here. */
ssize_t pread(int fd, void *p, size_t n, off_t offset)
{
	ssize_t got;

	if (fails())
		return -1;
	got = syscall(SYS_pread64, fd, p, n, offset);
	if (fault.lie >= offset && fault.lie < offset + got)
		((uint8_t *)p)[fault.lie - offset] ^= 16;
	return got;
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
	fault.until = fault.lie = -1;
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

static bool read_back;

/* Goes on until something fails, as a program should. */
static enum tk_status write_file(bool replace)
{
	struct tk_writer *w = NULL;
	enum tk_status status =
		tk_writer_open(&w, path(), 2, replace, &err);

	if (status)
		return status;
	if (read_back)
		status = tk_writer_read_back(w, &err);
	if (!status)
		status = tk_writer_add(w, TK_KIND_HPARAMS, bytes_of("first"),
				       NULL, &err);
	if (!status)
		status = tk_writer_add(w, TK_KIND_VOCAB,
				       (struct tk_bytes){content, BIG}, NULL,
				       &err);
	if (!status)
		return tk_writer_commit(w, &err);
	tk_writer_abort(w);
	return status;
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

static int make_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < BIG; i++)
		content[i] = (uint8_t)(i * i >> 9);
	return 0;
}

#define FAULT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* FAULTY_H */
