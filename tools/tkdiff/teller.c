/* SPDX-License-Identifier: MIT */
/*
 * teller.c - what one model says to some contexts
 */
#include "teller.h"

#include <stdlib.h>

#include "cli.h"

static void check_model(const struct side *s)
{
	const struct tk_matrix w_e = tk_model_w_e(s->model);
	const struct tk_matrix w_u = tk_model_w_u(s->model);
	struct tk_error err;

	if (tk_is_archive(s->file))
		cli_die("%s: is an archive, and --predict reads all of W_U "
			"again and again; expand it first: tkpack --expand "
			"FILE -o OUT.tk",
			s->path);
	if (!w_u.data || !w_e.data)
		cli_die("%s: has no %s, so it predicts nothing from tokens; "
			"compare without --predict",
			s->path, w_u.data ? "W_E" : "W_U");
	if (tk_can_predict(s->model, &err))
		cli_die_error(s->path, &err);
	if (w_e.cols != w_u.cols)
		cli_die("%s: W_E has %llu columns and W_U %llu, so it predicts "
			"nothing from tokens; compare without --predict",
			s->path, (unsigned long long)w_e.cols,
			(unsigned long long)w_u.cols);
}

/* What is read as a whole; of a W_E of its own, single rows are. */
static void verify_sections(const struct side *s)
{
	const bool tied = tk_model_hparams(s->model).tied;

	for (uint32_t kind = TK_KIND_EMBED_NORM_WEIGHT; kind <= TK_KIND_W_U;
	     kind++)
		side_verify(s, kind, kind != TK_KIND_W_E || tied);
}

void teller_check(const struct side *side)
{
	check_model(side);
	verify_sections(side);
}

void teller_open(struct teller *t, const struct side *side)
{
	*t = (struct teller){
		.side = side,
		.d = (size_t)tk_model_w_u(side->model).cols,
		.n = (size_t)tk_model_n_predictable(side->model)};
	pthread_mutex_init(&t->lock, NULL);
}

void teller_allocate(struct teller *t, size_t length, size_t batch)
{
	t->ids = zeros(length, sizeof(*t->ids));
	t->vectors = zeros((uint64_t)batch * t->d, sizeof(*t->vectors));
	t->scratch = zeros(t->d, sizeof(*t->scratch));
	t->keys = zeros((uint64_t)batch * t->n, sizeof(*t->keys));
}

void teller_close(struct teller *t)
{
	pthread_mutex_destroy(&t->lock);
	free(t->ids);
	free(t->vectors);
	free(t->scratch);
	free(t->keys);
}

void teller_embed(struct teller *t, size_t i, size_t length)
{
	const struct tk_model *m = t->side->model;
	float *h = t->vectors + i * t->d;
	struct tk_error err;
	enum tk_status status = TK_OK;

	for (size_t k = 0; k < length && !status; k++)
		status = tk_model_verify_row(m, TK_KIND_W_E, t->ids[k], &err);
	if (!status)
		status = tk_context(h, t->scratch, m, t->ids, length, &err);
	if (!status)
		status = tk_final_norm(h, m, &err);
	if (status)
		cli_die_error(t->side->path, &err);
}

struct asking {
	struct teller *t;
	size_t n_vectors;
};

static void ask_block(void *context, size_t block)
{
	const struct asking *q = context;
	struct teller *t = q->t;
	const size_t first = block * TK_BLOCK_ROWS, left = t->n - first;
	struct tk_error err;

	if (!tk_keys_batch(t->keys + first, t->n, t->side->model, t->vectors,
			   q->n_vectors, first,
			   left < TK_BLOCK_ROWS ? left : TK_BLOCK_ROWS, &err))
		return;
	pthread_mutex_lock(&t->lock);
	if (block < t->failed) {
		t->failed = block;
		t->err = err;
	}
	pthread_mutex_unlock(&t->lock);
}

void teller_ask(struct teller *t, size_t n_vectors, size_t threads)
{
	struct asking q = {t, n_vectors};

	t->failed = SIZE_MAX;
	cli_parallel(threads, (t->n + TK_BLOCK_ROWS - 1) / TK_BLOCK_ROWS,
		     ask_block, &q);
	if (t->failed != SIZE_MAX)
		cli_die_error(t->side->path, &t->err);
}
