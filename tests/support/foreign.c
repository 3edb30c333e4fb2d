/* SPDX-License-Identifier: MIT */
/*
 * foreign.c - foreign files made by a test, and what a reader says of them
 */
#include "foreign.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];

int foreign_setup(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/tk-test-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

int foreign_teardown(void **state)
{
	DIR *d = opendir(directory);
	struct dirent *e;

	(void)state;
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			unlink(foreign_path(e->d_name));
	if (d)
		closedir(d);
	return rmdir(directory);
}

const char *foreign_path(const char *name)
{
	static char paths[8][512];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

const char *foreign_bytes(const char *name, const void *bytes, size_t len)
{
	const char *path = foreign_path(name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(len ? fwrite(bytes, 1, len, f) : 0, len);
	assert_int_equal(fclose(f), 0);
	return path;
}

const char *foreign_text(const char *name, const char *text)
{
	return foreign_bytes(name, text, strlen(text));
}

static int open_it(struct source *s, const struct reader *r,
		   const struct source_options *opt)
{
	source_init(s);
	return r ? r->open(s, opt) : source_open(s, opt);
}

void foreign_open(struct source *s, const struct reader *r,
		  const struct source_options *opt)
{
	if (open_it(s, r, opt))
		fail_msg("%s", s->message);
}

void foreign_refused(const struct reader *r, const struct source_options *opt,
		     const char *part)
{
	struct source s;
	int failed = open_it(&s, r, opt);

	/* Some things are noticed only when the rows are read. */
	if (!failed)
		failed = foreign_read_all(&s, &s.w_e) ||
			 foreign_read_all(&s, &s.w_u);
	if (!failed)
		fail_msg("not refused; expected: %s", part);
	if (!strstr(s.message, part))
		fail_msg("says: %s; expected: %s", s.message, part);
	for (const char *p = s.message; *p; p++)
		assert_in_range((unsigned char)*p, 0x20, 0x7e);
	source_free(&s);
}

void foreign_refused_bytes(const struct reader *r, const void *bytes,
			   size_t len, const char *part)
{
	struct source_options opt = {0};

	opt.input = foreign_bytes("bad", bytes, len);
	foreign_refused(r, &opt, part);
}

int foreign_read_all(struct source *s, struct table *t)
{
	uint64_t size = t->name ? elem_row_bytes(t->elem, t->cols) : 0;
	uint8_t *row = size ? malloc((size_t)size) : NULL;
	int result = 0;

	for (uint64_t i = 0; size && !result && i < t->rows; i++)
		result = t->read(s, t, i, 1, row);
	free(row);
	return result;
}

float *foreign_rows(struct source *s, struct table *t, uint64_t step)
{
	size_t size = (size_t)elem_row_bytes(t->elem, t->cols);
	float *out = malloc((size_t)(t->rows * t->cols) * sizeof(*out));
	uint8_t *raw = malloc((size_t)step * size);

	assert_non_null(out);
	assert_non_null(raw);
	for (uint64_t i = 0; i < t->rows; i += step) {
		uint64_t n = t->rows - i < step ? t->rows - i : step;

		if (t->read(s, t, i, n, raw))
			fail_msg("%s", s->message);
		for (uint64_t k = 0; k < n; k++)
			assert_true(elem_row_to_f32(out + (i + k) * t->cols,
						    t->elem, raw + k * size,
						    t->cols));
	}
	free(raw);
	return out;
}

void foreign_token(const struct source *s, uint32_t id, const char *text)
{
	struct tk_bytes b = tokens_get(s, id);

	assert_true(tokens_has(s, id));
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.ptr, text, b.len);
}

static void try_bytes(const struct reader *r, const void *bytes, size_t len)
{
	struct source_options opt = {0};
	struct source s;

	opt.input = foreign_bytes("torture", bytes, len);
	if (!open_it(&s, r, &opt)) {
		foreign_read_all(&s, &s.w_e);
		foreign_read_all(&s, &s.w_u);
	} else {
		assert_true(s.message[0]);
	}
	source_free(&s);
}

void foreign_torture(const struct reader *r, const void *bytes, size_t len,
		     int n)
{
	uint8_t *copy = malloc(len);
	uint32_t x = 1;

	assert_non_null(copy);
	for (size_t i = 0; i < len; i++)
		try_bytes(r, bytes, i);
	for (int i = 0; i < n; i++) {
		memcpy(copy, bytes, len);
		for (int k = 0; k < 3; k++) {
			x = x * 1664525 + 1013904223;
			copy[(x >> 8) % len] = (uint8_t)(x >> 24);
		}
		try_bytes(r, copy, len);
	}
	free(copy);
}
