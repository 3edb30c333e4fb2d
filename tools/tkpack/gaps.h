/* SPDX-License-Identifier: MIT */
/*
 * gaps.h - ids that a vocabulary leaves out
 */
#ifndef TKPACK_GAPS_H
#define TKPACK_GAPS_H

#include "source.h"

/* Number of ids below the highest that have no token. */
uint32_t gaps_count(const struct source *s);

/*
 * Sees to it that no such id is ever predicted: b_U, made if there is none,
 * becomes -Inf there (spec/format.md, b_u).
 */
int gaps_mask(struct source *s);

#endif /* TKPACK_GAPS_H */
