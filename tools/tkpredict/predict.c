/* SPDX-License-Identifier: MIT */
/*
 * predict.c - ids or hidden vector -> keys, the best, the normaliser
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
	p->vector = alloc(p->d, sizeof(*p->vector));
	p->scratch = alloc(p->d, sizeof(*p->scratch));
	p->keys = alloc(p->n, sizeof(*p->keys));
	p->best = alloc(p->k, sizeof(*p->best));
}

void predictor_close(struct predictor *p)
{
	free(p->vector);
	free(p->scratch);
	free(p->keys);
	free(p->best);
}

/* ---- keys ---- */

/* The scan of W_U, cut into blocks for the threads. */
struct scan {
	struct predictor *p;
	pthread_mutex_t lock;
	size_t failed; /* lowest block that failed, SIZE_MAX: none */
	struct tk_error err;
};

static void scan_block(void *context, size_t block)
{
	struct scan *s = context;
	const size_t first = block * TK_BLOCK_ROWS;
	const size_t left = s->p->n - first;
	struct tk_error err;

	if (!tk_keys(s->p->keys + first, s->p->model, s->p->vector, first,
		     left < TK_BLOCK_ROWS ? left : TK_BLOCK_ROWS, &err))
		return;
	pthread_mutex_lock(&s->lock);
	if (block < s->failed) {
		s->failed = block;
		s->err = err;
	}
	pthread_mutex_unlock(&s->lock);
}

/* Fills in all keys from the vector, after the final norm. */
static void compute_keys(struct predictor *p)
{
	struct scan s = {.p = p, .failed = SIZE_MAX};
	struct tk_error err;

	if (!p->request->normalized &&
	    tk_final_norm(p->vector, p->model, &err))
		cli_die_error(p->request->path, &err);
	pthread_mutex_init(&s.lock, NULL);
	cli_parallel(p->request->threads,
		     p->n / TK_BLOCK_ROWS + (p->n % TK_BLOCK_ROWS != 0),
		     scan_block, &s);
	pthread_mutex_destroy(&s.lock);
	if (s.failed != SIZE_MAX)
		cli_die_error(p->request->path, &s.err);
}

static void choose(struct predictor *p, size_t k)
{
	p->n_best = tk_top_k(p->best, k, p->keys, p->n, 0);
	/* logit_scale can carry a finite key out of the range of float. */
	if (p->n_best && !isfinite(tk_logit(p->model, p->best[0].key)))
		cli_die("%s: the logit of id %u is not finite",
			p->request->path, p->best[0].id);
	/* A damaged token is found before half an answer is printed. */
	for (size_t i = 0; i < p->n_best; i++)
		output_token(p, p->best[i].id);
}

static void embed(struct predictor *p, const struct context *c)
{
	struct tk_error err;

	if (tk_context(p->vector, p->scratch, p->model, c->ids, c->n, &err))
		cli_die_error(p->request->path, &err);
}

void predict_from_vector(struct predictor *p)
{
	compute_keys(p);
	choose(p, p->k);
	if (p->request->temperature > 0)
		p->normalizer = tk_normalize(p->model, p->keys, p->n,
					      p->request->temperature);
}

void predict_from_ids(struct predictor *p, const struct context *c)
{
	embed(p, c);
	predict_from_vector(p);
}

void predict_more(struct predictor *p, struct context *c)
{
	for (uint64_t i = 0; i < p->request->generate; i++) {
		if (i) {
			embed(p, c);
			compute_keys(p);
			choose(p, 1);
		}
		if (!p->n_best || tk_tokenizer_is_end(p->model, p->best[0].id))
			return;
		context_append(c, p->best[0].id);
	}
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
