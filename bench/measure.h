/* SPDX-License-Identifier: MIT */
/*
 * measure.h - cases run in turn, the table of their medians, the summary
 *
 * A round runs every case of a group once, one after the other, so whatever
 * else the machine does meets all of them alike.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_ROUNDS 101
#define MAX_CASES 24
#define NO_CASE (-1)

struct bench_case {
	char name[64];
	/* seconds; negative: it failed, or its result was wrong */
	double (*run)(void *context);
	void *context;
	double bytes;  /* that one run reads, or 0 */
	int against;   /* index of the case it is compared with, NO_CASE */
	bool twice;    /* run twice, the second counts: threads are up */
	long rest_ms;  /* after a run, until threads that spin are asleep */
	size_t rounds; /* it takes part in; 0: all */
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

/* Ends the program if 'memory' is NULL. */
void *must(void *memory);

/* Adds a case and returns its index, for 'against'. */
int add_case(struct group *g, const char *name, double (*run)(void *),
	     void *context, double bytes, int against);

/*
 * Runs every case once without looking, unless one round is all it gets, then
 * 'rounds' times in turn, and prints the table.  The last column is the
 * median, over the rounds, of the other case's time by this one's: above 1
 * means faster.
 */
void measure(struct group *g, size_t rounds);

/* That median for any two cases; 0 if one of them failed. */
double times_faster(const struct group *g, int this, int than);

/* The median of a case's seconds; negative if it failed. */
double median_of(const struct bench_case *c);

/* ---- the summary ---- */

/* A goal: what must be at least, or at most, so much. */
struct goal {
	const char *what;
	bool at_most;
	double limit;
	const char *unit;
};

/* One more figure for 'goal'; the worst of them counts. */
void reached(const struct goal *goal, double figure);

/* Prints the goals for which there are figures. */
void print_goals(void);

/* True if a run failed, or its result was wrong, since the start. */
bool any_failed(void);

#endif /* BENCH_MEASURE_H */
