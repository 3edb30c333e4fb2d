/* SPDX-License-Identifier: MIT */
/*
 * cli_parallel.c - the same work on several threads
 *
 * Threads are started when they are first wanted, and then wait for the next
 * job until the program ends.
 */
#define _GNU_SOURCE /* sched_getaffinity() */

#include "cli.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct job {
	void (*work)(void *context, size_t i);
	void *context;
	size_t n;
	size_t next; /* item that nobody has taken yet */
	size_t busy; /* threads that are at it, ours not included */
	size_t free; /* how many more may join them */
};

static struct {
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t start; /* there is a job, or the end */
	pthread_cond_t done;  /* a thread has left the job */
	struct job *job;      /* NULL: none */
	bool is_ending;
	pthread_t caller;
	pthread_t *threads; /* [n_threads] */
	size_t n_threads;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
	  .start = PTHREAD_COND_INITIALIZER,
	  .done = PTHREAD_COND_INITIALIZER};

/* Items until there are no more.  The lock is held before and after. */
static void take_items(struct job *job)
{
	while (job->next < job->n && !pool.is_ending) {
		const size_t i = job->next++;

		pthread_mutex_unlock(&pool.lock);
		job->work(job->context, i);
		pthread_mutex_lock(&pool.lock);
	}
}

static void *serve(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&pool.lock);
	while (!pool.is_ending) {
		struct job *job = pool.job;

		if (!job || !job->free || job->next == job->n) {
			pthread_cond_wait(&pool.start, &pool.lock);
			continue;
		}
		job->free--;
		job->busy++;
		take_items(job);
		job->busy--;
		pthread_cond_signal(&pool.done);
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

static void end_threads(void)
{
	/* A thread that ends the program cannot wait for itself. */
	if (!pthread_equal(pthread_self(), pool.caller))
		return;
	pthread_mutex_lock(&pool.lock);
	pool.is_ending = true;
	pthread_cond_broadcast(&pool.start);
	pthread_mutex_unlock(&pool.lock);
	while (pool.n_threads)
		pthread_join(pool.threads[--pool.n_threads], NULL);
	free(pool.threads);
	pool.threads = NULL;
}

/* Up to 'wanted' threads; fewer are slower, not wrong. */
static void start_threads(size_t wanted)
{
	pthread_t *more;
	sigset_t old;

	if (wanted <= pool.n_threads)
		return;
	if (!pool.threads) {
		pool.caller = pthread_self();
		atexit(end_threads);
	}
	more = realloc(pool.threads, wanted * sizeof(*more));
	if (!more)
		return;
	pool.threads = more;
	cli_hold_signals(&old);
	while (pool.n_threads < wanted &&
	       !pthread_create(&more[pool.n_threads], NULL, serve, NULL))
		pool.n_threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void cli_parallel(size_t threads, size_t n,
		  void (*work)(void *context, size_t i), void *context)
{
	const size_t wanted = threads < n ? threads : n;
	struct job job = {.work = work, .context = context, .n = n};

	if (wanted > 1) {
		start_threads(wanted - 1);
		job.free = wanted - 1;
	}
	pthread_mutex_lock(&pool.lock);
	pool.job = &job;
	if (job.free)
		pthread_cond_broadcast(&pool.start);
	take_items(&job);
	while (job.busy)
		pthread_cond_wait(&pool.done, &pool.lock);
	pool.job = NULL;
	pthread_mutex_unlock(&pool.lock);
}

void cli_pool(void *threads, size_t n, void (*work)(void *context, size_t i),
	      void *context)
{
	cli_parallel(*(const size_t *)threads, n, work, context);
}

size_t cli_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : (size_t)n;
}
