/* SPDX-License-Identifier: MIT */
/*
 * cases.h - the self-test of what is packed
 */
#ifndef TKPACK_CASES_H
#define TKPACK_CASES_H

#include "pack.h"

/* The best tokens of each case that are kept. */
#define CASES_BEST 10

/* Can there be one?  Counts what will be read for it as written. */
int cases_plan(struct pack *p);

/* Adds it, if one is wanted: right behind the note. */
int cases_add(struct pack *p, struct tk_writer *w, struct tk_error *err);

#endif /* TKPACK_CASES_H */
