/* SPDX-License-Identifier: MIT */
/*
 * logits.c - full logits of a model, beside what reading its matrix costs
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bench.h"
#include "blas.h"
#include "measure.h"
#include "pool.h"
#include "process.h"

#define BLOCK_ROWS 1024
#define TOP_K 10
#define CHUNK_SIZE 65536
#define PIECE_SIZE (1 << 20)
#define GGML_REST_MS 5
#define BLAS_REST_MS 40 /* its threads spin for some 25 ms */

struct scan {
	struct opened o;
	struct tk_bytes bytes; /* of the matrix */
	size_t threads;
	uint64_t n_rows;
	const float *h;
	float *keys;
	struct peer *ggml;
	const struct tk_sketch *sketch; /* or NULL */
	void *scratch;
	struct tk_scan_stats *stats;
	atomic_bool failed;
};

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

static double run_read(void *context)
{
	const struct scan *s = context;
	const size_t n = (s->bytes.len + PIECE_SIZE - 1) / PIECE_SIZE;
	double begin = now();

	pool_run(s->threads, n, read_piece, context);
	return now() - begin;
}

static void hash_piece(void *context, size_t i)
{
	const struct scan *s = context;
	const size_t first = i * PIECE_SIZE;
	const size_t left = s->bytes.len - first;
	const size_t end = first + (left < PIECE_SIZE ? left : PIECE_SIZE);

	for (size_t at = first; at < end; at += CHUNK_SIZE) {
		size_t n = end - at < CHUNK_SIZE ? end - at : CHUNK_SIZE;

		sink = XXH3_128bits(s->bytes.ptr + at, n).low64;
	}
}

static double run_hash(void *context)
{
	const struct scan *s = context;
	const size_t n = (s->bytes.len + PIECE_SIZE - 1) / PIECE_SIZE;
	double begin = now();

	pool_run(s->threads, n, hash_piece, context);
	return now() - begin;
}

/* The library's own check of the matrix; it has one thread. */
static double run_verify(void *context)
{
	const struct scan *s = context;
	size_t i = tk_container_find(s->o.file, TK_KIND_W_U);
	double begin = now();

	if (i == TK_NO_SECTION)
		i = tk_container_find(s->o.file, TK_KIND_W_E);
	if (tk_container_verify(s->o.file, i, NULL))
		return -1;
	return now() - begin;
}

static void multiply_block(void *context, size_t i)
{
	struct scan *s = context;
	const uint64_t first = i * BLOCK_ROWS;
	const uint64_t left = s->n_rows - first;
	const uint64_t n = left < BLOCK_ROWS ? left : BLOCK_ROWS;

	if (tk_keys(s->keys + first, s->o.model, s->h, first, n, NULL))
		s->failed = true;
}

