/* SPDX-License-Identifier: MIT */
/*
 * suspect.h - tokens that training seems to have left as they were
 *
 *     reach.c        what is known of each token without numbers
 *     unused.c       rows that are known to be unused, and their mean
 *     suspect.c      how near every row is to that, or how short
 *     suspecttext.c  the tokens in that order, as a table
 *     suspectjson.c  or as JSON
 *
 * The indicators are those of Land and Bartolo, "Fishing for Magikarp" (2024).
 */
#ifndef TKINFO_SUSPECT_H
#define TKINFO_SUSPECT_H

#include "reach.h"
#include "rows.h"

/* Why a row is taken as unused. */
enum unused {
	UNUSED_NOT,
	UNUSED_NAMED,	/* kind or name */
	UNUSED_NEVER,	/* bytes that no UTF-8 text has */
	UNUSED_BYTE,	/* a byte that a token of text stands for */
	UNUSED_PADDING, /* without a token; only where there is no other */
	N_UNUSED,
};

struct suspect {
	const struct info *info;
	struct reach reach;
	struct rows rows;	/* whose norms are shown: W_E, or W_U alone;
				   m.data NULL: a vocabulary only */
	struct tk_matrix other; /* whose rows are compared with the unused
				   ones: W_U; data NULL: none */
	bool is_tied;
	uint8_t *unused;	/* [rows] enum unused */
	uint64_t n_unused[N_UNUSED];
	uint64_t n_reference;	/* rows of 'other' in the mean; 0: none */
	uint32_t n;		/* tokens with a row in both */
	float *cosine;		/* [n] distance 1 - cos; NULL: no reference */
	float *l2;		/* [n] */
	float *without_pc;	/* [n] 'cosine' without the first component */
	float *key;		/* [n] what ranks; NaN: unranked */
	bool by_norm;
	struct spread spread;	/* of the keys */
	double candidate;	/* 2 % of the keys are below it */
	double far_out;		/* first quartile less 3 times the middle half;
				   of norms, divided by its ratio, cubed */
	uint64_t n_far_out;
	uint64_t n_unranked;	/* not finite, or no direction */
};

/* Ends the program if it cannot. */
void suspect_read(struct suspect *s, const struct info *info);
void suspect_free(struct suspect *s);

/* The i-th of the suspects, the likeliest first. */
static inline uint32_t suspect_at(const struct suspect *s, size_t i)
{
	return s->spread.order[i];
}

/* Marks the unused rows, and counts them: s->unused, n_unused. */
void unused_find(struct suspect *s, uint64_t rows);

/*
 * out[cols] = the mean of the rows of s->other that are taken as unused, those
 * of zeros and those that are not finite left out.  How many there were.
 */
uint64_t unused_mean(float *out, const struct suspect *s);

#endif /* TKINFO_SUSPECT_H */
