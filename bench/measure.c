/* SPDX-License-Identifier: MIT */
/*
 * measure.c - cases run in turn, and the table of their medians
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int add_case(struct group *g, const char *name, double (*run)(void *),
	     void *context, double bytes, int against)
{
	struct bench_case *c;

	if (g->n == MAX_CASES)
		abort();
	c = &g->cases[g->n];
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->run = run;
	c->context = context;
	c->bytes = bytes;
	c->against = against;
	c->twice = false;
	c->rest_ms = 0;
	return (int)g->n++;
}

static double run_case(const struct bench_case *c)
{
	const struct timespec rest = {c->rest_ms / 1000,
				      c->rest_ms % 1000 * 1000000};
	double seconds = c->run(c->context);

	if (c->twice)
		seconds = c->run(c->context);
	if (c->rest_ms)
		nanosleep(&rest, NULL);
	return seconds;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void sort(double *sorted, const double *values, size_t n)
{
	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), by_size);
}

static void print_times(const struct bench_case *c, const double *sorted,
			size_t n)
{
	const double unit = sorted[n / 2] < 1e-3 ? 1e6 : 1e3;

	printf("| %s | %.3g %s | %.3g-%.3g |", c->name, sorted[n / 2] * unit,
	       unit > 1e3 ? "us" : "ms", sorted[0] * unit,
	       sorted[n - 1] * unit);
	if (c->bytes > 0)
		printf(" %.1f |", 1e-9 * c->bytes / sorted[n / 2]);
	else
		printf(" |");
}

static void print_case(const struct group *g, const struct bench_case *c,
		       size_t n)
{
	double sorted[MAX_ROUNDS], ratios[MAX_ROUNDS];

	sort(sorted, c->seconds, n);
	if (sorted[0] < 0) {
		printf("| %s | failed | | | |\n", c->name);
		return;
	}
	print_times(c, sorted, n);
	if (c->against == NO_CASE) {
		printf(" |\n");
		return;
	}
	for (size_t i = 0; i < n; i++)
		ratios[i] = g->cases[c->against].seconds[i] / c->seconds[i];
	sort(sorted, ratios, n);
	printf(" %.2f |\n", sorted[n / 2]);
}

void measure(struct group *g, size_t rounds)
{
	for (size_t i = 0; i < g->n; i++)
		run_case(&g->cases[i]);
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < g->n; i++)
			g->cases[i].seconds[r] = run_case(&g->cases[i]);
	printf("\n### %s\n\n%zu rounds\n\n", g->title, rounds);
	printf("| | median | min-max | GB/s | %s |\n", g->ratio);
	printf("| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < g->n; i++)
		print_case(g, &g->cases[i], rounds);
	fflush(stdout);
}
