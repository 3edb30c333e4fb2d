/* SPDX-License-Identifier: MIT */
/*
 * selftest.h - what opening, computing and writing a self-test share
 */
#ifndef TK_SELFTEST_H
#define TK_SELFTEST_H

#include "libformat/selftest.h"

/*
 * Rules R80 to R85 of spec/format.md 8.4; 'err->offset' is within the
 * section.
 */
enum tk_status tk_selftest_check(uint32_t *n_cases, struct tk_bytes section,
				 const struct tk_model *m,
				 struct tk_error *err);

/* No key was bad. */
#define TK_NO_ROW UINT64_MAX

/*
 * The best tokens of some hidden vectors, over rows of W_U that come piece by
 * piece.  For the candidates of all vectors there is one array.
 */
struct tk_bests {
	size_t n; /* vectors */
	size_t d;
	const float *hs;	   /* [n, d], normed and finite */
	const size_t *first;	   /* [n + 1] where the candidates begin, and
				      those of the next */
	struct tk_candidate *best; /* [first[n]] */
	size_t *n_best;		   /* [n] of them so far */
	uint64_t *bad; /* [n] lowest id whose key is no number, TK_NO_ROW */
};

/* Rows of W_U that lie together: ids id ... id + n - 1. */
struct tk_rows {
	struct tk_matrix w_u; /* or a part of it */
	uint64_t first;	      /* row of it */
	uint64_t id;
	uint64_t n;
	struct tk_matrix bias; /* of all ids; data NULL: none */
};

/* Adds these rows.  Any order of the pieces gives the same best. */
void tk_bests_add(struct tk_bests *b, const struct tk_rows *rows);

/* Joins those of other rows; then they are sorted by rank. */
void tk_bests_join(struct tk_bests *b, const struct tk_bests *other);
void tk_bests_sort(struct tk_bests *b);

#endif /* TK_SELFTEST_H */
