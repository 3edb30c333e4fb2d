/* SPDX-License-Identifier: MIT */
/*
 * twins.c - which rows are copies of another one
 *
 * Copies have the same norm, and rows of one norm are few, unless all were
 * brought to the same one: then their first bytes tell them apart.  What is
 * left is compared byte by byte.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* One of the rows that have the same norm. */
struct entry {
	uint64_t head; /* its first bytes */
	const uint8_t *row;
	size_t size; /* bytes */
	uint32_t id;
};

static int by_head(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

static int by_row(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int difference = memcmp(x->row, y->row, x->size);

	return difference ? difference : x->id < y->id ? -1 : 1;
}

/* e[n], the lowest id of each row before its copies. */
static void mark(struct rows *r, const struct entry *e, size_t n)
{
	size_t first = 0;

	for (size_t i = 1; i < n; i++) {
		if (memcmp(e[i].row, e[first].row, e[i].size)) {
			first = i;
			continue;
		}
		r->twin[e[i].id] = e[first].id;
		r->n_twins++;
	}
}

static bool all_same(const struct entry *e, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (memcmp(e[i].row, e[0].row, e[i].size))
			return false;
	return true;
}

/* Rows of one norm, ids rising. */
static void compare(struct rows *r, struct entry *e, const uint32_t *ids,
		    size_t n)
{
	const size_t size = (size_t)r->m.row_stride;

	for (size_t i = 0; i < n; i++) {
		e[i] = (struct entry){.row = r->m.data + ids[i] * size,
				      .size = size,
				      .id = ids[i]};
		/* Rows are 64 bytes at least. */
		memcpy(&e[i].head, e[i].row, sizeof(e[i].head));
	}
	qsort(e, n, sizeof(*e), by_head);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && e[end].head == e[i].head; end++)
			;
		if (end - i > 2 && !all_same(e + i, end - i))
			qsort(e + i, end - i, sizeof(*e), by_row);
		mark(r, e + i, end - i);
	}
}

/* The rows that have the norm of the one at 'i', from there on. */
static size_t end_of(const struct spread *s, size_t i)
{
	const float norm = spread_at(s, i);

	for (i++; i < s->n && spread_at(s, i) <= norm; i++)
		;
	return i;
}

void twins_find(struct rows *r)
{
	const struct spread *s = &r->spread;
	struct entry *e = NULL;
	size_t room = 0;

	r->twin = malloc((size_t)r->n_tokens * sizeof(*r->twin) + 1);
	if (!r->twin)
		cli_die("out of memory for %s", r->name);
	for (uint64_t i = 0; i < r->n_tokens; i++)
		r->twin[i] = TK_NO_ID;
	/* Zero rows are counted as such. */
	for (size_t i = (size_t)r->n_zero, end; i < s->n; i = end) {
		end = end_of(s, i);
		if (end - i < 2)
			continue;
		if (end - i > room) {
			room = end - i;
			free(e);
			e = malloc(room * sizeof(*e));
		}
		if (!e)
			cli_die("out of memory for copies of rows");
		compare(r, e, s->order + i, end - i);
	}
	free(e);
}
