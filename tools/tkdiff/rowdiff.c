/* SPDX-License-Identifier: MIT */
/*
 * rowdiff.c - some rows of a table -> how far they are from their partners
 *
 * Rows whose chunks have the same digests are the same, and are not read.  The
 * others are verified and compared in spans that stay in the cache; what is
 * found is added under a lock.  Only sums of cosines depend on the order in
 * which they are added: there is one for each few rows, and these are in
 * order.
 */
#include "rowdiff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "progress.h"

#define SPAN_BYTES (UINT64_C(256) << 10)

/* Rows a, a + 1 ... of A, b, b + 1 ... of B. */
struct span {
	uint64_t a, b, n;
};

/* ---- workers ---- */

static struct worker *take_worker(struct comparison *c)
{
	struct worker *w;

	pthread_mutex_lock(&c->lock);
	w = c->idle;
	if (w)
		c->idle = w->next;
	pthread_mutex_unlock(&c->lock);
	if (w)
		return w;
	w = malloc(sizeof(*w));
	if (!w)
		cli_die("out of memory");
	row_source_open(&w->a, &c->p->a, c->verified_a);
	row_source_open(&w->b, &c->p->b, c->verified_b);
	return w;
}

static void return_worker(struct comparison *c, struct worker *w)
{
	pthread_mutex_lock(&c->lock);
	w->next = c->idle;
	c->idle = w;
	pthread_mutex_unlock(&c->lock);
}

void free_workers(struct comparison *c)
{
	while (c->idle) {
		struct worker *w = c->idle;

		c->idle = w->next;
		row_source_close(&w->a);
		row_source_close(&w->b);
		free(w);
	}
}

static void note_failure(struct comparison *c, size_t item,
			 const struct side *side, const struct tk_error *err)
{
	pthread_mutex_lock(&c->lock);
	if (item < c->failed) {
		c->failed = item;
		c->failed_side = side;
		c->err = *err;
	}
	pthread_mutex_unlock(&c->lock);
}

/* ---- one row ---- */

static bool is_beyond(const struct settings *set, const struct tk_row_delta *d)
{
	switch (set->tolerance) {
	case TOLERANCE_NUMBER:
		return d->n_unfit || d->max_abs > set->most;
	case TOLERANCE_ROUNDING:
		return d->n_beyond;
	default:
		return d->n_differ;
	}
}

static void add_row(struct comparison *c, const struct tk_row_delta *d,
		    uint64_t a, uint64_t b)
{
	struct row_diff *out = c->out;
	const struct moved m = {a, b,
				c->p->is_column ? (double)NAN : d->cos,
				d->max_abs, d->n_unfit > 0};

	if (!d->n_differ)
		return;
	if (!out->moved || m.max_abs > out->max.max_abs ||
	    (m.max_abs >= out->max.max_abs && a < out->max.a))
		out->max = m;
	if (!isnan(m.cos)) {
		if (!out->with_cos || m.cos < out->least.cos ||
		    (m.cos <= out->least.cos && a < out->least.a))
			out->least = m;
		out->with_cos++;
		c->sums[a / c->sum_rows] += m.cos;
	}
	out->moved++;
	out->differ += is_beyond(c->set, d);
	out->elements += d->n_differ;
	out->beyond += d->n_beyond;
	out->unfit += d->n_unfit;
	moved_add(&out->top, &m);
}

/* ---- spans ---- */

static bool is_same_row(const struct tk_matrix *a, const struct tk_matrix *b,
			uint64_t i)
{
	return a->dtype == b->dtype &&
	       !memcmp(a->data + i * a->row_stride,
		       b->data + i * b->row_stride, (size_t)a->row_stride);
}

/* Rows that lie there on both sides, both of them verified. */
static void compare_rows(struct comparison *c, struct worker *w,
			 const struct tk_matrix *a, const struct tk_matrix *b,
			 const struct span *s)
{
	uint64_t end;

	for (uint64_t i = 0; i < s->n; i = end + 1) {
		while (i < s->n && is_same_row(a, b, i))
			i++;
		for (end = i; end < s->n && !is_same_row(a, b, end);)
			end++;
		/* The shapes are known to fit. */
		tk_delta_rows(w->deltas, *a, i, *b, i, end - i, NULL, NULL);
		pthread_mutex_lock(&c->lock);
		for (uint64_t j = i; j < end; j++)
			add_row(c, &w->deltas[j - i], s->a + j, s->b + j);
		pthread_mutex_unlock(&c->lock);
	}
}