static double run_logits(void *context)
{
	struct scan *s = context;
	const size_t n = (s->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
	double begin = now();

	pool_run(s->threads, n, multiply_block, context);
	return s->failed ? -1 : now() - begin;
}

static void run_on_pool(void *pool, size_t n,
			void (*work)(void *context, size_t i), void *context)
{
	const struct scan *s = pool;

	pool_run(s->threads, n, work, context);
}

/* The k best of run_logits(), with the same bits. */
static double run_sketch(void *context)
{
	const struct scan *s = context;
	const struct tk_parallel parallel = {run_on_pool, context};
	struct tk_candidate best[TOP_K];
	double begin = now();
	size_t n;

	if (tk_sketch_top_k(best, &n, TOP_K, s->sketch, s->h, s->scratch,
			    &parallel, s->stats, NULL))
		return -1;
	return now() - begin;
}

static double run_blas(void *context)
{
	const struct scan *s = context;
	double begin;

	blas_set_threads(s->threads);
	begin = now();
	blas_multiply(s->keys, (const float *)(const void *)s->bytes.ptr,
		      s->n_rows, s->o.w_u.cols, s->h);
	return now() - begin;
}

static double run_ggml(void *context)
{
	const struct scan *s = context;

	return peer_ask(s->ggml, s->threads == 1 ? "1" : "2");
}

static bool start_ggml(struct peer *p, const struct settings *s,
		       const char *path)
{
	char *argv[] = {(char *)(uintptr_t)s->ggml, (char *)(uintptr_t)path,
			NULL};

	if (!s->ggml || peer_start(p, argv))
		return false;
	/* the first answer comes when the matrix is in its memory */
	return peer_ask(p, "1") >= 0;
}

/* The cases of one number of threads; 's' has it. */
static void add_cases(struct group *g, struct scan *s)
{
	const double bytes = (double)s->bytes.len;
	char name[48];
	int read, i;

	snprintf(name, sizeof(name), "read, %zu", s->threads);
	read = add_case(g, name, run_read, s, bytes, NO_CASE);
	snprintf(name, sizeof(name), "XXH3-128 of 64 KiB, %zu", s->threads);
	add_case(g, name, run_hash, s, bytes, read);
	if (s->threads == 1)
		add_case(g, "tk_container_verify, 1", run_verify, s, bytes,
			 read);
	snprintf(name, sizeof(name), "**tk_keys, %zu**", s->threads);
	add_case(g, name, run_logits, s, bytes, read);
	if (s->sketch) {
		snprintf(name, sizeof(name), "**exact top %d by sketch, %zu**",
			 TOP_K, s->threads);
		add_case(g, name, run_sketch, s, 0, read);
	}
	if (s->ggml) {
		snprintf(name, sizeof(name), "ggml mul_mat, %zu", s->threads);
		i = add_case(g, name, run_ggml, s, bytes, read);
		g->cases[i].rest_ms = GGML_REST_MS;
	}
	if (blas_name() && s->o.w_u.dtype == TK_F32) {
		snprintf(name, sizeof(name), "OpenBLAS sgemv, %zu", s->threads);
		i = add_case(g, name, run_blas, s, bytes, read);
		g->cases[i].rest_ms = BLAS_REST_MS;
	}
}

static void measure_scans(struct scan *s, const char *path, size_t rounds)
{
	static struct group g;
	static struct scan scans[MAX_THREADS];
	const char *name = strrchr(path, '/');
	char title[160];

	snprintf(
		title, sizeof(title), "Logits, %s: %s, %llu x %llu, %.0f MB",
		name ? name + 1 : path, tk_dtype_name((uint16_t)s->o.w_u.dtype),
		(unsigned long long)s->n_rows,
		(unsigned long long)s->o.w_u.cols, 1e-6 * (double)s->bytes.len);
	g = (struct group){.title = title, .ratio = "of read, same threads"};
	for (size_t i = 0; i < MAX_THREADS; i++) {
		scans[i] = *s;
		scans[i].threads = i + 1;
		add_cases(&g, &scans[i]);
	}
	for (size_t i = 0; i < g.n; i++)
		g.cases[i].twice = true;
	measure(&g, rounds);
	if (s->sketch)
		printf("\nThe search read %.1f MB: planes %d, %llu rows of the "
		       "matrix.\n",
		       1e-6 * (double)s->stats->bytes_read, (int)s->stats->scan,
		       (unsigned long long)s->stats->rows_rescored);
}

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "bench: out of memory\n");
		exit(2);
	}
	return memory;
}

/* What follows the token in the middle, or, without W_E, a random vector. */
static void make_hidden(float *h, float *scratch, const struct opened *o,
			bool generated)
{
	const uint32_t id = (uint32_t)tk_model_n_predictable(o->model) / 2;

	if (generated || tk_context(h, scratch, o->model, &id, 1, NULL) ||
	    tk_final_norm(h, o->model, NULL))
		gaussian(h, o->w_u.cols, 1);
}

void bench_logits(const struct settings *s, const char *path, size_t rounds)
{
	struct scan scan = {.o = open_model(path)};
	const struct tk_matrix w = scan.o.w_u;
	float *h = must(calloc(2 * w.cols, sizeof(*h)));
	struct tk_scan_stats stats = {0};
	struct tk_sketch sketch;
	struct peer ggml;

	scan.n_rows = tk_model_n_predictable(scan.o.model);
	scan.bytes = (struct tk_bytes){w.data, scan.n_rows * w.row_stride};
	scan.keys = must(calloc(scan.n_rows, sizeof(*scan.keys)));
	make_hidden(h, h + w.cols, &scan.o, path != s->matrix);
	scan.h = h;
	scan.stats = &stats;
	if (!tk_sketch_open(&sketch, scan.o.model, NULL)) {
		scan.sketch = &sketch;
		scan.scratch =
			must(aligned_alloc(64, tk_sketch_scratch(&sketch)));
	}
	if (start_ggml(&ggml, s, path))
		scan.ggml = &ggml;
	measure_scans(&scan, path, rounds);
	if (scan.ggml)
		peer_end(&ggml);
	free(scan.scratch);
	free(scan.keys);
	free(h);
	close_model(&scan.o);
}
