/* SPDX-License-Identifier: MIT */
/*
 * samples.h - whole files that are damaged in every place
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "forge.h"

/* About 1 KiB: keys and words. */
struct image sample_minimal(void);

/* About 16 KiB: a model that predicts. */
struct image sample_typical(void);

/* A section of every kind that a writer writes, one of them of 'size' bytes. */
struct image sample_every(size_t size);
#define SAMPLE_64K 56000 /* makes 64 KiB together */
#define SAMPLE_16K 6000

/* Bytes of header and table: what opening checks. */
size_t sample_head(const struct image *im);

/* Opens and verifies all of it: OK, or what was wrong first. */
enum tk_status sample_check(const uint8_t *data, size_t size,
			    struct tk_error *err);

/* Is this what damage to a file is called? */
bool is_damage(enum tk_status status);

/* 'usual', or 'all' where TK_LONG=1 asks for long tests. */
size_t sample_step(size_t usual, size_t all);

/* Prints what was tried, there. */
void sample_report(const char *format, ...);

#endif /* SAMPLES_H */
