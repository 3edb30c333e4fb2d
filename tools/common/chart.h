/* SPDX-License-Identifier: MIT */
/*
 * chart.h - small pictures between words: bars, lines of columns, shades
 *
 * Blocks where the locale is UTF-8, ASCII elsewhere; as many columns either
 * way.  A share is a part of the most that is drawn, 0 ... 1; beyond it, it is
 * the nearer end.
 */
#ifndef TOOLS_CHART_H
#define TOOLS_CHART_H

#include <stddef.h>
#include <stdio.h>

/*
 * A bar of so many columns to the right, no space behind it.  A share above 0
 * can be seen; NaN cannot.
 */
void chart_bar(FILE *out, double share, size_t columns);

/* A column up for each share; NaN is a space, 0 the lowest that is there. */
void chart_line(FILE *out, const double *shares, size_t n);

/* What fills a cell: " " for less than 0.2 and NaN, four darker ones above. */
const char *chart_shade(double share);

#endif /* TOOLS_CHART_H */
