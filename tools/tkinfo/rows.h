/* SPDX-License-Identifier: MIT */
/*
 * rows.h - what the rows of a matrix are like
 *
 *     rows.c    one pass over the rows -> norms and counts
 *     twins.c   which rows are copies of another one
 *     stats.c   the same as pictures and words, or as JSON: statsjson.c
 *
 * Rows of tokens are what is counted; padding rows have their own numbers.
 */
#ifndef TKINFO_ROWS_H
#define TKINFO_ROWS_H

#include "spread.h"
#include "tkinfo.h"

struct rows {
	const char *name; /* "W_E" */
	struct tk_matrix m;
	uint64_t n_tokens; /* the first rows: each is that of a token */
	float *norms;	   /* [m.rows], as tk_survey_rows() has them */
	double *mean;	   /* [m.cols] */
	float *scratch;	   /* [m.cols] */
	uint64_t n_units;
	struct spread spread; /* of the norms of tokens */
	uint32_t *twin;	   /* [n_tokens] the lowest id with this row;
			      TK_NO_ID: its own, or a row of zeros */
	uint64_t n_nan, n_inf; /* rows with a NaN; with an Inf alone */
	uint64_t n_zero;
	uint64_t n_huge;   /* norm beyond f32 */
	uint64_t n_twins;  /* rows that are a copy of a lower one */
};

/*
 * Reads the rows of 'a', and of 'b' unless it is NULL, in which name, m and
 * n_tokens are set; cosines[the lesser m.rows], or NULL, by tk_survey_rows().
 * Freed by rows_free().
 */
void rows_read(struct rows *a, struct rows *b, float *cosines,
	       const struct info *info);
void rows_free(struct rows *r);

/* Of a row that is not finite: is there a NaN in it? */
bool rows_has_nan(const struct rows *r, uint64_t row);

/* (u |mean|^2 - 1) / (u - 1), the mean cosine of two rows; NaN for one row. */
double rows_isotropy(const struct rows *r);

/* Finds r->twin and n_twins; 'spread' is there. */
void twins_find(struct rows *r);

#endif /* TKINFO_ROWS_H */
