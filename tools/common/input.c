/* SPDX-License-Identifier: MIT */
/*
 * input.c - texts and lines from standard input, or from a file
 */
#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

#define MAX_TEXT ((size_t)64 << 20) /* bytes; what has no end is no text */

static const char *name_of(const struct input *in)
{
	return in->file ? in->path : "standard input";
}

void input_open(struct input *in, const char *path)
{
	const char *name = *path ? path : "\"\"";
	struct stat st;

	memset(in, 0, sizeof(*in));
	if (!strcmp(path, "-"))
		return;
	in->file = fopen(path, "re");
	in->path = path;
	if (!in->file)
		cli_die("%s: %s", name, strerror(errno));
	if (fstat(fileno(in->file), &st) || S_ISDIR(st.st_mode))
		cli_die("%s: is a directory", name);
}

static void append(struct input *in, int c)
{
	if (in->text.len == in->capacity) {
		size_t capacity = in->capacity ? 2 * in->capacity : 4096;
		uint8_t *bytes = realloc(in->bytes, capacity);

		if (!bytes)
			cli_die("out of memory for %zu bytes of text",
				capacity);
		in->bytes = bytes;
		in->capacity = capacity;
	}
	in->bytes[in->text.len++] = (uint8_t)c;
}

bool input_next(struct input *in, int end)
{
	FILE *file = in->file ? in->file : stdin;
	int c;

	errno = 0;
	in->text.len = 0;
	while ((c = getc_unlocked(file)) != EOF && c != end) {
		if (in->text.len == MAX_TEXT)
			cli_die("%s: more than %zu MiB in one text",
				name_of(in), MAX_TEXT >> 20);
		append(in, c);
	}
	if (ferror(file))
		cli_die("%s: %s", name_of(in),
			errno ? strerror(errno) : "read error");
	in->text.ptr = in->bytes;
	return c != EOF || in->text.len;
}

bool input_line(struct input *in)
{
	if (!input_next(in, '\n'))
		return false;
	if (in->text.len && in->text.ptr[in->text.len - 1] == '\r')
		in->text.len--;
	return true;
}

void input_free(struct input *in)
{
	if (in->file)
		fclose(in->file);
	free(in->bytes);
}
