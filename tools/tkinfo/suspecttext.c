/* SPDX-License-Identifier: MIT */
/*
 * suspecttext.c - tokens that training seems to have left, as a table
 *
 * No line has more than 80 columns.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "chart.h"
#include "cli.h"
#include "color.h"
#include "suspect.h"
#include "text.h"

#define TOKEN 24 /* columns */
#define MOST_LISTED 5 /* of the tokens that have no number */

static void label(const char *text)
{
	printf("%-12s", text);
}

static void put_token(const struct suspect *s, uint32_t id)
{
	struct tk_bytes token;
	struct tk_error err;

	if (tk_model_token(&token, s->info->model, id, &err))
		cli_die_error(s->info->path, &err);
	printf("%8" PRIu32 "  ", id);
	text_put_padded(stdout, token, TOKEN);
}

/* ---- why ---- */

struct list {
	const char *between;
};

static void put(struct list *l, const char *text)
{
	printf("%s%s", l->between, text);
	l->between = ", ";
}

static void put_same(struct list *l, const char *what, uint32_t id)
{
	char text[48];

	snprintf(text, sizeof(text), "%s id:%" PRIu32, what, id);
	put(l, text);
}

/* The two that say most; each is at most 19 columns. */
static void put_why(const struct suspect *s, uint32_t id)
{
	const uint8_t bits = s->reach.bits[id];
	struct list l = {""};

	if ((double)s->key[id] < s->far_out)
		put(&l, "far out");
	else if ((double)s->key[id] < s->candidate)
		put(&l, s->by_norm ? "short" : "near");
	if (bits & REACH_COPY)
		put_same(&l, "=", s->reach.same[id]);
	else if (s->rows.twin[id] != TK_NO_ID)
		put_same(&l, "row of", s->rows.twin[id]);
	else if (bits & REACH_CONTROL)
		put(&l, "control");
	else if (bits & REACH_PART)
		put(&l, "no text");
	else if (bits & REACH_BYTE)
		put(&l, "byte");
	if (!*l.between)
		putchar('-');
}

/* ---- the head ---- */

static void put_unused(const struct suspect *s)
{
	static const char *const whys[N_UNUSED] = {
		[UNUSED_NAMED] = "say so",
		[UNUSED_NEVER] = "no UTF-8 text has",
		[UNUSED_BYTE] = "byte with a token of text",
		[UNUSED_PADDING] = "without a token",
	};
	struct list l = {""};
	uint64_t n = 0;
	char text[64];

	label("unused rows");
	for (int why = UNUSED_NAMED; why < N_UNUSED; why++) {
		n += s->n_unused[why];
		if (!s->n_unused[why])
			continue;
		snprintf(text, sizeof(text), "%" PRIu64 " %s",
			 s->n_unused[why], whys[why]);
		put(&l, text);
	}
	puts(n ? "" : "none is known");
}

static void put_indicator(const struct suspect *s)
{
	label("indicator");
	if (s->by_norm)
		printf("the norm of the row of %s; the shortest first\n",
		       s->rows.name);
	else
		printf("distance (1 - cosine) of the row of W_U to the mean of "
		       "unused rows\n");
	if (!s->by_norm || !s->is_tied || s->cosine)
		return;
	label("");
	puts("W_U is tied and no row is known to be unused: this says little");
}

/* Where the tokens are. */
static void put_spread(const struct suspect *s)
{
	enum { LINE = 40 };
	double shares[LINE];
	uint64_t counts[LINE] = {0}, most = 1;
	const double from = (double)spread_at(&s->spread, 0);
	const double to = (double)spread_at(&s->spread, s->spread.n - 1);

	label("ranked");
	printf("%zu token%s, %.4g to %.4g, median %.4g; far out: %" PRIu64
	       "\n",
	       s->spread.n, text_s(s->spread.n), from, to,
	       spread_quantile(&s->spread, 0.5), s->n_far_out);
	if (!(to > from))
		return;
	for (size_t i = 0; i < s->spread.n; i++) {
		const double x = (double)spread_at(&s->spread, i);
		size_t at = (size_t)((x - from) / (to - from) * LINE);

		at = at < LINE ? at : LINE - 1;
		if (++counts[at] > most)
			most = counts[at];
	}
	/* A few must be seen beside many. */
	for (size_t i = 0; i < LINE; i++)
		shares[i] = counts[i] ? log((double)counts[i] + 1) /
						log((double)most + 1)
				      : (double)NAN;
	label("");
	chart_line(stdout, shares, LINE);
	printf("  logarithmic\n");
}

