/* SPDX-License-Identifier: MIT */
/*
 * join.h - partial results of all rows -> a result
 */
#ifndef TKPREDICT_JOIN_H
#define TKPREDICT_JOIN_H

#include <stddef.h>

#include <jansson.h>

#include "result.h"

/* One line of --partial. */
struct part {
	json_t *json;
	uint64_t first_row;
	uint64_t end_row;
	char from[96]; /* where it was read, for messages */
};

struct joined {
	struct part *parts;
	size_t n_parts;
	size_t capacity;
	/* What was asked, of all parts. */
	json_t *question;
	uint64_t top;
	uint64_t rows;
	bool sums; /* there are sums of exponentials */
	/* The parts' lists, one behind the other. */
	struct tk_partial lists;
	struct line *lines; /* [lists.n_best] at first, by id */
	size_t n_lines;
	struct result result;
	uint8_t *bytes; /* of tokens that are not UTF-8 */
	size_t n_bytes;
	size_t n_text; /* bytes of all lines */
};

/*
 * All parts in the files, "-" or no file at all: in standard input.  Anything
 * wrong ends the program with a line that says where.
 */
void joined_read(struct joined *j, char *const *paths, size_t n);

/* One more part; 'from' says where it is from.  '*j' is zero at first. */
void joined_add(struct joined *j, const char *text, size_t len,
		const char *from);

/* Makes the result; ends the program if the parts are not one whole. */
void joined_finish(struct joined *j);

/* What tkpredict --json prints for it. */
json_t *joined_json(const struct joined *j);

void joined_free(struct joined *j);

#endif /* TKPREDICT_JOIN_H */
