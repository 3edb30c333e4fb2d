/* SPDX-License-Identifier: MIT */
/*
 * kernels.h - the canonical dot product, one file an instruction set
 *
 * spec/compute.md 1 fixes every operation and its order, so all kernels give
 * the same bits.  The caller has set the rounding environment.
 */
#ifndef TK_KERNELS_H
#define TK_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strictfp.h"
#include "libformat/compute.h"

#define TK_LANES 32
#define TK_PANEL 512

/* Rows of a matrix, each of which is dotted with each of 'n_hs' vectors. */
struct tk_dot_job {
	const struct tk_matrix *m;
	uint64_t first; /* row */
	uint64_t n;	/* rows */
	size_t n_hs;	/* 1 ... TK_BATCH */
	const float *hs[TK_BATCH]; /* [cols] each */
	float *outs[TK_BATCH];	   /* [n] each */
};

struct tk_kernel {
	const char *name;
	/* The processor has the instructions, the system their registers. */
	bool (*is_supported)(void);
	/* A NaN may have any payload. */
	void (*dot)(const struct tk_dot_job *job);
};

extern const struct tk_kernel tk_kernel_scalar;
#if defined(__x86_64__)
extern const struct tk_kernel tk_kernel_avx2;
extern const struct tk_kernel tk_kernel_avx512;
#elif defined(__aarch64__) && defined(__AARCH64EL__)
extern const struct tk_kernel tk_kernel_neon;
#endif

/* ---- choose.c ---- */

/* Kernels that were built, best first; NULL if 'i' is beyond the last. */
const struct tk_kernel *tk_kernel_at(size_t i);

/* The one to use: TK_KERNEL names it, or it is the best supported one. */
const struct tk_kernel *tk_kernel_choose(void);

/* ---- scalar.c ---- */

/* out[n] = columns from ... from + n - 1; 'from' is a multiple of 32. */
void tk_widen(float *out, const uint8_t *row, const struct tk_matrix *m,
	      size_t from, size_t n);

/* The canonical dot product of w[n] and h[n]; a NaN may have any payload. */
float tk_dot_scalar(const float *w, const float *h, size_t n);

#endif /* TK_KERNELS_H */