static void put_head(const struct suspect *s)
{
	put_indicator(s);
	put_unused(s);
	if (s->spread.n)
		put_spread(s);
	if (s->n_unranked) {
		label("not ranked");
		printf("%" PRIu64 " token%s: not finite, or no direction\n",
		       s->n_unranked, text_s(s->n_unranked));
	}
}

/* ---- the tables ---- */

static void put_table(const struct suspect *s, size_t k)
{
	const size_t n = k < s->spread.n ? k : s->spread.n;
	char line[96];

	if (!n)
		return;
	snprintf(line, sizeof(line), "%8s  %-24s %9s %9s  %s", "ID", "TOKEN",
		 "NORM", "DISTANCE", "WHY");
	color_put(stdout, COLOR_HEAD, line);
	putchar('\n');
	for (size_t i = 0; i < n; i++) {
		const uint32_t id = suspect_at(s, i);

		put_token(s, id);
		printf(" %9.4g ", (double)s->rows.norms[id]);
		if (s->cosine && isfinite(s->cosine[id]))
			printf("%9.4f  ", (double)s->cosine[id]);
		else
			printf("%9s  ", "-");
		put_why(s, id);
		putchar('\n');
	}
}

static const char *why_not(uint8_t bits)
{
	return bits & REACH_EMPTY    ? "empty"
	       : bits & REACH_NEVER  ? "no UTF-8 text has these bytes"
	       : bits & REACH_UNUSED ? "says that it is unused"
				     : "a token of text has this byte";
}

static void put_reach_line(const struct suspect *s, uint32_t id)
{
	const uint8_t bits = s->reach.bits[id];

	put_token(s, id);
	if (!(bits & REACH_NOT))
		puts("  a part of a character");
	else if (bits & REACH_COPY)
		printf("  id:%" PRIu32 " has these bytes\n", s->reach.same[id]);
	else
		printf("  %s\n", why_not(bits));
}

/* Tokens with one of the bits 'any' and none of 'none'. */
static void put_reach(const struct suspect *s, const char *what, uint8_t any,
		      uint8_t none)
{
	const struct reach *r = &s->reach;
	uint64_t n = 0;

	for (uint32_t id = 0; id < r->n; id++)
		n += r->bits[id] & any && !(r->bits[id] & none);
	if (!n)
		return;
	printf("\n");
	color_put(stdout, COLOR_HEAD, what);
	printf(": %" PRIu64 " token%s%s\n", n, text_s(n),
	       n > MOST_LISTED ? "; --json has all" : "");
	n = 0;
	for (uint32_t id = 0; id < r->n && n < MOST_LISTED; id++) {
		if (!(r->bits[id] & any) || r->bits[id] & none)
			continue;
		put_reach_line(s, id);
		n++;
	}
}

void suspect_print(const struct info *info, size_t k)
{
	struct suspect s;

	suspect_read(&s, info);
	if (s.rows.m.data)
		put_head(&s);
	else
		puts("matrices    none: a vocabulary only");
	put_table(&s, k);
	put_reach(&s, "Text never becomes these", REACH_NOT, 0);
	put_reach(&s, "No text by themselves", REACH_PART, REACH_NOT);
	if (!s.reach.has_copies)
		puts("Copies are not looked for: the file has no index.");
	puts("\nNot known without the tokenizer: to which tokens text can "
	     "lead at all.");
	suspect_free(&s);
}
