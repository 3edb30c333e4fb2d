/* SPDX-License-Identifier: MIT */
/*
 * score.h - a row's score with a vector: spec/compute.md 7
 */
#ifndef TK_SCORE_H
#define TK_SCORE_H

#include <math.h>

#include "base/strictfp.h"
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

/* The cosine, from sums. */
static inline float tk_cosine(double dot, double ww, double hh)
{
	double x = dot / sqrt(ww * hh);

	return (float)(x > 1 ? 1 : x < -1 ? -1 : x);
}

/*
 * The score of a row whose sums in f32 are not sound; NaN if it has none.
 * Not for TK_METRIC_DOT.
 */
float tk_score_wide(enum tk_metric metric, const struct tk_matrix *m,
		    uint64_t row, const float *h);

#endif /* TK_SCORE_H */
