/* SPDX-License-Identifier: MIT */
/*
 * onepass.c - one pass over W_U
 */
#include "onepass.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "measure.h"
#include "pool.h"

#define BLOCK_ROWS 1024
#define PIECE_SIZE (1 << 20)
#define BLAS_TOLERANCE 1e-5

struct scan scan_of(const struct opened *o)
{
	const uint64_t n = tk_model_n_predictable(o->model);

	return (struct scan){.o = o,
			     .n_rows = n,
			     .bytes = {o->w_u.data, n * o->w_u.row_stride},
			     .threads = 1};
}

bool has_kernel(const char *name)
{
	bool has;

	setenv("TK_KERNEL", name, 1);
	has = !strcmp(tk_kernel_name(), name);
	unsetenv("TK_KERNEL");
	return has;
}

/* What would be optimised away if nobody looked at it. */
static volatile uint64_t sink;

/* Sixteen sums, so that none waits for the one before. */
static void read_piece(void *context, size_t i)
{
	const struct scan *s = context;
	const size_t first = i * PIECE_SIZE;
	const size_t left = s->bytes.len - first;
	const size_t n = (left < PIECE_SIZE ? left : PIECE_SIZE) / 8;
	const uint64_t *p = (const void *)(s->bytes.ptr + first);
	uint64_t sum[16] = {0};

	for (size_t j = 0; j + 16 <= n; j += 16)
		for (size_t k = 0; k < 16; k++)
			sum[k] += p[j + k];
	for (size_t k = 1; k < 16; k++)
		sum[0] += sum[k];
	sink = sum[0];
}

double run_read(void *scan)
{
	const struct scan *s = scan;
	const size_t n = (s->bytes.len + PIECE_SIZE - 1) / PIECE_SIZE;
	double begin = now();

	pool_run(s->threads, n, read_piece, scan);
	return now() - begin;
}

static void multiply_block(void *context, size_t i)
{
	struct scan *s = context;
	const uint64_t first = i * BLOCK_ROWS;
	const uint64_t left = s->n_rows - first;
	const uint64_t n = left < BLOCK_ROWS ? left : BLOCK_ROWS;

	if (tk_keys(s->keys + first, s->o->model, s->h, first, n, NULL))
		s->failed = true;
}

void multiply(struct scan *s)
{
	pool_run(s->threads, (s->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS,
		 multiply_block, s);
}

double run_keys(void *scan)
{
	struct scan *s = scan;
	double begin, end;

	/* no other thread is at work now */
	if (s->kernel)
		setenv("TK_KERNEL", s->kernel, 1);
	memset(s->keys, 0, s->n_rows * sizeof(*s->keys));
	begin = now();
	multiply(s);
	end = now();
	unsetenv("TK_KERNEL");
	if (s->failed || memcmp(s->keys, s->right, s->n_rows * sizeof(float))) {
		fprintf(stderr, "bench: %s: other bits than plain C\n",
			s->kernel ? s->kernel : "tk_keys");
		return -1;
	}
	return end - begin;
}

/* The largest difference, by the largest key. */
static double worst_of(const struct scan *s)
{
	double worst = 0, largest = 0;

	for (uint64_t i = 0; i < s->n_rows; i++) {
		worst = fmax(worst, fabs((double)s->keys[i] -
					 (double)s->right[i]));
		largest = fmax(largest, fabs((double)s->right[i]));
	}
	return worst / largest;
}

double run_blas(void *scan)
{
	struct scan *s = scan;
	double begin, end;

	blas_set_threads(s->threads);
	begin = now();
	blas_multiply(s->keys, (const float *)(const void *)s->bytes.ptr,
		      s->n_rows, s->o->w_u.cols,
		      s->o->w_u.row_stride / sizeof(float), s->h);
	end = now();
	s->worst = fmax(s->worst, worst_of(s));
	if (!(s->worst < BLAS_TOLERANCE)) {
		fprintf(stderr, "bench: OpenBLAS has other keys\n");
		return -1;
	}
	return end - begin;
}

double run_ggml(void *scan)
{
	struct scan *s = scan;
	double answer[3];

	if (peer_ask(s->ggml, s->threads == 1 ? "1" : "2", answer, 3))
		return -1;
	s->worst = fmax(s->worst, answer[1]);
	s->common = answer[2];
	return answer[0];
}

static void save_hidden(const char *path, const float *h, size_t cols)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(h, sizeof(*h), cols, f) != cols || fclose(f)) {
		perror(path);
		exit(2);
	}
}

bool start_ggml(struct peer *p, const struct settings *s, const char *path,
		const char *type, const float *h, size_t cols)
{
	char program[PATH_SIZE], hidden[PATH_SIZE], model[PATH_SIZE], name[16];
	char *argv[] = {program, model, name, hidden, NULL};
	double answer[3];

	if (!s->ggml)
		return false;
	snprintf(program, PATH_SIZE, "%s/bench-ggml", s->bin);
	snprintf(hidden, PATH_SIZE, "%s/hidden.f32", s->dir);
	snprintf(model, PATH_SIZE, "%s", path);
	snprintf(name, sizeof(name), "%s", type);
	save_hidden(hidden, h, cols);
	/* the first answer comes when everything is in place */
	return !peer_start(p, argv) && !peer_ask(p, "1", answer, 3);
}
