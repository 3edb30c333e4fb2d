/* SPDX-License-Identifier: MIT */
/*
 * predict.c - ids or hidden vector -> keys -> a result
 */
#include "predict.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- buffers ---- */

static void *alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		cli_die("out of memory (%zu x %zu bytes)", n, size);
	return p;
}

static void check_can_predict(const struct predictor *p)
{
	const char *path = p->request->path;
	struct tk_error err;

	if (!tk_can_predict(p->model, &err))
		return;
	if (!tk_model_w_u(p->model).data)
		cli_die("%s: has no W_U, so it cannot predict; pack it again "
			"with --tie (W_U is W_E) or --unembed NAME|FILE.npy",
			path);
	cli_die_error(path, &err);
}

/* A context needs W_E; a vector does not. */
static void check_can_embed(const struct predictor *p)
{
	const struct tk_matrix w_e = tk_model_w_e(p->model);
	const char *path = p->request->path;

	if (!w_e.data)
		cli_die("%s: has no W_E, so words and ids lead nowhere; give "
			"a vector with --hidden, or pack it again with --embed",
			path);
	if (w_e.cols != p->d)
		cli_die("%s: W_E has %llu columns and W_U %zu; only --hidden "
			"works",
			path, (unsigned long long)w_e.cols, p->d);
}

/* The rows of shard i of n: blocks are never cut. */
static struct range shard_rows(uint64_t i, uint64_t n, size_t rows)
{
	const uint64_t blocks = (rows + TK_BLOCK_ROWS - 1) / TK_BLOCK_ROWS;
	const uint64_t first = blocks * (i - 1) / n * TK_BLOCK_ROWS;
	const uint64_t end = blocks * i / n * TK_BLOCK_ROWS;

	return (struct range){(size_t)first,
			      end < rows ? (size_t)end : rows};
}

/* The token of --rank. */
static void find_ranked(struct predictor *p)
{
	struct context c = {0};
	const char *word = p->request->rank;
	int status = context_find(
		&c, &p->ranked.id, p->model,
		(struct tk_bytes){(const uint8_t *)word, strlen(word)});

	if (status != EXIT_YES) {
		cli_warn("--rank: %s", c.message);
		exit(status);
	}
	p->has_ranked = true;
}

static void alloc_buffers(struct predictor *p)
{
	const struct request *r = p->request;
	const size_t n_rows = p->rows.end - p->rows.first;
	const size_t per_block =
		p->k < TK_BLOCK_ROWS ? p->k : TK_BLOCK_ROWS;

	p->n_blocks = (n_rows + TK_BLOCK_ROWS - 1) / TK_BLOCK_ROWS;
	p->vector = alloc(p->d, sizeof(*p->vector));
	p->scratch = alloc(p->d, sizeof(*p->scratch));
	p->keys = alloc(n_rows, sizeof(*p->keys));
	p->blocks = alloc(p->n_blocks, sizeof(*p->blocks));
	p->n_block_best = alloc(p->n_blocks, sizeof(*p->n_block_best));
	p->best = alloc(p->n_blocks * per_block, sizeof(*p->best));
	p->result.lines = alloc(p->k, sizeof(*p->result.lines));
	if (r->sample)
		p->left = alloc(p->n, sizeof(*p->left));
}

void predictor_open(struct predictor *p, const struct request *r,
		    const struct tk_model *m)
{
	memset(p, 0, sizeof(*p));
	p->request = r;
	p->model = m;
	check_can_predict(p);
	p->d = (size_t)tk_model_w_u(m).cols;
	if (!r->hidden)
		check_can_embed(p);
	p->n = (size_t)tk_model_n_predictable(m);
	p->k = r->top < p->n ? (size_t)r->top : p->n;
	p->rows = shard_rows(r->shard, r->n_shards, p->n);
	if (r->rank)
		find_ranked(p);
	alloc_buffers(p);
}

void predictor_close(struct predictor *p)
{
	free(p->vector);
	free(p->scratch);
	free(p->keys);
	free(p->blocks);
	free(p->n_block_best);
	free(p->best);
	free(p->left);
	free(p->result.lines);
}

/* ---- the scan of W_U, cut into blocks for the threads ---- */

struct scan {
	struct predictor *p;
	size_t k; /* of each block */
	bool sums;
	pthread_mutex_t lock;
	size_t failed; /* lowest block that failed, SIZE_MAX: none */
	struct tk_error err;
};

