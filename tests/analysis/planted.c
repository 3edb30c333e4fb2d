/* SPDX-License-Identifier: MIT */
/*
 * planted.c - one mistake for each analyser: who does not see it sees nothing
 *
 * It is compiled by run.py alone, and never run.
 */
#include <stdlib.h>

int planted_leak(size_t n);
int planted_sign(int x);
size_t planted_width(int rows);
int planted_bound(int i);

/* gcc -fanalyzer */
int planted_leak(size_t n)
{
	char *p = malloc(n);

	if (!p)
		return -1;
	p[0] = 1;
	return p[0];
}

/* clang -Weverything: -Wsign-conversion */
int planted_sign(int x)
{
	return x + (int)sizeof(x) + (int)(x + sizeof(int));
}

/* clang-tidy: bugprone-implicit-widening-of-multiplication-result */
size_t planted_width(int rows)
{
	return (size_t)(rows * rows);
}

/* cppcheck */
int planted_bound(int i)
{
	int four[4] = {i, i, i, i};

	return four[4];
}
