/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what was found and what was written, in words
 */
#ifndef TKPACK_PLAN_H
#define TKPACK_PLAN_H

#include "pack.h"

/* After pack_plan(): what the source has and what becomes of it. */
void print_plan(const struct pack *p);

/* After pack_write(): the file, and what a reader of it must know. */
void print_written(const struct pack *p);

#endif /* TKPACK_PLAN_H */
