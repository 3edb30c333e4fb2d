/* SPDX-License-Identifier: MIT */
/*
 * fixture.c - files to measure with
 */
#include "fixture.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "random.h"

#define N_QUANTILES 65536
#define SKETCH_ROWS 32 /* asked for at a time */

const enum tk_dtype dtypes[N_DTYPES] = {TK_F16, TK_BF16, TK_F32, TK_Q8};

/* One is enough: it does not depend on the type. */
static bool has_sketch(enum tk_dtype dtype)
{
	return dtype == TK_F16;
}

_Noreturn static void fail(const char *path, const struct tk_error *err)
{
	fprintf(stderr, "bench: %s: %s\n", path, err->message);
	exit(2);
}

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "bench: out of memory\n");
		exit(2);
	}
	return memory;
}

void matrix_path(char path[PATH_SIZE], const char *dir, size_t cols,
		 enum tk_dtype dtype)
{
	snprintf(path, PATH_SIZE, "%s/gauss-%zu-%s.tk", dir, cols,
		 tk_dtype_name((uint16_t)dtype));
}

/* The x below which a standard normal number is with probability p. */
static double quantile(double p)
{
	double low = -8, high = 8;

	while (high - low > 1e-9) {
		double x = (low + high) / 2;

		if (0.5 * erfc(-x / sqrt(2)) < p)
			low = x;
		else
			high = x;
	}
	return low;
}

/* One of 65,536 quantiles for every 16 random bits: normal, and fast. */
void gaussian(float *out, size_t n, uint64_t seed)
{
	static float table[N_QUANTILES];
	uint64_t bits = 0;

	if (table[0] == 0)
		for (size_t i = 0; i < N_QUANTILES; i++)
			table[i] = (float)quantile(((double)i + 0.5) /
						   N_QUANTILES);
	for (size_t i = 0; i < n; i++, bits >>= 16) {
		if (i % 4 == 0)
			bits = random_next(&seed);
		out[i] = table[bits % N_QUANTILES];
	}
}

struct tk_bytes token_name(char text[16], size_t id)
{
	int len = snprintf(text, 16, "token%zu", id);

	return (struct tk_bytes){(uint8_t *)text, (size_t)len};
}

static enum tk_status write_vocabulary(struct tk_writer *w,
				       struct tk_error *err)
{
	char(*text)[16] = must(calloc(N_TOKENS, sizeof(*text)));
	struct tk_bytes *tokens = must(calloc(N_TOKENS, sizeof(*tokens)));
	const struct tk_vocab_parts parts = {.n_tokens = N_TOKENS,
					     .tokens = tokens};
	enum tk_status s;

	for (size_t i = 0; i < N_TOKENS; i++)
		tokens[i] = token_name(text[i], i);
	s = tk_vocab_write(w, &parts, err);
	free(tokens);
	free(text);
	return s;
}

void make_vocabulary(const char *path)
{
	struct tk_hparams hp = tk_hparams_default();
	struct tk_writer *w = NULL;
	struct tk_error err;

	if (!access(path, R_OK))
		return;
	hp.d_model = 768;
	if (tk_writer_open(&w, path, 3, true, &err) ||
	    tk_hparams_write(w, &hp, true, NULL, &err) ||
	    write_vocabulary(w, &err) || tk_writer_commit(w, &err))
		fail(path, &err);
}

/* Rows first ... first + n - 1, packed one behind the other. */
static enum tk_status pack_rows(uint8_t *packed, enum tk_dtype dtype,
				float *row, size_t cols, size_t first, size_t n,
				struct tk_error *err)
{
	const size_t stride = tk_row_stride(dtype, cols);
	enum tk_status s = TK_OK;

	for (size_t i = 0; !s && i < n; i++) {
		gaussian(row, cols, (first + i) << 32);
		s = tk_row_from_f32(packed + i * stride, dtype, row, cols, err);
	}
	return s;
}

/* The rows once more, for the sketch. */
struct again {
	uint8_t *packed;
	float *row;
	size_t cols;
	enum tk_dtype dtype;
};

static const uint8_t *read_again(void *context, uint64_t first, uint64_t n)
{
	const struct again *a = context;

	if (pack_rows(a->packed, a->dtype, a->row, a->cols, first, n, NULL))
		return NULL;
	return a->packed;
}

static struct tk_writer *begin(const char *path, size_t cols,
			       enum tk_dtype dtype)
{
	const struct tk_section_spec spec = {.kind = TK_KIND_W_E,
					     .dtype = dtype,
					     .rows = N_TOKENS,
					     .cols = cols};
	struct tk_hparams hp = tk_hparams_default();
	struct tk_writer *w = NULL;
	struct tk_error err;

	hp.tied = true;
	if (tk_writer_open(&w, path, has_sketch(dtype) ? 5 : 4, true, &err) ||
	    tk_hparams_write(w, &hp, false, NULL, &err) ||
	    write_vocabulary(w, &err) || tk_writer_begin(w, &spec, &err))
		fail(path, &err);
	return w;
}

static void write_matrix(const char *path, size_t cols, enum tk_dtype dtype)
{
	struct tk_writer *w = begin(path, cols, dtype);
	const size_t stride = tk_row_stride(dtype, cols);
	struct again again = {must(malloc(SKETCH_ROWS * stride)),
			      must(malloc(cols * sizeof(float))), cols, dtype};
	const struct tk_row_source rows = {N_TOKENS, cols, dtype, read_again,
					   &again};
	const struct tk_bytes piece = {again.packed, stride};
	struct tk_digest digest;
	struct tk_error err;

	for (size_t r = 0; r < N_TOKENS; r++)
		if (pack_rows(again.packed, dtype, again.row, cols, r, 1,
			      &err) ||
		    tk_writer_write(w, piece, &err))
			fail(path, &err);
	if (tk_writer_end(w, &digest, &err) ||
	    (has_sketch(dtype) && tk_sketch_write(w, &rows, &digest, &err)) ||
	    tk_writer_commit(w, &err))
		fail(path, &err);
	free(again.packed);
	free(again.row);
}

void make_matrices(const char *dir, size_t cols)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < N_DTYPES; i++) {
		matrix_path(path, dir, cols, dtypes[i]);
		if (!access(path, R_OK))
			continue;
		fprintf(stderr, "bench: making %s\n", path);
		write_matrix(path, cols, dtypes[i]);
	}
}
