/* SPDX-License-Identifier: MIT */
/*
 * spelling.h - how far one word is from another
 */
#ifndef TOOLS_SPELLING_H
#define TOOLS_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#include <libformat/bytes.h>

/* Bytes of the longest word that is compared. */
#define SPELLING_MAX 64

/*
 * Bytes to insert, delete or change on the way from a to b (Levenshtein), or
 * limit + 1 if there are more of them, or if a word is too long.  'fold': A to
 * Z are as a to z.  Cost: the product of the lengths at the most.
 */
size_t spelling_distance(struct tk_bytes a, struct tk_bytes b, size_t limit,
			 bool fold);

/* A to Z as a to z; every other byte, those of UTF-8 too, as it is. */
unsigned char spelling_lower(unsigned char c);

#endif /* TOOLS_SPELLING_H */
