/* SPDX-License-Identifier: MIT */
/*
 * pagewords.c - the tokens that are looked at closely, and a heat map of some
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "page.h"
#include "text.h"

/* ---- words ---- */

/* Three letters or more, and a space before them perhaps. */
static bool is_word(struct tk_bytes b)
{
	size_t at = b.len && b.ptr[0] == ' ';

	if (b.len - at < 3 || !text_is_utf8(b))
		return false;
	for (; at < b.len; at++)
		if (b.ptr[at] < 0x80 && ((b.ptr[at] | 0x20) < 'a' ||
					 (b.ptr[at] | 0x20) > 'z'))
			return false;
	return true;
}

static bool has_direction(const struct page *p, uint32_t id)
{
	return isfinite(p->rows->norms[id]) && p->rows->norms[id] > 0;
}

static int by_id(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Words first, by rising ids, which mostly is by falling frequency. */
void page_choose(struct page *p)
{
	p->words = page_room(PAGE_WORDS, sizeof(*p->words));
	for (int others = 0; others < 2; others++)
		for (uint32_t id = 0;
		     id < p->n && p->n_words < PAGE_WORDS; id++)
			if (is_word(page_token(p, id)) != others &&
			    has_direction(p, id))
				p->words[p->n_words++] = id;
	qsort(p->words, p->n_words, sizeof(*p->words), by_id);
}

/* ---- the heat map ---- */

#define MOST 20
#define FEWEST 6
#define CELL 30
#define LETTER 7	/* about as wide as one is */
#define LETTERS 16	/* of a name, at most */

static size_t choose_known(uint32_t out[MOST], const struct page *p)
{
	static const char *const words[] = {
		"king",	 "queen", "man",  "woman", "uncle",  "aunt",
		"cat",	 "cats",  "dog",  "dogs",  "one",    "two",
		"three", "paris", "Paris", "france", "France", "red",
		"blue",	 "good",  "bad",  "big",   "small",
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct tk_error err;
		uint32_t id;

		if (n < MOST && !tk_word_find(&id, NULL, p->info->model,
					      text_bytes(words[i]), &err) &&
		    id < p->n && has_direction(p, id))
			out[n++] = id;
	}
	return n;
}

/* In a vocabulary of another language: some of the others. */
static size_t choose(uint32_t out[MOST], const struct page *p)
{
	size_t n = choose_known(out, p);
	size_t most = p->n_words < MOST ? p->n_words : MOST;

	if (n >= FEWEST)
		return n;
	for (n = 0; n < most; n++)
		out[n] = p->words[n * p->n_words / most];
	return n;
}

/* Unit rows; freed by the caller. */
static float *unit_rows(const struct page *p, const uint32_t *ids, size_t n)
{
	const size_t d = (size_t)p->m.cols;
	float *x = page_room(n * d, sizeof(*x));

	for (size_t i = 0; i < n; i++) {
		tk_row_to_f32(x + i * d, p->m, ids[i]);
		tk_unit(x + i * d, x + i * d, d);
	}
	return x;
}

/* Room for the names at the left and above: the longest has it. */
static int margin_for(const struct page *p, const uint32_t *ids, size_t n)
{
	size_t most = 4; /* an escape */

	for (size_t i = 0; i < n; i++) {
		size_t len = page_token(p, ids[i]).len;

		most = len > most ? len : most;
	}
	return LETTER * (int)(most < LETTERS ? most : LETTERS + 3) + 14;
}

static void put_cell(struct page *p, const uint32_t *ids, size_t i, size_t j,
		     int margin, double cos)
{
	const int x = margin + CELL * (int)j, y = margin + CELL * (int)i;

	fprintf(p->out,
		"<g><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
		"height=\"%d\" style=\"--w:%.2f\"><title>",
		cos < 0 ? "cold" : "hot", x, y, CELL, CELL,
		fmin(fabs(cos), 1));
	html_put(p->out, page_token(p, ids[i]), LETTERS);
	fputs(" and ", p->out);
	html_put(p->out, page_token(p, ids[j]), LETTERS);
	fprintf(p->out,
		": %.3f</title></rect><text x=\"%d\" y=\"%d\">%.0f</text></g>",
		cos + 0, x + CELL / 2, y + CELL / 2 + 4, rint(100 * cos) + 0);
}

static void put_labels(struct page *p, const uint32_t *ids, size_t n,
		       int margin)
{
	for (size_t i = 0; i < n; i++) {
		const int at = margin + CELL * (int)i + CELL / 2 + 4;

		fprintf(p->out, "<text class=\"w\" x=\"%d\" y=\"%d\">",
			margin - 6, at);
		html_put(p->out, page_token(p, ids[i]), LETTERS);
		fprintf(p->out,
			"</text><text class=\"v\" transform=\"translate(%d %d)"
			"rotate(-55)\">",
			at, margin - 6);
		html_put(p->out, page_token(p, ids[i]), LETTERS);
		fputs("</text>\n", p->out);
	}
}

void page_heat(struct page *p)
{
	const size_t d = (size_t)p->m.cols;
	uint32_t ids[MOST];
	size_t n = p->rows ? choose(ids, p) : 0;
	const int margin = margin_for(p, ids, n);
	const int size = margin + CELL * (int)n + 1;
	/* The last name leans over the last column. */
	const int wide = size + margin / 2;
	float *x;

	if (n < 2) {
		fputs("<p class=\"none\">There are no two rows to compare."
		      "</p>\n",
		      p->out);
		return;
	}
	x = unit_rows(p, ids, n);
	fprintf(p->out,
		"<svg class=\"heat\" id=\"heat\" viewBox=\"0 0 %d %d\" "
		"style=\"width:%dpx\" role=\"img\" aria-label=\"Cosines of %zu "
		"tokens with each other, times 100\">\n",
		wide, size, wide, n);
	put_labels(p, ids, n, margin);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			put_cell(p, ids, i, j, margin,
				 (double)tk_score(TK_METRIC_COS, x + i * d,
						  x + j * d, d));
		putc('\n', p->out);
	}
	fputs("</svg>\n", p->out);
	free(x);
}
