/* SPDX-License-Identifier: MIT */
/*
 * predict.c - the buffers of a prediction, and its result
 */
#include "predict.h"

#include <math.h>
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
		cli_warn("--rank: %s", c.why.text);
		exit(status);
	}
	p->has_ranked = true;
}

/* A sketch that cannot be used is said, and done without. */
static void find_sketch(struct predictor *p)
{
	struct tk_error err;
	enum tk_status status;
	size_t size;

	if (p->request->scan_only || p->request->partial)
		return;
	status = tk_sketch_open(&p->sketch, p->model, &err);
	if (status && status != TK_E_NOT_FOUND)
		cli_warn("%s: %s; predicting without", p->request->path,
			 err.message);
	if (status)
		return;
	size = (tk_sketch_scratch(&p->sketch) + 63) & ~(size_t)63;
	p->sketch_scratch = aligned_alloc(64, size);
	if (!p->sketch_scratch)
		cli_die("out of memory (%zu bytes)", size);
}

static void alloc_buffers(struct predictor *p)
{
	const struct request *r = p->request;
	const size_t n_rows = p->rows.end - p->rows.first;
	const size_t per_block =
		p->k < TK_BLOCK_ROWS ? p->k : TK_BLOCK_ROWS;

	p->n_blocks = (n_rows + TK_BLOCK_ROWS - 1) / TK_BLOCK_ROWS;
	p->n_vectors = r->hidden ? TK_BATCH : 1;
	p->vectors = alloc(p->n_vectors * p->d, sizeof(*p->vectors));
	p->vector = p->vectors;
	p->scratch = alloc(p->d, sizeof(*p->scratch));
	p->all_keys = alloc(p->n_vectors * n_rows, sizeof(*p->all_keys));
	p->keys = p->all_keys;
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
	find_sketch(p);
}

void predictor_close(struct predictor *p)
{
	free(p->vectors);
	free(p->scratch);
	free(p->all_keys);
	free(p->blocks);
	free(p->n_block_best);
	free(p->best);
	free(p->left);
	free(p->sketch_scratch);
	free(p->result.lines);
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

/* What is said of the best but their probabilities. */
static void start_result(struct predictor *p)
{
	struct result *r = &p->result;

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
}

static bool needs_sums(const struct request *r)
{
	return r->temperature > 0 &&
	       (r->probs != PROBS_NONE || request_draws(r));
}

/* From the sketch, if that is enough for what is asked. */
static bool is_searched(const struct predictor *p)
{
	const struct request *r = p->request;

	return p->sketch_scratch && r->probs != PROBS_EXACT &&
	       !p->has_ranked && !request_draws(r);
}

static void finish_searched(struct predictor *p)
{
	const double temperature = p->request->temperature;
	struct result *r = &p->result;
	struct tk_interval z;

	if (r->probs == PROBS_NONE || !(temperature > 0)) {
		result_finish(r, NULL);
		return;
	}
	z = tk_sketch_log_normalizer(&p->sketch, p->sketch_scratch,
				     temperature);
	for (size_t i = 0; i < r->n; i++) {
		struct tk_interval prob = tk_sketch_prob(
			&p->sketch, z, r->lines[i].key, temperature);

		r->lines[i].bounds[0] = prob.lower;
		r->lines[i].bounds[1] = prob.upper;
	}
}

void predict_part(struct predictor *p)
{
	scan_rows(p, 1);
	scan_pick(p, 0, p->k, needs_sums(p->request));
}

void predict_start(struct predictor *p, size_t n)
{
	if (!is_searched(p))
		scan_rows(p, n);
}

void predict_result(struct predictor *p, size_t i)
{
	if (is_searched(p)) {
		scan_sketch(p, i, p->k);
		start_result(p);
		finish_searched(p);
		return;
	}
	scan_pick(p, i, p->k, needs_sums(p->request));
	scan_merge(p, p->k);
	start_result(p);
	result_finish(&p->result, &p->normalizer);
}

void predict_next(struct predictor *p)
{
	const bool sums = request_draws(p->request);

	if (p->sketch_scratch && !sums) {
		scan_sketch(p, 0, 1);
		return;
	}
	scan_rows(p, 1);
	scan_pick(p, 0, 1, sums);
	scan_merge(p, 1);
}
