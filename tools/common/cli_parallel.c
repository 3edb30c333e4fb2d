/* SPDX-License-Identifier: MIT */
/*
 * cli_parallel.c - the same work on several threads
 */
#define _GNU_SOURCE /* sched_getaffinity() */

#include "cli.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

struct job {
	void (*work)(void *context, size_t i);
	void *context;
	size_t n;
	atomic_size_t next;
};

static void *run(void *argument)
{
	struct job *job = argument;
	size_t i;

	while ((i = atomic_fetch_add(&job->next, 1)) < job->n)
		job->work(job->context, i);
	return NULL;
}

void cli_parallel(size_t threads, size_t n,
		  void (*work)(void *context, size_t i), void *context)
{
	struct job job = {.work = work, .context = context, .n = n};
	size_t wanted = threads < n ? threads : n;
	pthread_t *others = NULL;
	size_t started = 0;

	atomic_init(&job.next, 0);
	/* Fewer threads than wanted are slower, not wrong. */
	if (wanted > 1)
		others = calloc(wanted - 1, sizeof(*others));
	while (others && started < wanted - 1 &&
	       !pthread_create(&others[started], NULL, run, &job))
		started++;
	run(&job);
	while (started)
		pthread_join(others[--started], NULL);
	free(others);
}

size_t cli_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : (size_t)n;
}
