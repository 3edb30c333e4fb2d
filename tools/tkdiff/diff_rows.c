/* SPDX-License-Identifier: MIT */
/*
 * diff_rows.c - matrices and predictions, for people
 */
#include "tkdiff.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define LABEL 10
#define TOKEN_COLUMNS 28

static void label(const char *text)
{
	printf("%-*s", LABEL, text);
	if (strlen(text) >= LABEL)
		fputs("  ", stdout);
}

/* ---- one pair ---- */

static void put_shape(const struct table *t)
{
	printf("%s [%" PRIu64 ", %" PRIu64 "]", tk_dtype_name(t->s.dtype),
	       t->s.rows, t->s.cols);
}

/* Rows of tokens, or rows of which there are no names. */
static const char *rows_are(const struct table_pair *p)
{
	return p->is_column ? "element" : "row";
}

static void put_incomparable(const struct table_pair *p)
{
	if (!table_is_there(&p->a) || !table_is_there(&p->b)) {
		const bool is_a = table_is_there(&p->a);

		printf("only in %s: ", is_a ? "A" : "B");
		put_shape(is_a ? &p->a : &p->b);
		putchar('\n');
		return;
	}
	fputs("cannot be compared: ", stdout);
	put_shape(&p->a);
	fputs(" in A, ", stdout);
	put_shape(&p->b);
	fputs(" in B\n", stdout);
}

/* How many of how many, on the line that the label has begun. */
static void put_counts(const struct report *r, const struct table_pair *p,
		       const struct row_diff *d)
{
	const char *name = rows_are(p);

	if (!d->moved) {
		printf("the same%s: %" PRIu64 " %s%s\n",
		       p->equal ? "" : " numbers", d->rows, name,
		       text_s(d->rows));
		return;
	}
	printf("%" PRIu64 " of %" PRIu64 " %s%s differ%s", d->differ, d->rows,
	       name, text_s(d->rows), d->differ == 1 ? "s" : "");
	if (r->set->tolerance == TOLERANCE_NUMBER)
		printf(" by more than %.9g", r->set->most);
	if (r->set->tolerance == TOLERANCE_ROUNDING)
		fputs(" by more than rounding explains", stdout);
	if (d->moved > d->differ)
		printf(", %" PRIu64 " by less", d->moved - d->differ);
	putchar('\n');
}

static void put_distance(const struct row_diff *d)
{
	label("");
	printf("max|d| %.6g", d->max.max_abs);
	if (d->with_cos)
		printf(", cosine: mean %.9g, lowest %.9g",
		       d->sum_cos / (double)d->with_cos, d->least.cos);
	putchar('\n');
	if (!d->unfit)
		return;
	label("");
	printf("%" PRIu64 " element%s NaN, or infinite on one side\n",
	       d->unfit, d->unfit == 1 ? " is" : "s are");
}

/* In words: is it what another dtype costs, and no more? */
static void put_rounding(const struct table_pair *p, const struct row_diff *d)
{
	const char *a = tk_dtype_name((uint16_t)p->a.m.dtype);
	const char *b = tk_dtype_name((uint16_t)p->b.m.dtype);
	const char *to = tk_dtype_name(
		(uint16_t)tk_delta_rounding(p->a.m.dtype, p->b.m.dtype));
	const bool differ = p->a.m.dtype != p->b.m.dtype;

	if (!differ && (!d->moved || d->beyond))
		return;
	label("");
	if (differ)
		printf("%s in A, %s in B%s", a, b, d->moved ? ": " : "");
	if (d->moved && !d->beyond)
		printf("all of it is as much as rounding to %s explains", to);
	else if (d->moved)
		printf("%" PRIu64 " element%s moved by more than rounding to "
		       "%s explains",
		       d->beyond, text_s(d->beyond), to);
	putchar('\n');
}

static void put_without_partner(const struct table_pair *p,
				const struct row_diff *d)
{
	if (!d->only_a && !d->only_b)
		return;
	label("");
	printf("not compared: %" PRIu64 " %s%s of A, %" PRIu64 " of B",
	       d->only_a, rows_are(p), text_s(d->only_a), d->only_b);
	if (d->unnamed)
		printf(" (%" PRIu64 " without a token)", d->unnamed);
	putchar('\n');
}

/* ---- the rows that moved most ---- */

static void put_cosine(double x)
{
	if (isnan(x))
		printf("%11s", "-");
	else
		printf(" %10.6f", x);
}

static void put_moved(const struct report *r, const struct moved *m,
		      bool two_ids)
{
	label("");
	if (m->a < tk_model_vocab(r->a->model).n_tokens)
		text_put_padded(stdout, side_shown_token(r->a, m->a),
				TOKEN_COLUMNS);
	else
		printf("%-*s", TOKEN_COLUMNS, "(padding)");
	printf(" %8" PRIu64, m->a);
	if (two_ids)
		printf(" %8" PRIu64, m->b);
	put_cosine(m->cos);
	printf(" %10.5g%s\n", m->max_abs, m->unfit ? "  NaN or Inf" : "");
}

static void put_top(const struct report *r, const struct row_diff *d)
{
	bool two_ids = false;

	if (!d->top.n)
		return;
	for (size_t i = 0; i < d->top.n; i++)
		two_ids |= d->top.list[i].a != d->top.list[i].b;
	label("");
	printf("%-*s %8s", TOKEN_COLUMNS, "MOST MOVED",
	       two_ids ? "ID IN A" : "ID");
	if (two_ids)
		printf(" %8s", "IN B");
	printf(" %10s %10s\n", "COSINE", "MAX|D|");
	for (size_t i = 0; i < d->top.n; i++)
		put_moved(r, &d->top.list[i], two_ids);
}

void text_pair(const struct report *r, size_t i)
{
	const struct table_pair *p = &r->pairs[i];
	const struct row_diff *d = &r->rows[i];

	label(p->name);
	if (!tables_are_comparable(p)) {
		put_incomparable(p);
		return;
	}
	put_counts(r, p, d);
	if (d->moved)
		put_distance(d);
	put_rounding(p, d);
	put_without_partner(p, d);
	put_top(r, d);
}

/* ---- predictions ---- */

static void put_masses(const struct shift *s)
{
	if (!s->only_a && !s->only_b)
		return;
	label("");
	printf("left out: %" PRIu64 " token%s of A, %.4g %% of its "
	       "probability; %" PRIu64 " of B, %.4g %%\n",
	       s->only_a, text_s(s->only_a), 100 * (1 - s->mass_a), s->only_b,
	       100 * (1 - s->mass_b));
}

void text_shift(const struct report *r)
{
	const struct shift *s = &r->shift;

	label("predict");
	if (!s->done) {
		puts("the same predictions: the content is the same");
		return;
	}
	printf("%" PRIu64 " context%s of %" PRIu64 " token%s, %" PRIu64
	       " tokens to predict\n",
	       s->contexts, text_s(s->contexts), s->length, text_s(s->length),
	       s->tokens);
	label("");
	printf("KL(A|B) in nats: mean %.6g, largest %.6g", s->mean_kl,
	       s->max_kl);
	if (s->worst_a != NO_MATCH) {
		fputs(" after ", stdout);
		text_put_quoted(stdout, side_shown_token(r->a, s->worst_a),
				TOKEN_COLUMNS);
	}
	putchar('\n');
	if (s->infinite) {
		label("");
		printf("infinite, and not in the mean: %" PRIu64 "\n",
		       s->infinite);
	}
	label("");
	printf("the same likeliest token in %" PRIu64 " of %" PRIu64 "\n",
	       s->agree, s->contexts);
	put_masses(s);
}
