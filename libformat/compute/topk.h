/* SPDX-License-Identifier: MIT */
/*
 * topk.h - the order of candidates
 */
#ifndef TK_TOPK_H
#define TK_TOPK_H

#include "base/strictfp.h"
#include "libformat/compute.h"

/* Rank: higher key first, then lower id. */
static inline bool tk_is_better(struct tk_candidate a, struct tk_candidate b)
{
	return a.key > b.key || (a.key == b.key && a.id < b.id);
}

/*
 * The k best of what is offered: a heap of 'n' so far with the worst on top.
 * NaN and -Inf are not taken.
 */
void tk_offer(struct tk_candidate *heap, size_t *n, size_t k,
	      struct tk_candidate c);

/* Sorts by rank, in place; no key is NaN. */
void tk_sort_candidates(struct tk_candidate *c, size_t n);

#endif /* TK_TOPK_H */
