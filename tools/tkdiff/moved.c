/* SPDX-License-Identifier: MIT */
/*
 * moved.c - the rows that moved most
 *
 * A heap of the best so far, the least of them on top.  The order is total,
 * so the result does not depend on the order in which rows come.
 */
#include "tkdiff.h"

#include <math.h>
#include <stdlib.h>

/*
 * Less is more: rows with what is no number, then those that were zero or have
 * become it, then by cosine; last what has no cosine and did not move.
 */
static double rank(const struct moved *m)
{
	if (m->unfit)
		return -3;
	if (isnan(m->cos))
		return m->max_abs > 0 ? -2 : 2;
	return m->cos;
}

/* Negative: x has moved more than y. */
static int compare(const void *px, const void *py)
{
	const struct moved *x = px, *y = py;
	const double a = rank(x), b = rank(y);

	if (a < b || a > b)
		return a < b ? -1 : 1;
	if (x->max_abs < y->max_abs || x->max_abs > y->max_abs)
		return x->max_abs > y->max_abs ? -1 : 1;
	return (x->a > y->a) - (x->a < y->a);
}

static void swap(struct moved *x, struct moved *y)
{
	const struct moved t = *x;

	*x = *y;
	*y = t;
}

static void sink(struct moved_top *top)
{
	size_t i = 0;

	for (;;) {
		size_t least = i;

		for (size_t j = 2 * i + 1; j <= 2 * i + 2 && j < top->n; j++)
			if (compare(&top->list[j], &top->list[least]) > 0)
				least = j;
		if (least == i)
			return;
		swap(&top->list[i], &top->list[least]);
		i = least;
	}
}

static void rise(struct moved_top *top, size_t i)
{
	while (i && compare(&top->list[i], &top->list[(i - 1) / 2]) > 0) {
		swap(&top->list[i], &top->list[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

void moved_add(struct moved_top *top, const struct moved *m)
{
	if (top->n < top->k) {
		top->list[top->n] = *m;
		rise(top, top->n++);
	} else if (top->k && compare(m, &top->list[0]) < 0) {
		top->list[0] = *m;
		sink(top);
	}
}

void moved_sort(struct moved_top *top)
{
	if (top->n)
		qsort(top->list, top->n, sizeof(*top->list), compare);
}
