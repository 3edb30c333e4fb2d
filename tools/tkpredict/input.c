/* SPDX-License-Identifier: MIT */
/*
 * input.c - TEXT from standard input
 */
#include "predict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT ((size_t)64 << 20) /* bytes; what has no end is no text */

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
	int c;

	errno = 0;
	in->text.len = 0;
	while ((c = getc_unlocked(stdin)) != EOF && c != end) {
		if (in->text.len == MAX_TEXT)
			cli_die("standard input: more than %zu MiB in one "
				"text",
				MAX_TEXT >> 20);
		append(in, c);
	}
	if (ferror(stdin))
		cli_die("standard input: %s",
			errno ? strerror(errno) : "read error");
	in->text.ptr = in->bytes;
	return c != EOF || in->text.len;
}

void input_free(struct input *in)
{
	free(in->bytes);
}

int context_from_operand(struct context *c, const struct tk_model *m,
			 const char *text)
{
	struct input in = {0};
	int status;

	if (strcmp(text, "-"))
		return context_from_text(
			c, m,
			(struct tk_bytes){(const uint8_t *)text, strlen(text)});
	input_next(&in, EOF);
	status = context_from_text(c, m, in.text);
	input_free(&in);
	return status;
}
