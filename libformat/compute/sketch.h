/* SPDX-License-Identifier: MIT */
/*
 * sketch.h - what makes, binds and searches a sketch: spec/sketch.md
 */
#ifndef TK_SKETCH_H
#define TK_SKETCH_H

#include "base/strictfp.h"
#include "compute/kernels/kernels.h"
#include "container/layout.h"
#include "libformat/sketch.h"

/* x >= 0 rounded up to f32. */
static inline float tk_up32(double x)
{
	float f = (float)x;
	uint32_t bits;

	if ((double)f >= x)
		return f;
	memcpy(&bits, &f, sizeof(bits));
	bits++;
	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* ---- sketch.c ---- */

/*
 * Fills in what depends on the section alone and checks its form; w_u and
 * rows are set already.  'where' is the section's offset in the file.
 */
enum tk_status tk_sketch_bind(struct tk_sketch *s, struct tk_bytes section,
			      uint64_t where, struct tk_error *err);

/* ---- query.c ---- */

/* The hidden vector as the scan needs it: spec/sketch.md 2. */
struct tk_query {
	float sigma;
	float sigma_16; /* 16 sigma */
	float h_bound;	/* H' */
	float c_bound;	/* C' */
	float zeta;
	bool is_usable;	/* nothing can overflow */
	int8_t *n1;	/* [64 n_blocks] n = 256 n1 + n0 */
	int8_t *n0;
	int32_t *excess; /* [n_blocks] 8 times the sum of n */
};

/*
 * Of h[64 n_blocks], zeros from d on.  The caller has set n1, n0, excess and
 * the rounding environment.
 */
void tk_query_make(struct tk_query *q, const struct tk_sketch *s,
		   const float *h);

/* How far the keys of the rows of panel p may be from the approximate ones. */
void tk_sketch_margins(float margin[TK_SKETCH_ROWS], const struct tk_sketch *s,
		       const struct tk_query *q, enum tk_scan scan, size_t p);

/* ---- search.c ---- */

/* What is in the scratch of a search, in front of the arrays. */
struct tk_search {
	const struct tk_sketch *s;
	const struct tk_kernel *kernel;
	float *h;		/* [64 n_blocks] zeros from d on */
	struct tk_query query;
	enum tk_scan scan;	/* what 'approx' is from */
	float tau;		/* a key that k rows reach */
	size_t n_sure;		/* so many of these have a key above -Inf */
	float *approx;		/* [32 n_panels] without the bias */
	float *keys;		/* [32 n_panels] exact; of candidates only */
	float *best;		/* [n_panels] the largest approximate key */
	float *reach;		/* [n_panels] the largest upper bound */
	uint32_t *candidates;	/* [n_panels] a bit a row */
	struct tk_scan_stats stats;
};

/* How many candidates are too many for one plane, and for both. */
struct tk_search_limits {
	uint64_t hi;
	uint64_t both;
};

/* Puts a search, with nothing found yet, in front of its arrays. */
struct tk_search *tk_search_lay_out(const struct tk_sketch *s, const float *h,
				    void *scratch);

/* tk_sketch_top_k() with limits of one's own. */
enum tk_status tk_search_top_k(struct tk_candidate *out, size_t *n, size_t k,
			       const struct tk_sketch *s, const float *h,
			       void *scratch, struct tk_search_limits limits,
			       const struct tk_parallel *parallel,
			       struct tk_scan_stats *stats,
			       struct tk_error *err);

#endif /* TK_SKETCH_H */
