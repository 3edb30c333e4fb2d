/* SPDX-License-Identifier: MIT */
/*
 * score.h - a row's score with a vector: spec/compute.md 7
 */
#ifndef TK_SCORE_H
#define TK_SCORE_H

#include <math.h>

#include "base/strictfp.h"
#include "compute/kernels/kernels.h"
#include "libformat/nearest.h"

/*
 * A sum of squares within these bounds has neither overflowed nor lost what
 * counts to underflow, and nor has the dot product of two such vectors: other
 * vectors are summed in f64.
 */
#define TK_SOUND_LEAST 0x1p-90f
#define TK_SOUND_MOST 0x1p126f

static inline bool tk_is_sound(float square)
{
	return square >= TK_SOUND_LEAST && square <= TK_SOUND_MOST;
}

/* x[n] with itself. */
static inline float tk_square(const float *x, size_t n)
{
	float square;

	tk_sum_scalar(&square, TK_SUM_SQUARE, x, x, n);
	return square;
}

/* The cosine, from sums in f64. */
static inline float tk_cosine_wide(double dot, double ww, double hh)
{
	const double x = dot / sqrt(ww * hh);

	return (float)(x > 1 ? 1 : x < -1 ? -1 : x);
}

/* The same from sums in f32, which are sound. */
static inline float tk_cosine(float dot, float ww, float hh)
{
	return tk_cosine_wide((double)dot, (double)ww, (double)hh);
}

/*
 * The score of a row whose sums in f32 are not sound; NaN if it has none.
 * Not for TK_METRIC_DOT.
 */
float tk_score_wide(enum tk_metric metric, const struct tk_matrix *m,
		    uint64_t row, const float *h);

#endif /* TK_SCORE_H */
