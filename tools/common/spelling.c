/* SPDX-License-Identifier: MIT */
/*
 * spelling.c - how far one word is from another
 */
#include "spelling.h"

#include <stdint.h>

unsigned char spelling_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

static bool is_same(uint8_t a, uint8_t b, bool fold)
{
	return a == b || (fold && spelling_lower(a) == spelling_lower(b));
}

/* row[j]: from a[0 ... i) to b[0 ... j), made that of i + 1.  Its least. */
static size_t next_row(size_t *row, uint8_t a, struct tk_bytes b, bool fold)
{
	size_t diagonal = row[0]++;
	size_t least = row[0];

	for (size_t j = 0; j < b.len; j++) {
		size_t best = diagonal + !is_same(a, b.ptr[j], fold);

		if (row[j] + 1 < best)
			best = row[j] + 1;
		diagonal = row[j + 1];
		if (diagonal + 1 < best)
			best = diagonal + 1;
		row[j + 1] = best;
		if (best < least)
			least = best;
	}
	return least;
}

size_t spelling_distance(struct tk_bytes a, struct tk_bytes b, size_t limit,
			 bool fold)
{
	const size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;
	size_t row[SPELLING_MAX + 1];

	if (a.len > SPELLING_MAX || b.len > SPELLING_MAX || apart > limit)
		return limit + 1;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 0; i < a.len; i++)
		if (next_row(row, a.ptr[i], b, fold) > limit)
			return limit + 1;
	return row[b.len] > limit ? limit + 1 : row[b.len];
}
