/* SPDX-License-Identifier: MIT */
/*
 * onepass.h - one pass over W_U: ours, plain reading, OpenBLAS's, ggml's
 *
 * Each run_...() takes a struct scan, returns the seconds of one pass, and
 * looks at the result afterwards; a wrong one is a negative time.
 */
#ifndef BENCH_ONEPASS_H
#define BENCH_ONEPASS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <libformat.h>

#include "bench.h"
#include "process.h"

#define TOP_K 10
#define GGML_REST_MS 40 /* OpenMP's threads spin, */
#define BLAS_REST_MS 40 /* and so do OpenBLAS's */

struct scan {
	const struct opened *o;
	struct tk_bytes bytes; /* of the rows */
	uint64_t n_rows;
	size_t threads;
	const char *kernel; /* to force, or NULL */
	const float *h;
	const float *right; /* keys, by plain C */
	float *keys;
	struct peer *ggml;
	double worst;  /* largest difference, by the largest key */
	double common; /* ggml: of the 10 best, as many are right */
	atomic_bool failed;
};

/* The rows that can be predicted; no keys yet. */
struct scan scan_of(const struct opened *o);

double run_read(void *scan);
double run_keys(void *scan);
double run_blas(void *scan);
double run_ggml(void *scan);

/* Keys alone, on scan->threads threads. */
void multiply(struct scan *s);

/* True if the processor has this kernel. */
bool has_kernel(const char *name);

/*
 * Starts ggml on 'type' ("f16", "q4_0" ...) of the model at 'path'; its first
 * answer is in when this returns.  False if there is no ggml.
 */
bool start_ggml(struct peer *p, const struct settings *s, const char *path,
		const char *type, const float *h, size_t cols);

#endif /* BENCH_ONEPASS_H */
