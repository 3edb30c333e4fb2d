/* SPDX-License-Identifier: MIT */
/*
 * statstext.c - what is in a file, as words and pictures
 *
 * No line has more than 80 columns.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chart.h"
#include "color.h"
#include "stats.h"
#include "text.h"

#define LABEL 14 /* columns of a label */
#define BAR 40
#define LINE 64	       /* columns of a picture in one line */
#define TOKEN 10       /* columns of a token among others */
#define MOST_NAMED 3   /* tokens */
#define MOST_PAIRS 2
#define LEAST_DRAWN 20 /* numbers that are worth bars */

static void head(const char *text)
{
	const size_t len = strlen(text);

	color_put(stdout, COLOR_HEAD, text);
	/* Some sections have longer names. */
	printf("%*s", len < LABEL - 1 ? (int)(LABEL - len) : 1, "");
}

static void label(const char *text)
{
	printf("  %-*s", LABEL - 2, text);
}

/* ---- spreads ---- */

static void put_bar(const char *what, uint64_t count, uint64_t most)
{
	printf("    %-21s ", what);
	chart_bar(stdout, (double)count / (double)most, BAR);
	printf(" %" PRIu64 "\n", count);
}

static void put_bins(const struct bins *b)
{
	const size_t n = b->to > b->from ? N_BINS : 1;
	const double step = (b->to - b->from) / N_BINS;
	uint64_t most = b->below > b->above ? b->below : b->above;
	char range[64];

	for (size_t i = 0; i < n; i++)
		most = b->counts[i] > most ? b->counts[i] : most;
	snprintf(range, sizeof(range), "below %.4g", b->from);
	if (b->below)
		put_bar(range, b->below, most);
	for (size_t i = 0; i < n; i++) {
		snprintf(range, sizeof(range), "%9.4g to %.4g",
			 b->from + (double)i * step,
			 b->from + (double)(i + 1) * step);
		put_bar(range, b->counts[i], most);
	}
	snprintf(range, sizeof(range), "above %.4g", b->to);
	if (b->above)
		put_bar(range, b->above, most);
}

/* "2.45 to 6.32, median 3.73" */
static void put_range(const char *name, const struct spread *s)
{
	label(name);
	if (!s->n) {
		puts("none that is finite");
		return;
	}
	/* -0 is 0 to people. */
	printf("%.4g to %.4g, median %.4g\n", (double)spread_at(s, 0) + 0,
	       (double)spread_at(s, s->n - 1) + 0, spread_quantile(s, 0.5) + 0);
	if (s->n < 100)
		return;
	label("");
	printf("1 %% are below %.4g, 1 %% above %.4g\n",
	       spread_quantile(s, 0.01), spread_quantile(s, 0.99));
}

static void put_spread(const char *name, const struct spread *s)
{
	struct bins bins;

	put_range(name, s);
	if (s->n < LEAST_DRAWN)
		return;
	bins = spread_bins(s);
	put_bins(&bins);
}

/* ---- tokens ---- */

/* A damaged token is not what was asked about. */
static void put_token(const struct info *info, uint64_t id)
{
	struct tk_bytes token;
	struct tk_error err;

	if (tk_model_token(&token, info->model, id, &err))
		fputs("?", stdout);
	else
		text_put_quoted(stdout, token, TOKEN);
}

/* ---- the rows of a matrix ---- */

/* The norm in the middle of some rows; NaN if none is finite. */
static double median_norm(const struct rows *r, uint64_t first, uint64_t end)
{
	struct spread s;
	double median;

	spread_make(&s, r->norms + first, (size_t)(end - first));
	median = s.n ? spread_quantile(&s, 0.5) : (double)NAN;
	spread_free(&s);
	return median;
}

