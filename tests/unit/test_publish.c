/* SPDX-License-Identifier: MIT */
/*
 * test_publish.c - a file appears whole under its name, or nothing does
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
	chmod(dir.path, 0700);
	tmpdir_remove(&dir);
	return 0;
}

static const char *path(const char *name)
{
	return tmpdir_file(&dir, name);
}

static struct tk_writer *written(const char *name, bool replace,
				 const char *content)
{
	struct tk_writer *w = NULL;

	assert_ok(tk_writer_open(&w, path(name), 1, replace, &err), err);
	assert_ok(tk_writer_add(w, TK_KIND_VOCAB, bytes_of(content), NULL,
				&err),
		  err);
	return w;
}

static void put_text(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void expect_text(const char *name, const char *text)
{
	char is[64] = {0};
	FILE *f = fopen(path(name), "r");

	assert_non_null(f);
	assert_true(fread(is, 1, sizeof(is) - 1, f) < sizeof(is) - 1);
	fclose(f);
	assert_string_equal(is, text);
}

/* A whole .tk file whose one section has that content. */
static void expect_file(const char *name, const char *content)
{
	struct tk_container *c = NULL;
	struct tk_bytes b;

	assert_ok(tk_container_open(&c, path(name), &err), err);
	for (size_t i = 0; i < 2; i++)
		assert_ok(tk_container_verify(c, i, &err), err);
	b = tk_container_stored(c, 0);
	assert_int_equal(b.len, strlen(content));
	assert_memory_equal(b.ptr, content, b.len);
	tk_container_close(c);
}

static void expect_open(const char *where, bool replace,
			enum tk_status status)
{
	struct tk_writer *w = NULL;

	if (tk_writer_open(&w, where, 1, replace, &err) != status)
		fail_msg("%s: %s", where, err.message);
	assert_null(w);
	/* What is no failure of a system call has no errno. */
	assert_int_equal(err.sys_errno != 0,
			 status == TK_E_IO && !strstr(err.message, "that of") &&
				 !strstr(err.message, "no regular file"));
}

static void test_nothing_before_commit(void **state)
{
	struct tk_writer *w = written("a", false, "content");

	(void)state;
	assert_int_equal(access(path("a"), F_OK), -1);
	assert_ok(tk_writer_commit(w, &err), err);
	expect_file("a", "content");
	assert_int_equal(tmpdir_count(&dir), 1);
}

static void test_abort(void **state)
{
	(void)state;
	put_text("b", "old");
	tk_writer_abort(written("a", false, "content"));
	tk_writer_abort(written("b", true, "content"));
	tk_writer_abort(NULL);
	expect_text("b", "old");
	assert_int_equal(tmpdir_count(&dir), 1);
}

static void test_existing(void **state)
{
	(void)state;
	put_text("a", "old");
	expect_open(path("a"), false, TK_E_EXISTS);
	expect_text("a", "old");
	assert_ok(tk_writer_commit(written("a", true, "new"), &err), err);
	expect_file("a", "new");
	assert_int_equal(tmpdir_count(&dir), 1);
}

/* The name is taken while the file is being written. */
static void test_overtaken(void **state)
{
	struct tk_writer *w = written("a", false, "content");

	(void)state;
	put_text("a", "somebody else's");
	assert_status(tk_writer_commit(w, &err), TK_E_EXISTS);
	expect_text("a", "somebody else's");
	assert_int_equal(tmpdir_count(&dir), 1);
}

static void test_race(void **state)
{
	struct tk_writer *a = written("x", false, "first");
	struct tk_writer *b = written("x", false, "second");
	struct tk_writer *c = written("x", true, "third");
	struct tk_writer *d = written("x", true, "fourth");

	(void)state;
	assert_ok(tk_writer_commit(b, &err), err);
	assert_status(tk_writer_commit(a, &err), TK_E_EXISTS);
	expect_file("x", "second");
	assert_ok(tk_writer_commit(d, &err), err);
	expect_file("x", "fourth");
	assert_ok(tk_writer_commit(c, &err), err);
	expect_file("x", "third");
	assert_int_equal(tmpdir_count(&dir), 1);
}