static void scan_block(void *context, size_t block)
{
	struct scan *s = context;
	struct predictor *p = s->p;
	const size_t at = block * TK_BLOCK_ROWS;
	const size_t first = p->rows.first + at;
	const size_t left = p->rows.end - first;
	const size_t n = left < TK_BLOCK_ROWS ? left : TK_BLOCK_ROWS;
	struct tk_error err;

	if (tk_keys(p->keys + at, p->model, p->vector, first, n, &err) ||
	    (s->sums &&
	     tk_block_sums(p->blocks + block, p->model, p->keys + at, first,
			   n, p->request->temperature, &err))) {
		pthread_mutex_lock(&s->lock);
		if (block < s->failed) {
			s->failed = block;
			s->err = err;
		}
		pthread_mutex_unlock(&s->lock);
		return;
	}
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

void predict_scan(struct predictor *p, size_t k, bool sums)
{
	struct scan s = {.p = p, .sums = sums, .failed = SIZE_MAX};
	const uint64_t n_rows = p->rows.end - p->rows.first;
	struct tk_error err;

	s.k = k < TK_BLOCK_ROWS ? k : TK_BLOCK_ROWS;
	if (!p->request->normalized &&
	    tk_final_norm(p->vector, p->model, &err))
		cli_die_error(p->request->path, &err);
	pthread_mutex_init(&s.lock, NULL);
	cli_parallel(p->request->threads, p->n_blocks, scan_block, &s);
	pthread_mutex_destroy(&s.lock);
	if (s.failed != SIZE_MAX)
		cli_die_error(p->request->path, &s.err);
	join_blocks(p, s.k, sums);
	if (p->has_ranked)
		rank_one(p);
	p->work = (struct work){
		.rows_scanned = n_rows,
		.bytes_read = n_rows * tk_model_w_u(p->model).row_stride};
}

void predict_merge(struct predictor *p, size_t k)
{
	struct tk_error err;

	if (tk_merge(&p->normalizer, &p->partial, k, p->request->temperature,
		     &err))
		cli_die_error(p->request->path, &err);
	/* logit_scale can carry a finite key out of the range of float. */
	if (p->partial.n_best &&
	    !isfinite(tk_logit(p->model, p->partial.best[0].key)))
		cli_die("%s: the logit of id %u is not finite",
			p->request->path, p->partial.best[0].id);
}

void predict_embed(struct predictor *p, const struct context *c)
{
	struct tk_error err;

	if (tk_context(p->vector, p->scratch, p->model, c->ids, c->n, &err))
		cli_die_error(p->request->path, &err);
}

/* ---- the result ---- */

struct tk_bytes predict_token(const struct predictor *p, uint32_t id)
{
	struct tk_bytes token;
	struct tk_error err;

	if (tk_model_token(&token, p->model, id, &err))
		cli_die_error(p->request->path, &err);
	return token;
}

struct line predict_line(const struct predictor *p, struct tk_candidate c,
			 uint64_t rank)
{
	return (struct line){.rank = rank,
			     .id = c.id,
			     .token = predict_token(p, c.id),
			     .key = c.key,
			     .logit = tk_logit(p->model, c.key)};
}

void predict_part(struct predictor *p)
{
	const struct request *r = p->request;

	predict_scan(p, p->k,
		     r->temperature > 0 &&
			     (r->probs != PROBS_NONE || r->sample));
}

void predict_from_vector(struct predictor *p)
{
	struct result *r = &p->result;

	predict_part(p);
	predict_merge(p, p->k);
	r->temperature = p->request->temperature;
	r->probs = p->request->probs;
	r->work = p->work;
	r->n = p->partial.n_best;
	for (size_t i = 0; i < r->n; i++)
		r->lines[i] = predict_line(p, p->partial.best[i], i + 1);
	r->has_ranked = p->has_ranked;
	if (r->has_ranked)
		r->ranked = predict_line(
			p, p->ranked,
			p->ranked.key > -INFINITY ? p->n_better + 1 : 0);
	result_finish(r, &p->normalizer);
}

/* ---- the note ---- */

static void add(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + len, size - len, format, ap);
	va_end(ap);
}

/* How many tokens a context mix looks at, of 'n_ids' (0: not known yet). */
static uint64_t mix_length(const struct tk_model *m, size_t n_ids)
{
	const uint64_t n_ctx = tk_model_hparams(m).n_ctx;
	uint64_t n = tk_model_matrix(m, TK_KIND_MIX).rows;

	if (n_ctx && n_ctx < n)
		n = n_ctx;
	return n_ids && n_ids < n ? n_ids : n;
}

static void add_view(char *text, size_t size, const struct predictor *p,
		     enum view view, size_t n_ids)
{
	if (view == VIEW_HIDDEN) {
		add(text, size, "hidden vector from the caller");
		return;
	}
	if (view == VIEW_TEXT)
		add(text, size, "text split at white space; ");
	if (tk_has_mix(p->model))
		add(text, size, "context mix over the last %llu tokens",
		    (unsigned long long)mix_length(p->model, n_ids));
	else
		add(text, size, "zero-layer view: the last token's embedding "
				"goes straight to W_U (bigram-like)");
}

static void add_norm(char *text, size_t size, const struct predictor *p,
		     enum view view)
{
	static const char *const names[] = {
		[TK_NORM_NONE] = "", [TK_NORM_LAYER] = "layernorm",
		[TK_NORM_RMS] = "rmsnorm"};
	enum tk_norm norm = tk_model_hparams(p->model).final_norm;

	if (p->request->normalized)
		add(text, size, "; declared normalised: no final norm applied");
	else if (norm != TK_NORM_NONE)
		add(text, size, "; final norm (%s) applied", names[norm]);
	else if (view == VIEW_HIDDEN)
		add(text, size, "; no final norm in this file");
}

void predict_note(const struct predictor *p, enum view view, size_t n_ids)
{
	const struct tk_hparams hp = tk_model_hparams(p->model);
	char text[400] = "";

	add_view(text, sizeof(text), p, view, n_ids);
	add_norm(text, sizeof(text), p, view);
	if (view != VIEW_HIDDEN && hp.embed_scale != 1)
		add(text, sizeof(text), "; embed_scale %g",
		    (double)hp.embed_scale);
	if (hp.logit_scale != 1)
		add(text, sizeof(text), "; logit_scale %g",
		    (double)hp.logit_scale);
	if (hp.logit_softcap != 0)
		add(text, sizeof(text), "; logit_softcap %g",
		    (double)hp.logit_softcap);
	cli_warn("%s", text);
}
