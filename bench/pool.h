/* SPDX-License-Identifier: MIT */
/*
 * pool.h - threads that stay
 *
 * OpenBLAS and ggml keep theirs; starting new ones would cost as much as a
 * small scan.
 */
#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <stddef.h>

#define MAX_THREADS 2

/* Starts MAX_THREADS - 1 of them; ends the program if that fails. */
void pool_start(void);

/* work(context, i) for i = 0 ... n - 1 on 1 to MAX_THREADS threads. */
void pool_run(size_t threads, size_t n, void (*work)(void *context, size_t i),
	      void *context);

/* The same as run() of a struct tk_parallel; its pool is their number. */
void pool_parallel(void *threads, size_t n,
		   void (*work)(void *context, size_t i), void *context);

#endif /* BENCH_POOL_H */