/* A link is replaced; what it points to is not touched. */
static void test_symlinks(void **state)
{
	struct stat st;

	(void)state;
	put_text("target", "target");
	assert_int_equal(symlink("target", path("link")), 0);
	assert_int_equal(symlink("missing", path("dangling")), 0);
	expect_open(path("link"), false, TK_E_EXISTS);
	expect_open(path("dangling"), false, TK_E_EXISTS);
	assert_ok(tk_writer_commit(written("link", true, "new"), &err), err);
	assert_ok(tk_writer_commit(written("dangling", true, "2nd"), &err),
		  err);
	expect_text("target", "target");
	expect_file("link", "new");
	expect_file("dangling", "2nd");
	assert_int_equal(lstat(path("link"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(tmpdir_count(&dir), 3);
}

static void test_bad_outputs(void **state)
{
	char slash[80];

	(void)state;
	put_text("file", "x");
	assert_int_equal(mkdir(path("dir"), 0700), 0);
	assert_int_equal(mkfifo(path("fifo"), 0600), 0);
	for (int replace = 0; replace < 2; replace++) {
		expect_open(path("dir"), replace, TK_E_IO);
		expect_open(path("fifo"), replace, TK_E_IO);
		expect_open("/dev/null", replace, TK_E_IO);
		snprintf(slash, sizeof(slash), "%s/", dir.path);
		expect_open(slash, replace, TK_E_IO);
		expect_open(path("."), replace, TK_E_IO);
		expect_open(path(".."), replace, TK_E_IO);
		expect_open("", replace, TK_E_IO);
		expect_open("/", replace, TK_E_IO);
		expect_open(path("no/such/x.tk"), replace, TK_E_IO);
		expect_open(path("file/x.tk"), replace, TK_E_IO);
		expect_open("/proc/x.tk", replace, TK_E_IO);
	}
	assert_int_equal(tmpdir_count(&dir), 3);
}

static void test_long_names(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	assert_ok(tk_writer_commit(written(name, false, "x"), &err), err);
	name[255] = 'n';
	name[256] = 0;
	expect_open(path(name), false, TK_E_IO);
	assert_int_equal(tmpdir_count(&dir), 1);
}

static void test_unwritable_directory(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir.path, 0555), 0);
	/* To root every directory is writable. */
	if (!geteuid() && seteuid(65534))
		skip();
	expect_open(path("a"), false, TK_E_IO);
	assert_int_equal(err.sys_errno, EACCES);
	assert_int_equal(tmpdir_count(&dir), 0);
	seteuid(getuid());
}

/* Without a slash the directory is the one that one is in. */
static void test_relative_paths(void **state)
{
	int old = open(".", O_RDONLY | O_DIRECTORY);
	struct tk_writer *w;

	(void)state;
	assert_true(old >= 0);
	assert_int_equal(chdir(dir.path), 0);
	assert_ok(tk_writer_open(&w, "here.tk", 1, false, &err), err);
	assert_ok(tk_writer_add(w, TK_KIND_VOCAB, bytes_of("x"), NULL, &err),
		  err);
	/* The directory that was open()ed counts. */
	assert_int_equal(fchdir(old), 0);
	close(old);
	assert_ok(tk_writer_commit(w, &err), err);
	expect_file("here.tk", "x");
}

static void test_mode(void **state)
{
	mode_t old = umask(027);
	struct stat st;

	(void)state;
	assert_ok(tk_writer_commit(written("a", false, "x"), &err), err);
	umask(old);
	assert_int_equal(stat(path("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_before_commit),
		TEST(test_abort),
		TEST(test_existing),
		TEST(test_overtaken),
		TEST(test_race),
		TEST(test_symlinks),
		TEST(test_bad_outputs),
		TEST(test_long_names),
		TEST(test_unwritable_directory),
		TEST(test_relative_paths),
		TEST(test_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
