/* SPDX-License-Identifier: MIT */
/*
 * libformat/parallel.h - the caller's threads
 *
 * The library starts none.  Functions that gain from several take a pointer
 * to this; their results do not depend on it.
 */
#ifndef LIBFORMAT_PARALLEL_H
#define LIBFORMAT_PARALLEL_H

#include <stddef.h>

/*
 * run(pool, n, work, context) calls work(context, i) for i = 0 ... n - 1, in
 * any order and on any threads, and returns when all are done.  A NULL pointer
 * to this: one after the other on the calling thread.
 */
struct tk_parallel {
	void (*run)(void *pool, size_t n,
		    void (*work)(void *context, size_t i), void *context);
	void *pool;
};

#endif /* LIBFORMAT_PARALLEL_H */
