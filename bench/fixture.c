/* SPDX-License-Identifier: MIT */
/*
 * fixture.c - files to measure with
 */
#include "fixture.h"

#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "measure.h"
#include "random.h"

#define N_QUANTILES 65536
#define SKETCH_ROWS 32 /* asked for at a time */

const enum tk_dtype dtypes[N_DTYPES] = {TK_F16, TK_BF16, TK_F32, TK_Q8};

_Noreturn static void fail(const char *path, const struct tk_error *err)
{
	fprintf(stderr, "bench: %s: %s\n", path, err->message);
	exit(2);
}

struct opened open_model(const char *path)
{
	struct opened o = {0};
	struct tk_error err;

	if (tk_container_open(&o.file, path, &err) ||
	    tk_model_open(&o.model, o.file, &err) ||
	    tk_can_predict(o.model, &err))
		fail(path, &err);
	o.w_u = tk_model_w_u(o.model);
	return o;
}

struct opened open_vectors(const char *path)
{
	struct opened o = {0};
	struct tk_error err;

	if (tk_container_open(&o.file, path, &err) ||
	    tk_model_open(&o.model, o.file, &err))
		fail(path, &err);
	o.w_u = tk_model_w_e(o.model);
	return o;
}

void close_model(const struct opened *o)
{
	tk_model_close(o->model);
	tk_container_close(o->file);
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

/* Some rows of a plan as they lie in the file. */
struct rows {
	const struct plan *plan;
	uint8_t *packed; /* [BATCH][stride] */
	float *row;
};

static enum tk_status pack_rows(const struct rows *rows, uint64_t first,
				uint64_t n, struct tk_error *err)
{
	const struct plan *p = rows->plan;
	const size_t stride = tk_row_stride(p->dtype, p->cols);
	enum tk_status s = TK_OK;

	for (uint64_t i = 0; !s && i < n; i++) {
		p->row(rows->row, first + i, p->cols, p->context);
		s = tk_row_from_f32(rows->packed + i * stride, p->dtype,
				    rows->row, p->cols, err);
	}
	return s;
}

static const uint8_t *read_again(void *context, uint64_t first, uint64_t n)
{
	const struct rows *rows = context;

	return pack_rows(rows, first, n, NULL) ? NULL : rows->packed;
}

static enum tk_status write_matrix(struct tk_writer *w, const struct rows *rows,
				   enum tk_kind kind, struct tk_digest *digest,
				   struct tk_error *err)
{
	const struct plan *p = rows->plan;
	const struct tk_section_spec spec = {.kind = kind,
					     .dtype = p->dtype,
					     .rows = N_TOKENS,
					     .cols = p->cols};
	const struct tk_bytes piece = {rows->packed,
				       tk_row_stride(p->dtype, p->cols)};
	enum tk_status s = tk_writer_begin(w, &spec, err);

	for (size_t r = 0; !s && r < N_TOKENS; r++) {
		s = pack_rows(rows, r, 1, err);
		if (!s)
			s = tk_writer_write(w, piece, err);
	}
	return s ? s : tk_writer_end(w, digest, err);
}

static enum tk_status write_bias(struct tk_writer *w, const float *b_u,
				 struct tk_error *err)
{
	const struct tk_section_spec spec = {.kind = TK_KIND_B_U,
					     .dtype = TK_F32,
					     .rows = 1,
					     .cols = N_TOKENS};
	const size_t stride = tk_row_stride(TK_F32, N_TOKENS);
	uint8_t *row = must(calloc(1, stride));
	const struct tk_bytes piece = {row, stride};
	enum tk_status s = tk_row_from_f32(row, TK_F32, b_u, N_TOKENS, err);

	if (!s)
		s = tk_writer_begin(w, &spec, err);
	if (!s)
		s = tk_writer_write(w, piece, err);
	free(row);
	return s ? s : tk_writer_end(w, NULL, err);
}

static enum tk_status write_sections(struct tk_writer *w,
				     struct rows *rows, struct tk_error *err)
{
	const struct plan *p = rows->plan;
	const struct tk_row_source source = {N_TOKENS, p->cols, p->dtype,
					     read_again, rows};
	struct tk_hparams hp = tk_hparams_default();
	struct tk_digest digest;
	enum tk_status s;

	hp.tied = !p->untied;
	s = tk_hparams_write(w, &hp, false, NULL, err);
	if (!s)
		s = write_vocabulary(w, err);
	if (!s && p->b_u)
		s = write_bias(w, p->b_u, err);
	if (!s)
		s = write_matrix(w, rows, TK_KIND_W_E, &digest, err);
	if (!s && p->untied)
		s = write_matrix(w, rows, TK_KIND_W_U, &digest, err);
	if (!s && p->sketch)
		s = tk_sketch_write(w, &source, &digest, err);
	return s;
}

void make_model(const char *path, const struct plan *p)
{
	const size_t stride = tk_row_stride(p->dtype, p->cols);
	const size_t n = (p->b_u ? 5U : 4U) + p->untied + p->sketch;
	struct rows rows = {p, must(malloc(SKETCH_ROWS * stride)),
			    must(malloc(p->cols * sizeof(float)))};
	struct tk_writer *w = NULL;
	struct tk_error err;

	if (access(path, R_OK)) {
		fprintf(stderr, "bench: making %s\n", path);
		if (tk_writer_open(&w, path, n, true, &err) ||
		    write_sections(w, &rows, &err) ||
		    tk_writer_commit(w, &err))
			fail(path, &err);
	}
	free(rows.packed);
	free(rows.row);
}

static void gaussian_row(float *out, size_t r, size_t cols,
			 const void *context)
{
	(void)context;
	gaussian(out, cols, (uint64_t)r << 32);
}

void make_matrices(const char *dir, size_t cols)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < N_DTYPES; i++) {
		/* one sketch is enough: it does not depend on the type */
		const struct plan plan = {.cols = cols,
					  .dtype = dtypes[i],
					  .sketch = dtypes[i] == TK_F16,
					  .row = gaussian_row};

		matrix_path(path, dir, cols, dtypes[i]);
		make_model(path, &plan);
	}
}

static void zero_row(float *out, size_t r, size_t cols, const void *context)
{
	(void)r;
	(void)context;
	for (size_t i = 0; i < cols; i++)
		out[i] = 0;
}

void make_large(const char *path)
{
	const struct plan plan = {.cols = 12288,
				  .dtype = TK_F32,
				  .untied = true,
				  .row = zero_row};
	int fd;

	make_model(path, &plan);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		close(fd);
	}
}