/* Ids are given out by frequency, mostly: what does the norm do with it? */
static void put_by_id(const struct rows *r)
{
	double medians[LINE], least = INFINITY, most = -INFINITY;

	if (r->n_tokens < (size_t)2 * LINE)
		return;
	for (uint64_t i = 0; i < LINE; i++) {
		medians[i] = median_norm(r, i * r->n_tokens / LINE,
					 (i + 1) * r->n_tokens / LINE);
		least = fmin(least, medians[i]);
		most = fmax(most, medians[i]);
	}
	if (!(most > least))
		return;
	label("by id");
	for (size_t i = 0; i < LINE; i++)
		medians[i] = (medians[i] - least) / (most - least);
	chart_line(stdout, medians, LINE);
	putchar('\n');
	label("");
	printf("medians of %" PRIu64 " norms, %.4g to %.4g\n",
	       r->n_tokens / LINE, least, most);
}

static void put_ends(const struct rows *r, const struct info *info)
{
	const struct spread *s = &r->spread;

	if (s->n < (size_t)2 * MOST_NAMED)
		return;
	for (int end = 0; end < 2; end++) {
		label(end ? "largest" : "smallest");
		for (size_t i = 0; i < MOST_NAMED; i++) {
			const uint32_t id =
				s->order[end ? s->n - 1 - i : i];

			if (i)
				fputs(", ", stdout);
			put_token(info, id);
			printf(" %.4g", (double)r->norms[id]);
		}
		putchar('\n');
	}
}

enum odd { ODD_NAN, ODD_INF, ODD_HUGE, ODD_ZERO, ODD_COPY };

static bool is_odd(const struct rows *r, uint64_t id, enum odd odd)
{
	const float norm = r->norms[id];

	switch (odd) {
	case ODD_NAN:
	case ODD_INF:
		return isnan(norm) && rows_has_nan(r, id) == (odd == ODD_NAN);
	case ODD_HUGE:
		return isinf(norm);
	case ODD_ZERO:
		return norm <= 0;
	case ODD_COPY:
		break;
	}
	return r->twin[id] != TK_NO_ID;
}

/* How many, and the first of them. */
static void put_odd(const struct rows *r, const struct info *info,
		    const char *name, enum odd odd, uint64_t count)
{
	const size_t most = odd == ODD_COPY ? MOST_PAIRS : MOST_NAMED;
	size_t n = 0;

	if (!count)
		return;
	label(name);
	printf("%" PRIu64 " row%s:", count, text_s(count));
	for (uint64_t id = 0; id < r->n_tokens && n < most; id++) {
		if (!is_odd(r, id, odd))
			continue;
		fputs(n++ ? ", " : " ", stdout);
		put_token(info, id);
		if (odd == ODD_COPY)
			printf(" = %" PRIu32, r->twin[id]);
	}
	puts(count > most ? " ..." : "");
}

static void put_padding(const struct rows *r)
{
	const uint64_t n = r->m.rows - r->n_tokens;
	struct spread norms;
	uint64_t n_zero = 0;

	if (!n)
		return;
	spread_make(&norms, r->norms + r->n_tokens, (size_t)n);
	while (n_zero < norms.n && spread_at(&norms, n_zero) <= 0)
		n_zero++;
	label("padding");
	printf("%" PRIu64 " row%s without a token", n, text_s(n));
	if (n_zero)
		printf(", %" PRIu64 " of zeros", n_zero);
	if (norms.n)
		printf("; norms %.4g to %.4g", (double)spread_at(&norms, 0),
		       (double)spread_at(&norms, norms.n - 1));
	if (norms.n < n)
		printf("; %" PRIu64 " not finite", n - norms.n);
	putchar('\n');
	spread_free(&norms);
}

