/* SPDX-License-Identifier: MIT */
/*
 * lines.h - a text file line by line, in constant memory
 *
 * A line ends at 0x0A and nowhere else; all other bytes belong to it.  If the
 * first line ends in CR LF, every line must, and the CR is not part of it; if
 * the first does not, none may.  The last line may lack its end.
 */
#ifndef TKPACK_LINES_H
#define TKPACK_LINES_H

#include <stdbool.h>

#include "file.h"

/* Bytes of the longest line, its end included. */
#define LINES_MAX ((size_t)2 << 20)

struct lines {
	struct scan scan;
	uint64_t number;    /* of the line at hand, from 1; 0 before it */
	uint64_t offset;    /* in the file, of the line at hand */
	const uint8_t *ptr; /* its bytes; valid until the next call */
	size_t len;
	bool ended;	    /* by LF: false only for the last line */
	bool crlf;	    /* lines end in CR LF; known after the first */
};

/* The window belongs to the source. */
int lines_open(struct lines *l, struct source *s, struct file *f);

/* Moves to the next line.  1: it is there; 0: the file has ended; -1. */
int lines_next(struct lines *l, struct source *s);

/*
 * The next line will be the one at 'offset', line 'number' of the file, not
 * its first.
 */
void lines_seek(struct lines *l, uint64_t offset, uint64_t number);

/* Where the line after the one at hand starts. */
uint64_t lines_after(const struct lines *l);

/* "FILE:LINE: message"; returns -1. */
int lines_fail(const struct lines *l, struct source *s, const char *format,
	       ...) __attribute__((format(printf, 3, 4)));

#endif /* TKPACK_LINES_H */
