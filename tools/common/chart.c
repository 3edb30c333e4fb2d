/* SPDX-License-Identifier: MIT */
/*
 * chart.c - small pictures between words: bars, lines of columns, shades
 */
#include "chart.h"

#include <math.h>

#include "text.h"

#define LEVELS 8

/* Nearer end if beyond; NaN stays none. */
static double within(double share)
{
	return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* ---- bars ---- */

/* A whole column, or that many eighths of one. */
static void put_block(FILE *out, size_t eighths)
{
	static const char *const blocks[] = {
		"#",		"\xe2\x96\x8f", "\xe2\x96\x8e", "\xe2\x96\x8d",
		"\xe2\x96\x8c", "\xe2\x96\x8b", "\xe2\x96\x8a", "\xe2\x96\x89",
		"\xe2\x96\x88",
	};

	fputs(blocks[text_locale_is_utf8() ? eighths : 0], out);
}

void chart_bar(FILE *out, double share, size_t columns)
{
	const size_t parts = text_locale_is_utf8() ? LEVELS : 1;
	size_t n;

	if (isnan(share) || !columns)
		return;
	n = (size_t)(within(share) * (double)(columns * parts) + 0.5);
	if (share > 0 && !n)
		n = 1;
	for (; n >= parts; n -= parts)
		put_block(out, LEVELS);
	if (n)
		put_block(out, n);
}

/* ---- columns ---- */

static void put_column(FILE *out, double share)
{
	static const char *const blocks[] = {
		"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
		"\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88",
	};
	static const char ascii[] = "_.-=+*#@";
	const size_t level = (size_t)(within(share) * (LEVELS - 1) + 0.5);

	if (text_locale_is_utf8())
		fputs(blocks[level], out);
	else
		putc(ascii[level], out);
}

void chart_line(FILE *out, const double *shares, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (isnan(shares[i]))
			putc(' ', out);
		else
			put_column(out, shares[i]);
	}
}

/* ---- cells ---- */

const char *chart_shade(double share)
{
	static const char *const ascii[] = {" ", ".", ":", "*", "#"};
	static const char *const blocks[] = {" ", "\xe2\x96\x91",
					     "\xe2\x96\x92", "\xe2\x96\x93",
					     "\xe2\x96\x88"};
	const size_t level = !(share >= 0.2) ? 0
			     : share < 0.4   ? 1
			     : share < 0.6   ? 2
			     : share < 0.8   ? 3
					     : 4;

	return text_locale_is_utf8() ? blocks[level] : ascii[level];
}
