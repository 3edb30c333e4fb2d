/* SPDX-License-Identifier: MIT */
/*
 * defect.h - one field of a good file changed: what must come of it
 */
#ifndef DEFECT_H
#define DEFECT_H

#include "forge.h"

enum seal { AS_IT_IS, HEADER_SEALED, SEALED, ALL_SEALED };

struct defect {
	const char *name; /* begins with the row of spec/format.md 8 */
	uint32_t kind;	  /* 'at' counts from its table entry; 0: from 0 */
	size_t at;
	size_t width;
	uint64_t value;
	enum seal seal;
	enum tk_status status; /* TK_OK: a legal neighbour */
	uint64_t offset;       /* in the error, counted as 'at' is */
};

/* Opens a copy between guard pages, and closes it again. */
enum tk_status open_guarded(const struct image *im, struct tk_error *err);

void seal(struct image *im, enum seal how);

/* Fails the test, by name, unless the defect is found as it must be. */
void check_defect(const struct image *good, const struct defect *d);

/* The same for a file that is spoilt already; 'offset' from its start. */
void check_refusal(const char *name, const struct image *im,
		   enum tk_status status, uint64_t offset);

#endif /* DEFECT_H */