static bool compare_span(struct comparison *c, size_t item, struct worker *w,
			 struct span s)
{
	while (s.n) {
		struct tk_matrix a, b;
		struct tk_error err;
		struct span now = s;

		if (row_source_read(&w->a, &a, s.a, s.n, &err)) {
			note_failure(c, item, c->p->a.side, &err);
			return false;
		}
		if (row_source_read(&w->b, &b, s.b, a.rows, &err)) {
			note_failure(c, item, c->p->b.side, &err);
			return false;
		}
		now.n = b.rows;
		compare_rows(c, w, &a, &b, &now);
		s.a += now.n;
		s.b += now.n;
		s.n -= now.n;
	}
	return true;
}

/* ---- which rows ---- */

bool have_the_same_layout(const struct comparison *c)
{
	return c->p->a.m.dtype == c->p->b.m.dtype;
}

/* Cuts the span to the first rows that differ by the digests; false: none. */
static bool narrow(const struct comparison *c, struct span *s)
{
	const uint64_t stride = c->p->a.m.row_stride;
	uint64_t from = s->a * stride, end = (s->a + s->n) * stride;

	if (s->a != s->b || !have_the_same_layout(c))
		return true;
	if (!tk_container_differ(&from, &end, c->p->a.side->file,
				 c->p->a.section, c->p->b.side->file,
				 c->p->b.section))
		return false;
	s->a = s->b = from / stride;
	s->n = (end - 1) / stride + 1 - s->a;
	return true;
}

static uint64_t partner(const struct comparison *c, uint64_t a)
{
	return c->b_of_a ? c->b_of_a[a] : a;
}

/* The span of rows from '*a' on whose partners follow each other, too. */
static bool next_span(const struct comparison *c, struct span *s, uint64_t *a,
		      uint64_t end)
{
	const uint64_t rows_b = c->p->b.m.rows;

	while (*a < end && partner(c, *a) >= rows_b)
		++*a;
	if (*a == end)
		return false;
	*s = (struct span){*a, partner(c, *a), 0};
	if (!c->b_of_a)
		s->n = end - *a < rows_b - s->b ? end - *a : rows_b - s->b;
	while (c->b_of_a && *a + s->n < end && s->b + s->n < rows_b &&
	       partner(c, *a + s->n) == s->b + s->n)
		s->n++;
	*a += s->n;
	return true;
}

static uint64_t span_rows(const struct comparison *c)
{
	const uint64_t a = c->p->a.m.row_stride, b = c->p->b.m.row_stride;
	const uint64_t n = SPAN_BYTES / (a > b ? a : b);

	return n < 1 ? 1 : n < SPAN_ROWS ? n : SPAN_ROWS;
}

/* All of a span that has to be read, in pieces. */
static bool compare_long(struct comparison *c, size_t item, struct worker *w,
			 struct span all)
{
	const uint64_t most = span_rows(c);

	while (all.n) {
		struct span s = all;
		uint64_t passed;

		if (!narrow(c, &s))
			return true;
		s.n = s.n < most ? s.n : most;
		if (!compare_span(c, item, w, s))
			return false;
		passed = s.a + s.n - all.a;
		all.a += passed;
		all.b += passed;
		all.n -= passed;
	}
	return true;
}

void compare_item(void *context, size_t item)
{
	struct comparison *c = context;
	uint64_t a = item * c->item_rows;
	const uint64_t left = c->rows - a;
	const uint64_t n = left < c->item_rows ? left : c->item_rows;
	struct worker *w = take_worker(c);
	const uint64_t end = a + n;
	struct span s;

	while (next_span(c, &s, &a, end))
		if (!compare_long(c, item, w, s))
			break;
	pthread_mutex_lock(&c->lock);
	progress_add(n * c->p->a.m.row_stride);
	pthread_mutex_unlock(&c->lock);
	return_worker(c, w);
}