static void put_rows(const struct rows *r, const struct info *info)
{
	const uint64_t n = tk_model_vocab(info->model).n_tokens;

	head(r->name);
	printf("%s [%" PRIu64 ", %" PRIu64 "], %" PRIu64 " row%s of tokens\n",
	       tk_dtype_name((uint16_t)r->m.dtype), r->m.rows, r->m.cols,
	       r->n_tokens, text_s(r->n_tokens));
	put_spread("norms", &r->spread);
	put_by_id(r);
	put_ends(r, info);
	put_odd(r, info, "NaN", ODD_NAN, r->n_nan);
	put_odd(r, info, "infinite", ODD_INF, r->n_inf);
	put_odd(r, info, "beyond f32", ODD_HUGE, r->n_huge);
	put_odd(r, info, "zero", ODD_ZERO, r->n_zero);
	put_odd(r, info, "copies", ODD_COPY, r->n_twins);
	if (!r->n_nan && !r->n_inf && !r->n_huge && !r->n_zero && !r->n_twins) {
		label("odd rows");
		puts("none: no NaN, no infinity, no row of zeros, no copies");
	}
	put_padding(r);
	if (n > r->m.rows) {
		label("no row");
		printf("%" PRIu64 " tokens have none\n", n - r->m.rows);
	}
	if (r->n_units > 1) {
		label("isotropy");
		printf("mean cosine of two rows %.4f (0: no common "
		       "direction)\n",
		       rows_isotropy(r));
	}
}

/* ---- the others ---- */

/* How many tokens there are of each length. */
static void put_lengths(const struct vocab_stats *v)
{
	double shares[N_LENGTHS];
	uint64_t most = 0;
	size_t n = 0;

	for (size_t i = 0; i < N_LENGTHS; i++) {
		const uint64_t count = v->lengths[i + 1];

		most = count > most ? count : most;
		n = count ? i + 1 : n;
	}
	if (n < 2)
		return;
	for (size_t i = 0; i < n; i++)
		shares[i] = v->lengths[i + 1]
				    ? (double)v->lengths[i + 1] / (double)most
				    : (double)NAN;
	label("lengths");
	chart_line(stdout, shares, n);
	putchar('\n');
	label("");
	printf("1 to %zu bytes%s, at most %" PRIu64 " tokens\n", n,
	       n == N_LENGTHS ? " and more" : "", most);
}

static void put_vocab(const struct vocab_stats *v)
{
	head("vocabulary");
	printf("%" PRIu64 " token%s of %" PRIu64 " to %" PRIu64
	       " bytes, median %" PRIu64 "\n",
	       v->n, text_s(v->n), v->shortest, v->longest, v->median);
	put_lengths(v);
	label("tokens");
	printf("with a leading space %" PRIu64 ", not UTF-8 %" PRIu64
	       ", copies of another one %" PRIu64 "\n",
	       v->n_spaced, v->n_not_utf8, v->n_copies);
}

static void put_part(const struct part_stats *p)
{
	head(p->name);
	printf("%s [%" PRIu64 ", %" PRIu64 "]\n",
	       tk_dtype_name((uint16_t)p->m.dtype), p->m.rows, p->m.cols);
	put_range(p->m.rows > 1 ? "norms" : "elements", &p->spread);
	if (!p->n_nan && !p->n_inf && !p->n_zero)
		return;
	label("of them");
	printf("%" PRIu64 " NaN, %" PRIu64 " infinite, %" PRIu64 " zero\n",
	       p->n_nan, p->n_inf, p->n_zero);
}

static void put_cosines(const struct stats *s)
{
	head("W_E and W_U");
	puts("the cosine of the two rows of each token");
	put_spread("cosines", &s->cosine_spread);
	if (!s->cosine_spread.n)
		return;
	label("mean");
	printf("%.4f", s->mean_cosine);
	if (s->cosine_spread.n < s->n_cosines)
		printf("; %zu have none: a row is zero, or not finite",
		       s->n_cosines - s->cosine_spread.n);
	putchar('\n');
}

void stats_print(const struct info *info)
{
	struct stats s;

	stats_read(&s, info);
	put_vocab(&s.vocab);
	if (s.e.m.data)
		put_rows(&s.e, info);
	if (s.u.m.data)
		put_rows(&s.u, info);
	if (s.is_tied) {
		head("W_U");
		puts("is W_E (tied)");
	}
	if (s.cosines)
		put_cosines(&s);
	if (!s.e.m.data && !s.u.m.data)
		puts("matrices      none: a vocabulary only");
	for (size_t i = 0; i < s.n_parts; i++)
		put_part(&s.parts[i]);
	stats_free(&s);
}
