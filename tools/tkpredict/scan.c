/* SPDX-License-Identifier: MIT */
/*
 * scan.c - hidden vectors -> keys, sums and the best, by all rows of W_U or
 * by its sketch
 */
#include "predict.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

/* ---- keys, in blocks for the threads ---- */

struct scan {
	struct predictor *p;
	size_t n_vectors;
	size_t k; /* of each block */
	bool sums;
	pthread_mutex_t lock;
	size_t failed; /* lowest block that failed, SIZE_MAX: none */
	struct tk_error err;
};

/* The rows of a block: from *at on among ours. */
static size_t block_rows(const struct predictor *p, size_t block, size_t *at)
{
	const size_t left =
		p->rows.end - p->rows.first - block * TK_BLOCK_ROWS;

	*at = block * TK_BLOCK_ROWS;
	return left < TK_BLOCK_ROWS ? left : TK_BLOCK_ROWS;
}

static void note_failure(struct scan *s, size_t block,
			 const struct tk_error *err)
{
	pthread_mutex_lock(&s->lock);
	if (block < s->failed) {
		s->failed = block;
		s->err = *err;
	}
	pthread_mutex_unlock(&s->lock);
}

static void run(struct scan *s, void (*work)(void *context, size_t block))
{
	const struct request *r = s->p->request;

	s->failed = SIZE_MAX;
	pthread_mutex_init(&s->lock, NULL);
	cli_parallel(r->threads, s->p->n_blocks, work, s);
	pthread_mutex_destroy(&s->lock);
	if (s->failed != SIZE_MAX)
		cli_die_error(r->path, &s->err);
}

static void keys_of_block(void *context, size_t block)
{
	struct scan *s = context;
	struct predictor *p = s->p;
	struct tk_error err;
	size_t at, n = block_rows(p, block, &at);

	if (tk_keys_batch(p->all_keys + at, p->rows.end - p->rows.first,
			  p->model, p->vectors, s->n_vectors,
			  p->rows.first + at, n, &err))
		note_failure(s, block, &err);
}

/* The final norm of n vectors. */
static void norm_vectors(const struct predictor *p, size_t first, size_t n)
{
	struct tk_error err;

	for (size_t i = first; i < first + n && !p->request->normalized; i++)
		if (tk_final_norm(p->vectors + i * p->d, p->model, &err))
			cli_die_error(p->request->path, &err);
}

void scan_rows(struct predictor *p, size_t n)
{
	struct scan s = {.p = p, .n_vectors = n};

	norm_vectors(p, 0, n);
	run(&s, keys_of_block);
}

/* ---- one vector's keys -> sums and the best ---- */

static void reduce_block(void *context, size_t block)
{
	struct scan *s = context;
	struct predictor *p = s->p;
	struct tk_error err;
	size_t at, n = block_rows(p, block, &at);
	const size_t first = p->rows.first + at;

	if (s->sums &&
	    tk_block_sums(p->blocks + block, p->model, p->keys + at, first, n,
			  p->request->temperature, &err))
		note_failure(s, block, &err);
	p->n_block_best[block] = tk_top_k(p->best + block * s->k, s->k,
					  p->keys + at, n, (uint32_t)first);
}

/* The blocks' lists of the best, one behind the other without gaps. */
static void join_blocks(struct predictor *p, size_t k, bool sums)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_blocks; i++) {
		memmove(p->best + n, p->best + i * k,
			p->n_block_best[i] * sizeof(*p->best));
		n += p->n_block_best[i];
	}
	p->partial = (struct tk_partial){.blocks = p->blocks,
					 .n_blocks = sums ? p->n_blocks : 0,
					 .best = p->best,
					 .n_best = n};
}

/* The key of the token of --rank, and how many of the rows are better. */
static void rank_one(struct predictor *p)
{
	struct tk_error err;

	if (tk_keys(&p->ranked.key, p->model, p->vector, p->ranked.id, 1,
		    &err))
		cli_die_error(p->request->path, &err);
	p->n_better = tk_n_better(p->ranked, p->keys,
				  p->rows.end - p->rows.first,
				  (uint32_t)p->rows.first);
}

void scan_pick(struct predictor *p, size_t i, size_t k, bool sums)
{
	const size_t n_rows = p->rows.end - p->rows.first;
	struct scan s = {.p = p,
			 .k = k < TK_BLOCK_ROWS ? k : TK_BLOCK_ROWS,
			 .sums = sums};

	p->vector = p->vectors + i * p->d;
	p->keys = p->all_keys + i * n_rows;
	run(&s, reduce_block);
	join_blocks(p, s.k, sums);
	if (p->has_ranked)
		rank_one(p);
	p->work = (struct work){
		.rows_scanned = n_rows,
		.bytes_read = n_rows * tk_model_w_u(p->model).row_stride};
}

static void check_best(const struct predictor *p)
{
	if (p->partial.n_best)
		result_check_logit(p->request->path, p->partial.best[0].id,
				   tk_logit(p->model, p->partial.best[0].key));
}

void scan_merge(struct predictor *p, size_t k)
{
	struct tk_error err;

	if (tk_merge(&p->normalizer, &p->partial, k, p->request->temperature,
		     &err))
		cli_die_error(p->request->path, &err);
	check_best(p);
}

/* ---- the sketch ---- */

void scan_sketch(struct predictor *p, size_t i, size_t k)
{
	size_t threads = p->request->threads;
	const struct tk_parallel parallel = {cli_pool, &threads};
	struct tk_scan_stats stats;
	struct tk_error err;
	size_t n;

	norm_vectors(p, i, 1);
	p->vector = p->vectors + i * p->d;
	if (tk_sketch_top_k(p->best, &n, k, &p->sketch, p->vector,
			    p->sketch_scratch, &parallel, &stats, &err))
		cli_die_error(p->request->path, &err);
	p->partial = (struct tk_partial){.best = p->best, .n_best = n};
	p->work = (struct work){.rows_scanned = stats.rows_scanned,
				.rows_rescored = stats.rows_rescored,
				.bytes_read = stats.bytes_read};
	check_best(p);
}
