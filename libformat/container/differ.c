/* SPDX-License-Identifier: MIT */
/*
 * differ.c - which chunks of two sections are not the same, by their digests
 */
#include <string.h>

#include "container/digest.h"
#include "container/handle.h"
#include "container/verify.h"

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

static bool is_same(const struct leaves *a, const struct leaves *b, uint64_t n)
{
	return n < a->n && n < b->n &&
	       !memcmp(a->list + n * TK_LEAF_SIZE, b->list + n * TK_LEAF_SIZE,
		       TK_LEAF_SIZE);
}

/* How many from 'n' on are the same, or not, at most up to 'end'. */
static uint64_t run(const struct leaves *a, const struct leaves *b, uint64_t n,
		    uint64_t end, bool same)
{
	while (n < end && is_same(a, b, n) == same)
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
	first = run(&x, &y, *from / TK_CHUNK_SIZE, last, true);
	if (first == last)
		return false;
	last = run(&x, &y, first, last, false);
	if (*from < first * TK_CHUNK_SIZE)
		*from = first * TK_CHUNK_SIZE;
	*end = stop < last * TK_CHUNK_SIZE ? stop : last * TK_CHUNK_SIZE;
	return true;
}
