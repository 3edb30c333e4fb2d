/* SPDX-License-Identifier: MIT */
/*
 * libformat/nearest.h - rows that are near a vector, and analogies
 *
 * Everything is computed from the rows where they lie, whatever their dtype:
 * there is no copy of the matrix, neither in f32 nor normalised.  Sums are
 * those of spec/compute.md 1, scores those of section 7 there: the same bits
 * on every machine and for any number of threads.
 *
 *     struct tk_nearest_query q = {TK_METRIC_COS, 10, n_rows, &id, 1};
 *     struct tk_candidate best[10];
 *
 *     tk_row_to_f32(h, w_e, id);
 *     if (!tk_nearest(best, &n, NULL, w_e, &q, h, NULL, &err))
 *             ...best[0 ... n - 1], the nearest first
 *
 * Matrices may be large, and hold anything: rows of zeros, NaN or infinities
 * have no score.  They are counted, and never an answer.
 */
#ifndef LIBFORMAT_NEAREST_H
#define LIBFORMAT_NEAREST_H

#include "libformat/compute.h"
#include "libformat/parallel.h"
#include "libformat/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How near a row w is to a vector h. */
enum tk_metric {
	TK_METRIC_COS = 0, /* w . h / (|w| |h|), -1 ... 1: the largest */
	TK_METRIC_DOT = 1, /* w . h, the bits of tk_dot(): the largest */
	TK_METRIC_L2 = 2,  /* |w - h|: the smallest */
};

/* What is asked of a matrix. */
struct tk_nearest_query {
	enum tk_metric metric;
	size_t k;		 /* answers that are wanted */
	uint64_t n_rows;	 /* rows from here on are left out: padding */
	const uint32_t *exclude; /* [n_exclude] ids that are no answer, in any
				    order; NULL if there are none */
	size_t n_exclude;
};

/* a is to b as c is to what? */
struct tk_analogy {
	uint32_t a, b, c;
};

/*
 * What ranks the answers w, of the cosines of w with a, b and c.  The second
 * is that of Levy and Goldberg (2014), of cosines brought to 0 ... 1.
 */
enum tk_analogy_rule {
	TK_3COSADD = 0, /* b - a + c */
	TK_3COSMUL = 1, /* b c / (a + 0.001) */
};

#pragma GCC visibility push(default)

/* ---- one vector ---- */

/*
 * The score of w[n] with h[n] by 'metric', the bits that tk_nearest() gives
 * for a row w; NaN (0x7fc00000) if it has none.  In plain C.
 */
float tk_score(enum tk_metric metric, const float *w, const float *h,
	       size_t n);

/*
 * out[n] = x[n] / |x|, each element rounded once.  False, and 'out' is as it
 * was, if x has no direction: it is zero, or not finite.  out may be x.
 */
bool tk_unit(float *out, const float *x, size_t n);

/*
 * squares[n] = the dot product of each of the rows first ... first + n - 1
 * with itself and, unless 'h' is NULL, dots[n] = those with h[cols], in one
 * pass; each in the order of tk_dot().  NaN is 0x7fc00000.  A square of more
 * than f32 holds is Inf: rows beyond 1e19.
 * Cost: the bytes of the rows, at the speed of the memory.
 */
void tk_dot_squares(float *squares, float *dots, struct tk_matrix m,
		    uint64_t first, uint64_t n, const float *h);

/* ---- nearest rows ---- */

/*
 * out[*n_out] = the query's k rows of 'm' that are nearest to h[cols], the
 * nearest first, equal scores by lowest id; 'key' is the score, of TK_METRIC_L2
 * the distance.  *n_out is less than k if fewer rows have a score; 'out' has
 * room for k rows, or for n_rows if that is less.  *n_unranked = how many of
 * the n_rows have no score, be they excluded or not: a row that is not finite,
 * for TK_METRIC_COS a zero row, else one whose score is beyond f32.
 * 'n_unranked' and 'parallel' may be NULL.
 *
 * TK_E_VALUE if h is not finite or, for TK_METRIC_COS, is zero: it has no
 * direction.  TK_E_ARGUMENT if m has fewer rows than n_rows.
 * Cost: the bytes of the rows, once, at the speed of the memory; and a look at
 * 'exclude' for each row that comes among the best.
 */
enum tk_status tk_nearest(struct tk_candidate *out, size_t *n_out,
			  uint64_t *n_unranked, struct tk_matrix m,
			  const struct tk_nearest_query *query, const float *h,
			  const struct tk_parallel *parallel,
			  struct tk_error *err);

/* ---- analogies ---- */

/*
 * best[i] = the answer to questions[i] among the first n_rows rows of 'm',
 * those of its a, b and c left out; equal keys by lowest id.  Rows count as
 * unit vectors.  id is TK_NO_ID, and key 0, if there is no answer: one of a, b
 * and c has no direction, or no other row has one.  'parallel' may be NULL.
 *
 * TK_E_ARGUMENT if m has fewer rows than n_rows, or for an id that is not
 * below n_rows; TK_E_MEMORY.
 * Cost: each different row of a, b and c is multiplied with all rows once, for
 * up to 4096 of them, and 16 MiB in f32, at a time: who has more should sort
 * the questions by words; then four operations a question and row.  Memory: 16
 * MiB, 1 MiB a thread, 20 bytes a question and a bit a row.
 */
enum tk_status tk_analogies(struct tk_candidate *best, struct tk_matrix m,
			    uint64_t n_rows,
			    const struct tk_analogy *questions, size_t n,
			    enum tk_analogy_rule rule,
			    const struct tk_parallel *parallel,
			    struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_NEAREST_H */
