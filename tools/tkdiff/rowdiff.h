/* SPDX-License-Identifier: MIT */
/*
 * rowdiff.h - the comparison of two tables, while it is under way
 */
#ifndef ROWDIFF_H
#define ROWDIFF_H

#include <pthread.h>

#include "tkdiff.h"

#define SPAN_ROWS 1024

/* What a thread needs; handed from item to item. */
struct worker {
	struct worker *next;
	struct row_source a, b;
	struct tk_row_delta deltas[SPAN_ROWS];
};

struct comparison {
	struct row_diff *out;
	const struct table_pair *p;
	const uint32_t *b_of_a; /* NULL: the same row */
	const struct settings *set;
	uint64_t rows;	   /* of A, to go through */
	uint64_t sum_rows;  /* that are summed by themselves, in order */
	uint64_t item_rows; /* a multiple of it */
	double *sums;	    /* [rows / sum_rows, rounded up] of cosines */
	struct verified *verified_a, *verified_b;
	pthread_mutex_t lock; /* of the rest, and of '*out' */
	struct worker *idle;
	size_t failed; /* lowest item that did; SIZE_MAX: none */
	const struct side *failed_side;
	struct tk_error err;
};

/*
 * Rows item * item_rows ... of A against their partners; to be called by any
 * thread, with the comparison as its context.
 */
void compare_item(void *comparison, size_t item);

/* Once all items are done. */
void free_workers(struct comparison *c);

/* True if digests tell which rows are the same: those of the same number. */
bool have_the_same_layout(const struct comparison *c);

#endif /* ROWDIFF_H */
