/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - files to measure with
 */
#ifndef BENCH_FIXTURE_H
#define BENCH_FIXTURE_H

#include <stddef.h>

#include <libformat.h>

#define N_TOKENS 50257 /* GPT-2's and GPT-3's */
#define N_DTYPES 4
#define PATH_SIZE 4096

extern const enum tk_dtype dtypes[N_DTYPES];

/* DIR/gauss-COLS-DTYPE.tk */
void matrix_path(char path[PATH_SIZE], const char *dir, size_t cols,
		 enum tk_dtype dtype);

/*
 * Writes the files of all dtypes that are not there: tied models of N_TOKENS
 * rows with the same Gaussian elements.  Ends the program on an error.
 */
void make_matrices(const char *dir, size_t cols);

/* Writes the vocabulary of these files alone to 'path', as a model. */
void make_vocabulary(const char *path);

/* out[n]: standard normal numbers, the same for the same seed. */
void gaussian(float *out, size_t n, uint64_t seed);

/* The name of token 'id' of these files, at 'text'. */
struct tk_bytes token_name(char text[16], size_t id);

#endif /* BENCH_FIXTURE_H */
