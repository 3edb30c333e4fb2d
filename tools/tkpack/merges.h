/* SPDX-License-Identifier: MIT */
/*
 * merges.h - the pairs that byte-pair encoding joins, as files write them
 *
 * The pairs themselves are not stored; that they are pairs is looked at.
 */
#ifndef TKPACK_MERGES_H
#define TKPACK_MERGES_H

#include "json.h"

/* "a b": two parts with one space between. */
bool merge_is_pair(struct tk_bytes text);

/*
 * Reads merges.txt: a pair a line, the likeliest first; lines that begin with
 * "#version" are none.  Parts that are not in 'vocab', {token: id}, are noted.
 */
int merges_read(struct source *s, const char *path, const json_t *vocab);

#endif /* TKPACK_MERGES_H */
