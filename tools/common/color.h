/* SPDX-License-Identifier: MIT */
/*
 * color.h - words that stand out on a terminal
 *
 * Colour never says what the words do not.
 */
#ifndef TOOLS_COLOR_H
#define TOOLS_COLOR_H

#include <stdbool.h>
#include <stdio.h>

enum color { COLOR_HEAD, COLOR_GOOD, COLOR_BAD };

/* Of --color: auto, always or never; false for anything else. */
bool color_set(const char *when);

/*
 * Writes the text, coloured if --color says so; with auto, if 'out' is a
 * terminal that can do it and NO_COLOR is not set (https://no-color.org).
 */
void color_put(FILE *out, enum color color, const char *text);

#endif /* TOOLS_COLOR_H */
