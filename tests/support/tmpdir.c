/* SPDX-License-Identifier: MIT */
/*
 * tmpdir.c - a directory of the test's own
 */
#include "tmpdir.h"

#include <dirent.h>
#include <unistd.h>

#include "test.h"

struct tmpdir tmpdir_make(void)
{
	const char *base = getenv("TMPDIR");
	struct tmpdir d;
	int n = snprintf(d.path, sizeof(d.path), "%s/tk-test-XXXXXX",
			 base && strlen(base) < 40 ? base : "/tmp");

	assert_true(n > 0 && (size_t)n < sizeof(d.path));
	assert_non_null(mkdtemp(d.path));
	return d;
}

const char *tmpdir_file(const struct tmpdir *d, const char *name)
{
	static char paths[4][384];
	static unsigned next;
	char *p = paths[next++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", d->path, name);
	return p;
}

static size_t walk(const struct tmpdir *d, bool remove_them)
{
	DIR *dir = opendir(d->path);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		n++;
		if (remove_them)
			remove(tmpdir_file(d, e->d_name));
	}
	closedir(dir);
	return n;
}

size_t tmpdir_count(const struct tmpdir *d)
{
	return walk(d, false);
}

void tmpdir_remove(struct tmpdir *d)
{
	walk(d, true);
	assert_int_equal(rmdir(d->path), 0);
}
