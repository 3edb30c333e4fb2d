/* SPDX-License-Identifier: MIT */
/*
 * stats.h - what is in a file, in numbers
 *
 *     stats.c      one pass over the file -> struct stats
 *     statstext.c  which is words and pictures of 80 columns
 *     statsjson.c  or JSON
 */
#ifndef TKINFO_STATS_H
#define TKINFO_STATS_H

#include "rows.h"

/* Tokens of 1, 2 ... bytes; the last has those of as many and more. */
#define N_LENGTHS 64

struct vocab_stats {
	uint64_t n;
	uint64_t lengths[N_LENGTHS + 1]; /* [0]: empty tokens */
	uint64_t shortest, longest, median; /* bytes */
	uint64_t n_spaced;   /* begin with a space */
	uint64_t n_not_utf8; /* are no text by themselves */
	uint64_t n_copies;   /* have the bytes of a lower id */
};

/* A vector's elements; or of a matrix beside W_E and W_U, its norms. */
struct part_stats {
	char name[32]; /* as matrix_name() */
	struct tk_matrix m;
	size_t n;	   /* numbers looked at */
	float *x;	   /* [n] */
	struct spread spread;
	uint64_t n_nan, n_inf, n_zero;
};

#define MAX_PARTS 8

struct stats {
	const struct info *info;
	struct vocab_stats vocab;
	struct rows e, u; /* m.data is NULL if there is none, or it is tied */
	bool is_tied;
	float *cosines;	  /* [n_cosines] of W_E's rows with W_U's, or NULL */
	size_t n_cosines;
	struct spread cosine_spread;
	double mean_cosine; /* of those that are finite; else NaN */
	struct part_stats parts[MAX_PARTS];
	size_t n_parts;
};

/* Reads the file; ends the program if it cannot.  Freed by stats_free(). */
void stats_read(struct stats *s, const struct info *info);
void stats_free(struct stats *s);

/* All of it as JSON. */
json_t *stats_object(const struct stats *s);

#endif /* TKINFO_STATS_H */
