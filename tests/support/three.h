/* SPDX-License-Identifier: MIT */
/*
 * three.h - a struct tk_parallel of three threads
 *
 * Each takes every third item, the last first: results that depend on the
 * order, or on who is first, come out differently.
 */
#ifndef THREE_H
#define THREE_H

#include <pthread.h>

#include "test.h"

struct share {
	void (*work)(void *context, size_t i);
	void *context;
	size_t from, n;
};

static inline void *run_share(void *share)
{
	struct share *s = share;

	for (size_t i = s->n; i--;)
		if (i % 3 == s->from)
			s->work(s->context, i);
	return NULL;
}

static inline void run_three(void *pool, size_t n,
			     void (*work)(void *context, size_t i),
			     void *context)
{
	pthread_t threads[3];
	struct share shares[3];

	(void)pool;
	for (size_t i = 0; i < 3; i++) {
		shares[i] = (struct share){work, context, i, n};
		assert_int_equal(pthread_create(&threads[i], NULL, run_share,
						&shares[i]),
				 0);
	}
	for (size_t i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static const struct tk_parallel three = {run_three, NULL};

#endif /* THREE_H */
