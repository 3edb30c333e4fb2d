/* SPDX-License-Identifier: MIT */
/*
 * measure.c - cases run in turn, and the table of their medians
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool failed;

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "bench: out of memory\n");
		exit(2);
	}
	return memory;
}

bool any_failed(void)
{
	return failed;
}

int add_case(struct group *g, const char *name, double (*run)(void *),
	     void *context, double bytes, int against)
{
	struct bench_case *c;

	if (g->n == MAX_CASES)
		abort();
	c = &g->cases[g->n];
	*c = (struct bench_case){.run = run,
				 .context = context,
				 .bytes = bytes,
				 .against = against};
	snprintf(c->name, sizeof(c->name), "%s", name);
	return (int)g->n++;
}

static double run_case(const struct bench_case *c)
{
	const struct timespec rest = {c->rest_ms / 1000,
				      c->rest_ms % 1000 * 1000000};
	double seconds = c->run(c->context);

	if (c->twice && seconds >= 0)
		seconds = c->run(c->context);
	if (c->rest_ms)
		nanosleep(&rest, NULL);
	if (seconds < 0)
		failed = true;
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

double median_of(const struct bench_case *c)
{
	double sorted[MAX_ROUNDS];

	sort(sorted, c->seconds, c->rounds);
	return sorted[0] < 0 ? -1 : sorted[c->rounds / 2];
}

double times_faster(const struct group *g, int this, int than)
{
	const struct bench_case *a = &g->cases[than], *b = &g->cases[this];
	const size_t n = a->rounds < b->rounds ? a->rounds : b->rounds;
	double ratios[MAX_ROUNDS];

	if (median_of(a) < 0 || median_of(b) < 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		ratios[i] = a->seconds[i] / b->seconds[i];
	qsort(ratios, n, sizeof(*ratios), by_size);
	return ratios[n / 2];
}

/* Three digits, and all of those before the point. */
static void print_number(double x)
{
	printf("%.*f", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x);
}

static void print_times(const struct bench_case *c)
{
	const size_t n = c->rounds;
	double sorted[MAX_ROUNDS], unit;

	sort(sorted, c->seconds, n);
	unit = sorted[n / 2] < 1e-3 ? 1e6 : sorted[n / 2] < 1 ? 1e3 : 1;
	printf("| %s | ", c->name);
	print_number(sorted[n / 2] * unit);
	printf(" %s | ", unit > 1e3 ? "us" : unit > 1 ? "ms" : "s");
	print_number(sorted[n / 4] * unit);
	printf(" - ");
	print_number(sorted[n - 1 - n / 4] * unit);
	printf(" | %zu | ", n);
	if (c->bytes > 0)
		print_number(1e-9 * c->bytes / sorted[n / 2]);
	printf(" | ");
}

static void print_case(const struct group *g, int i)
{
	const struct bench_case *c = &g->cases[i];

	if (median_of(c) < 0) {
		printf("| %s | failed | | | | |\n", c->name);
		return;
	}
	print_times(c);
	if (c->against != NO_CASE)
		print_number(times_faster(g, i, c->against));
	printf(" |\n");
}

static void print_group(const struct group *g)
{
	printf("\n### %s\n\n", g->title);
	printf("| | median | quartiles | rounds | GB/s | %s |\n", g->ratio);
	printf("| --- | --: | --: | --: | --: | --: |\n");
	for (size_t i = 0; i < g->n; i++)
		print_case(g, (int)i);
	fflush(stdout);
}

void measure(struct group *g, size_t rounds)
{
	fprintf(stderr, "bench: %s\n", g->title);
	for (size_t i = 0; i < g->n; i++) {
		if (!g->cases[i].rounds || g->cases[i].rounds > rounds)
			g->cases[i].rounds = rounds;
		if (g->cases[i].rounds > 1)
			run_case(&g->cases[i]);
	}
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < g->n; i++)
			if (r < g->cases[i].rounds)
				g->cases[i].seconds[r] =
					run_case(&g->cases[i]);
	print_group(g);
}

/* ---- the summary ---- */

#define MAX_GOALS 32

static struct {
	const struct goal *goal;
	double worst;
	size_t n;
} list[MAX_GOALS];
static size_t n_goals;

void reached(const struct goal *goal, double figure)
{
	size_t i = 0;

	while (i < n_goals && list[i].goal != goal)
		i++;
	if (i == MAX_GOALS)
		abort();
	if (i == n_goals) {
		list[n_goals++].goal = goal;
		list[i].worst = figure;
	}
	list[i].n++;
	if (goal->at_most ? figure > list[i].worst : figure < list[i].worst)
		list[i].worst = figure;
}

void print_goals(void)
{
	printf("\n### Goals\n\n");
	printf("| the worst of n figures | n | goal | here | |\n");
	printf("| --- | --: | --: | --: | --- |\n");
	for (size_t i = 0; i < n_goals; i++) {
		const struct goal *g = list[i].goal;
		bool met = g->at_most ? list[i].worst <= g->limit
				      : list[i].worst >= g->limit;

		printf("| %s | %zu | at %s %g%s | ", g->what, list[i].n,
		       g->at_most ? "most" : "least", g->limit, g->unit);
		print_number(list[i].worst);
		printf("%s | %s |\n", g->unit, met ? "reached" : "missed");
	}
}
