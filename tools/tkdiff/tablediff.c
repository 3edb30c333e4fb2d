/* SPDX-License-Identifier: MIT */
/*
 * tablediff.c - two tables -> how far apart their rows are
 *
 * Rows are shared out among threads in items of some megabytes.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "progress.h"
#include "rowdiff.h"

#define ITEM_BYTES (UINT64_C(4) << 20)
#define ARCHIVED_ITEM_BYTES (UINT64_C(32) << 20) /* frames are decoded once */
#define MAX_SUMS 4096 /* the same rows in each, whatever the items are */
/* Work that is done before threads have started: one item. */
#define FEW_BYTES (UINT64_C(4) << 20)

/* Rows of A that a thread goes through at a time: a multiple of sum_rows. */
static uint64_t item_rows(const struct comparison *c)
{
	const struct table_pair *p = c->p;
	const bool archived = !p->a.m.data || !p->b.m.data;
	const uint64_t bytes = archived ? ARCHIVED_ITEM_BYTES : ITEM_BYTES;
	const uint64_t n = bytes / p->a.m.row_stride / c->sum_rows;

	return (n ? n : 1) * c->sum_rows;
}

/* Bytes of A in rows that may differ. */
static uint64_t bytes_to_read(const struct comparison *c)
{
	const uint64_t size = c->rows * c->p->a.m.row_stride;
	uint64_t from = 0, end = size, sum = 0;

	if (c->b_of_a || !have_the_same_layout(c))
		return size;
	while (tk_container_differ(&from, &end, c->p->a.side->file,
				   c->p->a.section, c->p->b.side->file,
				   c->p->b.section)) {
		sum += end - from;
		from = end;
		end = size;
	}
	return sum;
}

static void run(struct comparison *c)
{
	const bool few = bytes_to_read(c) < FEW_BYTES;
	size_t n_sums, n_items;

	c->sum_rows = c->rows / MAX_SUMS + 1;
	n_sums = (size_t)((c->rows + c->sum_rows - 1) / c->sum_rows);
	c->sums = zeros(n_sums, sizeof(*c->sums));
	c->item_rows = few ? n_sums * c->sum_rows : item_rows(c);
	n_items = (size_t)((c->rows + c->item_rows - 1) / c->item_rows);
	pthread_mutex_init(&c->lock, NULL);
	progress_start(few ? 0 : c->rows * c->p->a.m.row_stride);
	cli_parallel(c->set->threads, n_items, compare_item, c);
	progress_end();
	pthread_mutex_destroy(&c->lock);
	for (size_t i = 0; i < n_sums; i++)
		c->out->sum_cos += c->sums[i];
	free(c->sums);
}

/* How many rows have no partner, and why. */
static void count_rows(struct comparison *c, const struct match *match)
{
	const uint64_t rows_a = c->p->a.m.rows, rows_b = c->p->b.m.rows;
	struct row_diff *out = c->out;

	c->rows = rows_a < rows_b ? rows_a : rows_b;
	out->rows = c->rows;
	if (c->b_of_a) {
		c->rows = rows_a < match->n_a ? rows_a : match->n_a;
		out->rows = 0;
		for (uint64_t a = 0; a < c->rows; a++)
			out->rows += c->b_of_a[a] < rows_b;
		out->unnamed = rows_a - c->rows;
		out->unnamed += rows_b > match->n_b ? rows_b - match->n_b : 0;
	}
	out->only_a = rows_a - out->rows;
	out->only_b = rows_b - out->rows;
}

void rows_compare(struct row_diff *out, const struct table_pair *p,
		  const struct match *match, const struct settings *set)
{
	struct comparison c = {.out = out, .p = p, .set = set,
			       .failed = SIZE_MAX};

	if (set->by == BY_TOKEN && p->of_tokens && !match->identity)
		c.b_of_a = match->b_of_a;
	count_rows(&c, match);
	if (p->same || !c.rows)
		return;
	/* They say what need not be read. */
	side_verify(p->a.side, p->a.s.kind, false);
	side_verify(p->b.side, p->b.s.kind, false);
	/* Rows of others have no name. */
	if (p->of_tokens)
		out->top.k = set->top < out->rows ? set->top
						  : (size_t)out->rows;
	out->top.list = zeros(out->top.k, sizeof(*out->top.list));
	c.verified_a = verified_new(&p->a);
	c.verified_b = verified_new(&p->b);
	run(&c);
	free_workers(&c);
	verified_free(c.verified_a);
	verified_free(c.verified_b);
	if (c.failed != SIZE_MAX)
		cli_die_error(c.failed_side->path, &c.err);
	moved_sort(&out->top);
}

void row_diff_free(struct row_diff *d)
{
	free(d->top.list);
}
