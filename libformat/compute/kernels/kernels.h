/* SPDX-License-Identifier: MIT */
/*
 * kernels.h - the canonical dot product and the planes of a sketch, each in
 * one file an instruction set
 *
 * spec/compute.md 1 and spec/sketch.md 3 fix every operation and its order, so
 * all kernels give the same bits.  The caller has set the rounding
 * environment.
 */
#ifndef TK_KERNELS_H
#define TK_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strictfp.h"
#include "container/layout.h"
#include "libformat/nearest.h"

#define TK_LANES 32
#define TK_PANEL 512

/* Bytes of a sketch for one block of one panel. */
#define TK_SCALE_BYTES ((size_t)2 * TK_SKETCH_ROWS)
#define TK_PLANE_BYTES ((size_t)TK_SKETCH_ROWS * TK_SKETCH_COLS / 2)
/* Bytes of one number of each row of a panel. */
#define TK_NORM_BYTES ((size_t)4 * TK_SKETCH_ROWS)
/* Columns that the two nibbles of four bytes stand for, and their bytes. */
#define TK_GROUP_COLS 8
#define TK_GROUP_BYTES (TK_PLANE_BYTES / TK_SKETCH_COLS * TK_GROUP_COLS)

/* What is summed over the columns of a row w, in the order of a dot product. */
enum tk_sum {
	TK_SUM_DOT,	   /* w h, for each vector h */
	TK_SUM_SQUARE,	   /* w w; there is no vector */
	TK_SUM_DOT_SQUARE, /* w h, and w w behind it; one vector */
	TK_SUM_DISTANCE,   /* (w - h) (w - h); one vector */
};

/* Rows of a matrix, and vectors. */
struct tk_dot_job {
	const struct tk_matrix *m;
	uint64_t first; /* row */
	uint64_t n;	/* rows */
	bool is_cached; /* they have just been used */
	enum tk_sum sum;
	size_t n_hs; /* 0 ... TK_BATCH, as 'sum' has it */
	const float *hs[TK_BATCH]; /* [cols] each */
	float *outs[TK_BATCH];	   /* [n] each, one a sum */
};

/* Sums that a job has of each row. */
static inline size_t tk_n_sums(enum tk_sum sum, size_t n_hs)
{
	return sum == TK_SUM_SQUARE ? 1 : n_hs + (sum == TK_SUM_DOT_SQUARE);
}

/* As many panels are read side by side: memory answers several at a time. */
#define TK_STREAMS 4

/* A panel of a sketch: one plane of it. */
struct tk_plane {
	const uint8_t *nibbles; /* [n_blocks, 1024] */
	const uint8_t *scale;	/* [n_blocks, 32] bf16 */
	float *out; /* [32] the sums over blocks of scale times product */
};

/* Some panels and a vector of whole numbers n = 256 n1 + n0. */
struct tk_plane_job {
	struct tk_plane planes[TK_STREAMS];
	size_t n_planes;
	const int8_t *n1; /* [64 n_blocks] */
	const int8_t *n0;
	const int32_t *excess; /* [n_blocks] 8 times the sum of n */
	size_t n_blocks;
};

/* Lanes of the sums over two rows. */
#define TK_DELTA_LANES 8

/* Two rows, and what rounding explains: half a step of a number. */
struct tk_delta_job {
	const struct tk_matrix *a, *b; /* of as many columns */
	const uint8_t *row_a, *row_b;
	enum tk_dtype rounding;
	bool by_b;   /* the number is that of b, which is finer */
	float step;  /* times the power of 2 below the number; of q8, times
			the scale: less than that is explained */
	float floor; /* the least power of 2 that counts */
};

struct tk_delta_sums {
	double ab[TK_DELTA_LANES], aa[TK_DELTA_LANES], bb[TK_DELTA_LANES];
	/* The largest |a - b|; means nothing if a row is not finite. */
	double max[TK_DELTA_LANES];
	/* Elements that are the same; those whose difference is explained, the
	   former included.  Columns up to a multiple of 32 are among both. */
	int64_t same, within;
};

/* In 3CosMul, so that nothing is divided by 0. */
#define TK_3COSMUL_EPS 0.001F

/* The key of a row, of its cosines with a, b and c as the rule has them. */
static inline float tk_analogy_key(enum tk_analogy_rule rule, float a, float b,
				   float c)
{
	return rule == TK_3COSMUL ? b * c / (a + TK_3COSMUL_EPS) : b - a + c;
}

/* Rows, each times a number, that are added to a vector. */
struct tk_add_job {
	const struct tk_matrix *m;
	const uint8_t *const *rows; /* [n] in this order; finite */
	const float *by;	    /* [n] */
	size_t n;
	float *sum; /* [cols] */
};

struct tk_kernel {
	const char *name;
	/* The processor has the instructions, the system their registers. */
	bool (*is_supported)(void);
	/* A NaN may have any payload. */
	void (*dot)(const struct tk_dot_job *job);
	void (*plane)(const struct tk_plane_job *job);
	/* lanes[i % 8] += exp(x[i] - max), i = 0 ... n - 1, none above 0. */
	void (*exp_sum)(double lanes[8], const double *x, size_t n,
			double max);
	void (*delta)(struct tk_delta_sums *out,
		      const struct tk_delta_job *job);
	/* sum[i] = sum[i] + w[i] * by, row by row. */
	void (*add)(const struct tk_add_job *job);
	/* The largest key of n rows, NaN passed over; -Inf if there is none. */
	float (*largest)(enum tk_analogy_rule rule, const float *a,
			 const float *b, const float *c, size_t n);
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

/* out[one or two] = the sums of w[n] and one vector h[n], likewise. */
void tk_sum_scalar(float *out, enum tk_sum sum, const float *w, const float *h,
		   size_t n);

/* ---- plane*.c ---- */

void tk_plane_scalar(const struct tk_plane_job *job);
#if defined(__x86_64__)
void tk_plane_avx2(const struct tk_plane_job *job);
/* Without VNNI as tk_plane_avx2(). */
void tk_plane_avx512(const struct tk_plane_job *job);
#elif defined(__aarch64__) && defined(__AARCH64EL__)
void tk_plane_neon(const struct tk_plane_job *job);
#endif

/* ---- exps*.c ---- */

void tk_exp_sum_scalar(double lanes[8], const double *x, size_t n, double max);
#if defined(__x86_64__)
void tk_exp_sum_avx2(double lanes[8], const double *x, size_t n, double max);
void tk_exp_sum_avx512(double lanes[8], const double *x, size_t n, double max);
#endif

/* ---- deltascalar.c ---- */

void tk_delta_scalar(struct tk_delta_sums *out, const struct tk_delta_job *job);

/* q8: limit[n / 32, rounded up] of both rows, from column 'at' on. */
void tk_delta_limits(float *limit, const struct tk_delta_job *job, size_t at,
		     size_t n);

/* ---- addscalar.c ---- */

/* Columns from ... cols - 1 of the job; 'from' is a multiple of 32. */
void tk_add_columns(const struct tk_add_job *job, size_t from);

void tk_add_scalar(const struct tk_add_job *job);

#endif /* TK_KERNELS_H */
