/* SPDX-License-Identifier: MIT */
/*
 * test_openflags.c - a file mapped, read ahead, or copied
 */
#define _GNU_SOURCE /* syscall */

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct tmpdir dir;

/* Reading a copy: what happens to it. */
static struct {
	size_t most;   /* bytes at once */
	long calls;
	long fails;    /* this call, with 'code'; 0: it is the end */
	int code;
} reading;

/* Stands in front of the C library's. */
ssize_t pread(int fd, void *p, size_t n, off_t offset)
{
	if (++reading.calls == reading.fails) {
		errno = reading.code;
		return reading.code ? -1 : 0;
	}
	if (reading.most && n > reading.most)
		n = reading.most;
	return syscall(SYS_pread64, fd, p, n, offset);
}

static const char *path(void)
{
	return tmpdir_file(&dir, "x.tk");
}

static int setup(void **state)
{
	struct tk_writer *w = NULL;

	(void)state;
	memset(&reading, 0, sizeof(reading));
	dir = tmpdir_make();
	assert_ok(tk_writer_open(&w, path(), 1, false, &err), err);
	assert_ok(tk_writer_add(w, TK_KIND_VOCAB, bytes_of("content"), NULL,
				&err),
		  err);
	assert_ok(tk_writer_commit(w, &err), err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tmpdir_remove(&dir);
	return 0;
}

static struct tk_container *opened(unsigned flags)
{
	struct tk_container *c = NULL;

	assert_ok(tk_container_open_flags(&c, path(), flags, &err), err);
	return c;
}

static void expect_whole(const struct tk_container *c)
{
	assert_int_equal((uintptr_t)tk_container_file(c).ptr % 64, 0);
	for (size_t i = 0; i < tk_container_count(c); i++)
		assert_ok(tk_container_verify(c, i, &err), err);
	assert_memory_equal(tk_container_stored(c, 0).ptr, "content", 7);
}

static void test_all_flags(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags < 4; flags++) {
		struct tk_container *c = opened(flags);

		expect_whole(c);
		tk_container_close(c);
	}
}

/* An edit in place shows through a mapping, and not through a copy. */
static void test_edit(void **state)
{
	struct tk_container *mapped = opened(TK_OPEN_POPULATE);
	struct tk_container *copy = opened(TK_OPEN_COPY);
	uint64_t at = tk_container_section(copy, 0).offset;
	int fd = open(path(), O_WRONLY);

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, (off_t)at), 1);
	assert_memory_equal(tk_container_stored(mapped, 0).ptr, "xontent", 7);
	expect_whole(copy);
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	expect_whole(copy);
	tk_container_close(copy);
	tk_container_close(mapped);
}

static void expect_refused(unsigned flags, enum tk_status status)
{
	struct tk_container *c = NULL;

	assert_status(tk_container_open_flags(&c, path(), flags, &err),
		      status);
	assert_null(c);
}

static void test_bad_flags(void **state)
{
	(void)state;
	expect_refused(4, TK_E_ARGUMENT);
	expect_refused(UINT32_MAX, TK_E_ARGUMENT);
	assert_int_equal(unlink(path()), 0);
	for (unsigned flags = 0; flags < 4; flags++) {
		expect_refused(flags, TK_E_IO);
		assert_int_equal(err.sys_errno, ENOENT);
	}
	assert_int_equal(mkfifo(path(), 0600), 0);
	for (unsigned flags = 0; flags < 4; flags++)
		expect_refused(flags, TK_E_IO);
}

static void test_reading(void **state)
{
	(void)state;
	reading.most = 100;
	reading.fails = 2;
	reading.code = EINTR;
	tk_container_close(opened(TK_OPEN_COPY));
	assert_true(reading.calls > 5);
	reading.calls = 0;
	reading.code = EIO;
	expect_refused(TK_OPEN_COPY, TK_E_IO);
	assert_int_equal(err.sys_errno, EIO);
	reading.calls = 0;
	reading.code = 0;
	expect_refused(TK_OPEN_COPY, TK_E_TRUNCATED);
	assert_int_equal(err.offset, 100);
}

/* A file may be far longer than memory. */
static void test_no_memory(void **state)
{
	const struct rlimit none = {.rlim_max = RLIM_INFINITY};
	struct rlimit old;

	(void)state;
	assert_int_equal(truncate(path(), (off_t)1 << 40), 0);
	assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
	assert_int_equal(setrlimit(RLIMIT_DATA, &none), 0);
	expect_refused(TK_OPEN_COPY,
		       sizeof(void *) > 4 ? TK_E_MEMORY : TK_E_LIMIT);
	assert_int_equal(setrlimit(RLIMIT_DATA, &old), 0);
	assert_int_equal(reading.calls, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_all_flags), TEST(test_edit),
		TEST(test_bad_flags), TEST(test_reading),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
