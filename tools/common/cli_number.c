/* SPDX-License-Identifier: MIT */
/*
 * cli_number.c - the arguments of options as numbers
 */
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t cli_u64(const char *option, const char *arg, uint64_t min,
		 uint64_t max)
{
	uint64_t value = 0;
	const char *p = arg;

	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			break;
		value = 10 * value + digit;
	}
	if (*arg && !*p && value >= min && value <= max)
		return value;
	if (!*arg)
		arg = "\"\"";
	if (max == UINT64_MAX && *p && !p[strspn(p, "0123456789")])
		cli_die("%s %s: is too large; the limit is %llu", option, arg,
			(unsigned long long)max);
	if (max == UINT64_MAX)
		cli_die("%s %s: must be a whole number of at least %llu",
			option, arg, (unsigned long long)min);
	cli_die("%s %s: must be a whole number from %llu to %llu", option, arg,
		(unsigned long long)min, (unsigned long long)max);
}

double cli_f64(const char *option, const char *arg)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(arg, &end);
	/* strtod() also takes white space, "inf", "nan" and hexadecimal. */
	if (!*arg || *end || arg[strspn(arg, "0123456789.eE+-")])
		cli_die("%s %s: must be a finite decimal number", option,
			*arg ? arg : "\"\"");
	/* Neither a number that became infinite nor one that became 0. */
	if (errno == ERANGE && (!isfinite(value) || value == 0))
		cli_die("%s %s: is too %s for a number of double precision",
			option, arg, value == 0 ? "close to 0" : "large");
	return value;
}
