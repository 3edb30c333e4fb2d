/* SPDX-License-Identifier: MIT */
/*
 * input.h - texts and lines from standard input, or from a file
 */
#ifndef TOOLS_INPUT_H
#define TOOLS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libformat/bytes.h>

/* Zero at first; the buffer is used again for the next text. */
struct input {
	FILE *file;	  /* NULL: standard input */
	const char *path; /* for messages, unless it is standard input */
	struct tk_bytes text;
	uint8_t *bytes;
	size_t capacity;
};

/*
 * Opens a file; "-" is standard input.  Ends the program with a message if
 * there is none, or nothing that has bytes to read.
 */
void input_open(struct input *in, const char *path);

/*
 * Reads up to 'end', a character, or EOF for all there is.  False if there is
 * no more.  A read error, or a text without end, ends the program.
 */
bool input_next(struct input *in, int end);

/* The next line, without the CR LF or LF that ends it. */
bool input_line(struct input *in);

void input_free(struct input *in);

#endif /* TOOLS_INPUT_H */
