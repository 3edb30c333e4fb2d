/* SPDX-License-Identifier: MIT */
/*
 * pagesuspect.c - tokens that look untrained
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli.h"
#include "page.h"
#include "suspect.h"
#include "text.h"

#define MOST 20

static void put_real(FILE *out, const float *x, uint32_t id)
{
	if (x && isfinite(x[id]))
		fprintf(out, "<td class=\"n\">%.4f</td>", (double)x[id]);
	else
		fputs("<td class=\"n\">-</td>", out);
}

static void put_why(FILE *out, const struct suspect *s, uint32_t id)
{
	static const struct {
		unsigned bit;
		const char *why;
	} whys[] = {
		{REACH_EMPTY, "empty"},
		{REACH_NEVER, "no UTF-8 text has these bytes"},
		{REACH_COPY, "another token has these bytes"},
		{REACH_UNUSED, "says that it is unused"},
		{REACH_PART, "a part of a character"},
		{REACH_CONTROL, "control"},
		{REACH_BYTE, "byte"},
	};
	const char *between = "";

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++) {
		if (!(s->reach.bits[id] & whys[i].bit))
			continue;
		fprintf(out, "%s%s", between, whys[i].why);
		between = ", ";
	}
	if ((double)s->key[id] < s->far_out)
		fprintf(out, "%sfar from all others", between);
	if (s->rows.twin[id] != TK_NO_ID)
		fprintf(out, "%srow of id:%" PRIu32,
			(double)s->key[id] < s->far_out ? ", " : between,
			s->rows.twin[id]);
}

static void put_row(struct page *p, const struct suspect *s, uint32_t id)
{
	fprintf(p->out, "<tr data-id=\"%" PRIu32 "\"><td class=\"n\">%" PRIu32
			"</td><td>",
		id, id);
	html_token(p->out, page_token(p, id), 40);
	fputs("</td>", p->out);
	put_real(p->out, s->rows.norms, id);
	put_real(p->out, s->cosine, id);
	fputs("<td>", p->out);
	put_why(p->out, s, id);
	fputs("</td></tr>\n", p->out);
}

static uint64_t count(const struct suspect *s, uint8_t bits)
{
	uint64_t n = 0;

	for (uint32_t id = 0; id < s->reach.n; id++)
		n += (s->reach.bits[id] & bits) != 0;
	return n;
}

static void put_intro(struct page *p, const struct suspect *s)
{
	fputs("<p>Ranked by ", p->out);
	fputs(s->by_norm ? "the norm of the row, the shortest first"
			 : "the distance (1 - cosine) to the mean of rows that "
			   "are known to be unused, the nearest first",
	      p->out);
	fprintf(p->out, ": %s. ", s->rows.name);
	html_number(p->out, s->n_far_out);
	fprintf(p->out, " token%s far from all others. Tokens that text never "
			"becomes: ",
		s->n_far_out == 1 ? " is" : "s are");
	html_number(p->out, count(s, REACH_NOT));
	fputs("; tokens that are only a part of a character: ", p->out);
	html_number(p->out, count(s, REACH_PART));
	fputs(". <code>tkinfo --suspect</code> lists them.</p>\n", p->out);
}

void page_suspects(struct page *p)
{
	struct suspect s;

	if (!p->rows) {
		fputs("<p class=\"none\">Without a matrix it cannot be seen "
		      "which tokens were trained.</p>\n",
		      p->out);
		return;
	}
	suspect_read(&s, p->info);
	put_intro(p, &s);
	fputs("<div class=\"scroll\"><table id=\"suspects\"><thead><tr>"
	      "<th class=\"n\">id</th><th>token</th><th class=\"n\">norm</th>"
	      "<th class=\"n\">distance</th><th>why else</th></tr></thead>"
	      "<tbody>\n",
	      p->out);
	for (size_t i = 0; i < s.spread.n && i < MOST; i++)
		put_row(p, &s, suspect_at(&s, i));
	fputs("</tbody></table></div>\n", p->out);
	suspect_free(&s);
}
