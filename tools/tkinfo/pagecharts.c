/* SPDX-License-Identifier: MIT */
/*
 * pagecharts.c - histograms: how long tokens are, and how long rows
 */
#include <inttypes.h>
#include <math.h>

#include "page.h"
#include "text.h"

#define WIDTH 640.0
#define HEIGHT 160.0
#define FOOT 34.0 /* under the bars, for what they are of */
#define HEAD 16.0 /* above, for the count */

struct bar {
	char from[24]; /* what is written at its left edge */
	char what[64]; /* what it is, in full */
	uint64_t count;
};

static void put_bar(FILE *out, const struct bar *b, size_t i, size_t n,
		    uint64_t most)
{
	const double step = WIDTH / (double)n;
	const double x = step * (double)i;
	const double high =
		most ? HEIGHT * (double)b->count / (double)most : 0;

	fprintf(out,
		"<g><rect class=\"bar\" data-count=\"%" PRIu64
		"\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\">"
		"<title>",
		b->count, x + 0.5, HEAD + HEIGHT - high, step - 1, high);
	html_text(out, b->what);
	fputs(": ", out);
	html_number(out, b->count);
	fputs("</title></rect>", out);
	/* What is too narrow for words is in the titles. */
	if (step > 46 && b->count) {
		fprintf(out, "<text class=\"c\" x=\"%.2f\" y=\"%.2f\">",
			x + step / 2, HEAD + HEIGHT - high - 4);
		html_number(out, b->count);
		fputs("</text>", out);
	}
	if (*b->from) {
		fprintf(out, "<text class=\"l\" x=\"%.2f\" y=\"%.2f\">", x,
			HEAD + HEIGHT + 16);
		html_text(out, b->from);
		fputs("</text>", out);
	}
	fputs("</g>\n", out);
}

static void put_bars(FILE *out, const char *id, const char *what,
		     const struct bar *bars, size_t n, const char *unit)
{
	uint64_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = bars[i].count > most ? bars[i].count : most;
	fprintf(out,
		"<svg class=\"chart\" id=\"%s\" viewBox=\"0 0 %g %g\" "
		"role=\"img\" aria-label=\"%s\">\n",
		id, WIDTH, HEAD + HEIGHT + FOOT, what);
	for (size_t i = 0; i < n; i++)
		put_bar(out, &bars[i], i, n, most);
	fprintf(out,
		"<path class=\"axis\" d=\"M0 %.1fH%g\"/><text class=\"r\" "
		"x=\"%g\" y=\"%g\">%s</text></svg>\n",
		HEAD + HEIGHT + 0.5, WIDTH, WIDTH, HEAD + HEIGHT + 31, unit);
}

/* ---- tokens ---- */

void page_lengths(struct page *p)
{
	const struct vocab_stats *v = &p->stats.vocab;
	struct bar bars[N_LENGTHS + 1] = {0};
	size_t n = 0;

	for (size_t i = 0; i <= N_LENGTHS; i++) {
		bars[i].count = v->lengths[i];
		n = bars[i].count ? i + 1 : n;
		snprintf(bars[i].what, sizeof(bars[i].what), "%zu byte%s%s", i,
			 text_s(i), i == N_LENGTHS ? " and more" : "");
		if (i % 4 == 0)
			snprintf(bars[i].from, sizeof(bars[i].from), "%zu", i);
	}
	fputs("<p>From ", p->out);
	html_number(p->out, v->shortest);
	fputs(" to ", p->out);
	html_number(p->out, v->longest);
	fputs(" bytes, the median ", p->out);
	html_number(p->out, v->median);
	fputs(". With a leading space: ", p->out);
	html_number(p->out, v->n_spaced);
	fputs("; no UTF-8 by themselves: ", p->out);
	html_number(p->out, v->n_not_utf8);
	fputs(".</p>\n", p->out);
	put_bars(p->out, "lengths", "How many tokens there are of each length",
		 bars, n, "bytes of a token");
}

/* ---- norms ---- */

static size_t set_bins(struct bar bars[N_BINS + 2], const struct bins *b)
{
	const size_t inner = b->to > b->from ? N_BINS : 1;
	const double step = (b->to - b->from) / N_BINS;
	size_t n = 0;

	if (b->below) {
		snprintf(bars[n].what, sizeof(bars[n].what), "below %.4g",
			 b->from);
		snprintf(bars[n].from, sizeof(bars[n].from), "below");
		bars[n++].count = b->below;
	}
	for (size_t i = 0; i < inner; i++) {
		const double from = b->from + (double)i * step;

		snprintf(bars[n].what, sizeof(bars[n].what), "%.4g to %.4g",
			 from, from + step);
		snprintf(bars[n].from, sizeof(bars[n].from), "%.3g", from);
		bars[n++].count = b->counts[i];
	}
	if (b->above) {
		snprintf(bars[n].what, sizeof(bars[n].what), "above %.4g",
			 b->to);
		snprintf(bars[n].from, sizeof(bars[n].from), "%.3g up", b->to);
		bars[n++].count = b->above;
	}
	return n;
}

/* "3 rows have a NaN, ..." where there are any. */
static void put_odd(FILE *out, const struct rows *r)
{
	const struct {
		const char *what;
		uint64_t n;
	} odd[] = {{"with a NaN", r->n_nan},
		   {"infinite", r->n_inf},
		   {"beyond f32", r->n_huge},
		   {"all zeros", r->n_zero},
		   {"copies of another row", r->n_twins}};
	const char *between = " Odd rows: ";

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		if (!odd[i].n)
			continue;
		fprintf(out, "%s%" PRIu64 " %s", between, odd[i].n,
			odd[i].what);
		between = ", ";
	}
	if (*between == ',')
		fputs(".", out);
}

static void put_norms(struct page *p, const struct rows *r, const char *id)
{
	struct bar bars[N_BINS + 2] = {0};
	struct bins bins;
	char what[64];

	fprintf(p->out, "<h3>%s</h3>\n<p>", r->name);
	if (!r->spread.n) {
		fputs("No row has a finite norm.", p->out);
	} else {
		fprintf(p->out, "Norms from %.4g to %.4g, the median %.4g.",
			(double)spread_at(&r->spread, 0) + 0,
			(double)spread_at(&r->spread, r->spread.n - 1) + 0,
			spread_quantile(&r->spread, 0.5) + 0);
		if (r->n_units > 1)
			fprintf(p->out,
				" The mean cosine of two rows is %.4f: 0 if "
				"they had no common direction.",
				rows_isotropy(r) + 0);
	}
	put_odd(p->out, r);
	fputs("</p>\n", p->out);
	if (!r->spread.n)
		return;
	bins = spread_bins(&r->spread);
	snprintf(what, sizeof(what), "How many rows of %s have which norm",
		 r->name);
	put_bars(p->out, id, what, bars, set_bins(bars, &bins),
		 "norm of a row");
}

void page_norms(struct page *p)
{
	if (p->stats.e.m.data)
		put_norms(p, &p->stats.e, "norms-e");
	if (p->stats.is_tied)
		fputs("<p>W_U is W_E.</p>\n", p->out);
	if (p->stats.u.m.data)
		put_norms(p, &p->stats.u, "norms-u");
	if (!p->rows)
		fputs("<p class=\"none\">This file has no matrix, so no row "
		      "has a norm.</p>\n",
		      p->out);
}
