/* SPDX-License-Identifier: MIT */
/*
 * differ.c - which chunks of two sections are not the same, by their digests
 */
#include <string.h>

#include "container/digest.h"
#include "container/handle.h"
#include "container/verify.h"

#define BLOCK 64 /* leaves that are compared at a time */

/* The leaves of a section: what is asked of two of them. */
struct leaves {
	const uint8_t *list;
	uint64_t n;
};

static struct leaves leaves_of(const struct tk_container *c, size_t i)
{
	return (struct leaves){tk_section_leaves(c, i),
			       tk_leaf_count(c->sections[i].size)};
}

/* Of leaves n ... n + count - 1, which 'a' or 'b' may not have. */
static bool is_same(const struct leaves *a, const struct leaves *b, uint64_t n,
		    uint64_t count)
{
	const uint64_t both = a->n < b->n ? a->n : b->n;

	return n < both && count <= both - n &&
	       !memcmp(a->list + n * TK_LEAF_SIZE, b->list + n * TK_LEAF_SIZE,
		       (size_t)(count * TK_LEAF_SIZE));
}

/* From 'n' on, up to 'end': where one is not the same. */
static uint64_t skip_same(const struct leaves *a, const struct leaves *b,
			  uint64_t n, uint64_t end)
{
	while (end - n >= BLOCK && is_same(a, b, n, BLOCK))
		n += BLOCK;
	while (n < end && is_same(a, b, n, 1))
		n++;
	return n;
}

/* And where one is. */
static uint64_t skip_other(const struct leaves *a, const struct leaves *b,
			   uint64_t n, uint64_t end)
{
	while (n < end && !is_same(a, b, n, 1))
		n++;
	return n;
}

bool tk_container_differ(uint64_t *from, uint64_t *end,
			 const struct tk_container *a, size_t i,
			 const struct tk_container *b, size_t j)
{
	uint64_t size, first, last, stop;
	struct leaves x, y;

	if (i >= a->count - 1 || j >= b->count - 1)
		return false;
	x = leaves_of(a, i);
	y = leaves_of(b, j);
	size = a->sections[i].size > b->sections[j].size
		       ? a->sections[i].size
		       : b->sections[j].size;
	stop = *end < size ? *end : size;
	if (*from >= stop)
		return false;
	last = tk_leaf_count(stop);
	first = skip_same(&x, &y, *from / TK_CHUNK_SIZE, last);
	if (first == last)
		return false;
	last = skip_other(&x, &y, first, last);
	if (*from < first * TK_CHUNK_SIZE)
		*from = first * TK_CHUNK_SIZE;
	*end = stop < last * TK_CHUNK_SIZE ? stop : last * TK_CHUNK_SIZE;
	return true;
}
