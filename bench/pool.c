/* SPDX-License-Identifier: MIT */
/*
 * pool.c - threads that stay
 */
#include "pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
	void (*work)(void *context, size_t i);
	void *context;
	size_t n;
	atomic_size_t next;
	sem_t begin, done;
} job;

static void take_part(void)
{
	size_t i;

	while ((i = atomic_fetch_add(&job.next, 1)) < job.n)
		job.work(job.context, i);
}

_Noreturn static void *serve(void *unused)
{
	(void)unused;
	for (;;) {
		/* does not spin: what is measured next has the core */
		while (sem_wait(&job.begin))
			;
		take_part();
		sem_post(&job.done);
	}
}

void pool_start(void)
{
	pthread_t thread;

	sem_init(&job.begin, 0, 0);
	sem_init(&job.done, 0, 0);
	for (int i = 1; i < MAX_THREADS; i++)
		if (pthread_create(&thread, NULL, serve, NULL)) {
			fprintf(stderr, "bench: cannot start a thread\n");
			exit(2);
		}
}

void pool_run(size_t threads, size_t n, void (*work)(void *context, size_t i),
	      void *context)
{
	job.work = work;
	job.context = context;
	job.n = n;
	atomic_store(&job.next, 0);
	for (size_t i = 1; i < threads; i++)
		sem_post(&job.begin);
	take_part();
	for (size_t i = 1; i < threads; i++)
		while (sem_wait(&job.done))
			;
}

void pool_parallel(void *threads, size_t n,
		   void (*work)(void *context, size_t i), void *context)
{
	pool_run(*(const size_t *)threads, n, work, context);
}
