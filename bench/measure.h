/* SPDX-License-Identifier: MIT */
/*
 * measure.h - cases run in turn, and the table of their medians
 *
 * A round runs every case of a group once, one after the other, so whatever
 * else the machine does meets all of them alike.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_ROUNDS 101
#define MAX_CASES 16
#define NO_CASE (-1)

struct bench_case {
	char name[48];
	double (*run)(void *context); /* seconds, or negative: it failed */
	void *context;
	double bytes; /* that one run reads, or 0 */
	int against;  /* index of the case it is compared with, NO_CASE */
	bool twice;   /* run twice, the second counts: threads are up */
	long rest_ms; /* after a run, until threads that spin are asleep */
	double seconds[MAX_ROUNDS];
};

struct group {
	const char *title;
	const char *ratio; /* heading of the last column */
	size_t n;
	struct bench_case cases[MAX_CASES];
};

/* Seconds on a clock that only goes forward. */
double now(void);

/* Adds a case and returns its index, for 'against'. */
int add_case(struct group *g, const char *name, double (*run)(void *),
	     void *context, double bytes, int against);

/*
 * Runs every case once without looking, then 'rounds' times in turn, and
 * prints the table.  The last column is the median, over the rounds, of the
 * other case's time by this one's: above 1 means faster.
 */
void measure(struct group *g, size_t rounds);

#endif /* BENCH_MEASURE_H */
