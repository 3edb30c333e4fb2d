/* SPDX-License-Identifier: MIT */
/*
 * color.c - words that stand out on a terminal
 */
#include "color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum when { AUTO, ALWAYS, NEVER };

static enum when when_colored;

bool color_set(const char *when)
{
	static const char *const names[] = {"auto", "always", "never"};

	for (int i = AUTO; i <= NEVER; i++)
		if (!strcmp(when, names[i])) {
			when_colored = (enum when)i;
			return true;
		}
	return false;
}

static bool is_colored(FILE *out)
{
	const char *no = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (when_colored != AUTO)
		return when_colored == ALWAYS;
	return (!no || !*no) && terminal && *terminal &&
	       strcmp(terminal, "dumb") && isatty(fileno(out));
}

void color_put(FILE *out, enum color color, const char *text)
{
	/* ECMA-48: bold, green, red. */
	static const char *const codes[] = {
		[COLOR_HEAD] = "1", [COLOR_GOOD] = "32", [COLOR_BAD] = "31"};

	if (is_colored(out))
		fprintf(out, "\033[%sm%s\033[m", codes[color], text);
	else
		fputs(text, out);
}
