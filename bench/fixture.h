/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - files to measure with
 */
#ifndef BENCH_FIXTURE_H
#define BENCH_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include <libformat.h>

#define N_TOKENS 50257 /* GPT-2's and GPT-3's */
#define N_DTYPES 4
#define PATH_SIZE 4096

extern const enum tk_dtype dtypes[N_DTYPES];

/* A model that is open until it is closed. */
struct opened {
	struct tk_container *file;
	struct tk_model *model;
	struct tk_matrix w_u;
};

/* Opens a model that can predict; ends the program if that fails. */
struct opened open_model(const char *path);
/* The same for one that has word vectors; w_u is its W_E. */
struct opened open_vectors(const char *path);

void close_model(const struct opened *o);

/* A model to write. */
struct plan {
	size_t cols;
	enum tk_dtype dtype;
	bool sketch;
	bool untied; /* W_U is written too, the same as W_E */
	const float *b_u; /* [N_TOKENS], or NULL */
	void (*row)(float *out, size_t r, size_t cols, const void *context);
	const void *context;
};

/* Writes it to 'path' if that is not there; ends the program on an error. */
void make_model(const char *path, const struct plan *plan);

/* DIR/gauss-COLS-DTYPE.tk */
void matrix_path(char path[PATH_SIZE], const char *dir, size_t cols,
		 enum tk_dtype dtype);

/*
 * Writes the files of all dtypes that are not there: tied models of N_TOKENS
 * rows with the same Gaussian elements.  Ends the program on an error.
 */
void make_matrices(const char *dir, size_t cols);

/* Writes the vocabulary of these files alone to 'path', as a model: 1.3 MB. */
void make_vocabulary(const char *path);

/* W_E and W_U of zeros, 5 GB, none of them in memory when this returns. */
void make_large(const char *path);

/* out[n]: standard normal numbers, the same for the same seed. */
void gaussian(float *out, size_t n, uint64_t seed);

/* The name of token 'id' of these files, at 'text'. */
struct tk_bytes token_name(char text[16], size_t id);

#endif /* BENCH_FIXTURE_H */
