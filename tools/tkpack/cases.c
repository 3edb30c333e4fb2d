/* SPDX-License-Identifier: MIT */
/*
 * cases.c - the self-test of what is packed
 *
 * Its inputs are drawn by a generator whose seed never changes, so the same
 * model gets the same self-test: contexts and hidden vectors in turn.  The
 * tables are read once more, before they are written.
 */
#include "cases.h"

#include <stdlib.h>

#define SEED UINT64_C(0x73656c6674657374) /* "selftest" */
#define MOST_IDS 16  /* of a context */
#define TRIES 64     /* draws for a token that people write */

/* ---- what goes in ---- */

/* The inputs, and the memory that they borrow. */
struct cases {
	struct tk_selftest_input *inputs; /* [n] */
	size_t n;
	uint32_t *ids;	/* [n, n_ids] */
	size_t n_ids;
	float *vectors; /* [n, d] */
};

/* Where W_U comes from: w_e if it is tied. */
static const struct conversion *find_w_u(const struct pack *p)
{
	return pack_find(p, p->source->hparams.tied ? TK_KIND_W_E
						    : TK_KIND_W_U);
}

/* Tokens can be embedded, and dotted with W_U. */
static bool has_contexts(const struct pack *p)
{
	const struct conversion *e = pack_find(p, TK_KIND_W_E);

	return e && e->table->cols == find_w_u(p)->table->cols;
}

/* As many as the mix has weights for; without one the last id is all. */
static size_t context_length(const struct pack *p)
{
	const struct conversion *mix = pack_find(p, TK_KIND_MIX);

	if (!mix)
		return 1;
	return mix->table->rows < MOST_IDS ? (size_t)mix->table->rows
					   : MOST_IDS;
}

static bool is_written(const struct source *s, uint32_t id)
{
	return tokens_has(s, id) &&
	       (!s->tokens.has_kinds || s->tokens.kind[id] == TK_TOKEN_NORMAL);
}

static uint32_t draw_id(const struct pack *p, struct tk_rng *rng)
{
	const struct source *s = p->source;
	uint64_t rows = pack_find(p, TK_KIND_W_E)->table->rows;
	uint32_t n = rows < s->tokens.n ? (uint32_t)rows : s->tokens.n;
	uint32_t id = 0;

	for (int i = 0; i < TRIES; i++) {
		id = (uint32_t)((tk_rng_next(rng) >> 32) * n >> 32);
		if (is_written(s, id))
			break;
	}
	return id;
}

/* From -1 up to 1, in steps of 2^-23. */
static float draw_element(struct tk_rng *rng)
{
	int32_t x = (int32_t)(tk_rng_next(rng) >> 40) - (1 << 23);

	return (float)x / (float)(1 << 23);
}

static void draw(struct cases *c, const struct pack *p, bool contexts)
{
	const size_t d = (size_t)find_w_u(p)->table->cols;
	struct tk_rng rng;

	tk_rng_seed(&rng, SEED);
	for (size_t i = 0; i < c->n; i++) {
		uint32_t *ids = c->ids + i * c->n_ids;
		float *vector = c->vectors + i * d;

		c->inputs[i] = (struct tk_selftest_input){.hidden = vector};
		if (contexts && i % 2 == 0) {
			for (size_t j = 0; j < c->n_ids; j++)
				ids[j] = draw_id(p, &rng);
			c->inputs[i].ids = ids;
			c->inputs[i].n_ids = c->n_ids;
			continue;
		}
		for (size_t j = 0; j < d; j++)
			vector[j] = draw_element(&rng);
	}
}

static bool cases_new(struct cases *c, const struct pack *p)
{
	const size_t d = (size_t)find_w_u(p)->table->cols;

	c->n = p->self_test;
	c->n_ids = context_length(p);
	c->inputs = calloc(c->n, sizeof(*c->inputs));
	c->ids = calloc(c->n * c->n_ids, sizeof(*c->ids));
	c->vectors = calloc(c->n * d, sizeof(*c->vectors));
	return c->inputs && c->ids && c->vectors;
}

static void cases_free(struct cases *c)
{
	free(c->inputs);
	free(c->ids);
	free(c->vectors);
}

/* ---- what the model will be ---- */

/* The readers of all tables, by their place in the pack. */
struct readers {
	struct conversion_rows *rows[N_TABLES];
};

static int open_readers(struct readers *r, struct pack *p)
{
	for (size_t i = 0; i < p->n_tables; i++) {
		bool is_large = p->kinds[i] >= TK_KIND_W_E;

		r->rows[i] = conversion_rows_new(p->source, &p->tables[i],
						 is_large ? p->progress
							  : NULL);
		if (!r->rows[i])
			return -1;
	}
	return 0;
}

static void close_readers(struct readers *r)
{
	for (size_t i = 0; i < N_TABLES; i++)
		conversion_rows_free(r->rows[i]);
}

static struct tk_row_source rows_of(const struct pack *p,
				    const struct readers *r, uint32_t kind)
{
	struct tk_row_source rows = {.read = conversion_rows_read};

	for (size_t i = 0; i < p->n_tables; i++) {
		if (p->kinds[i] != kind)
			continue;
		rows.rows = p->tables[i].table->rows;
		rows.cols = p->tables[i].table->cols;
		rows.dtype = p->tables[i].dtype;
		rows.context = r->rows[i];
	}
	return rows;
}

static struct tk_selftest_source model_of(const struct pack *p,
					  const struct readers *r)
{
	const struct source *s = p->source;

	return (struct tk_selftest_source){
		.hparams = s->hparams,
		.n_tokens = s->tokens.n,
		.w_e = rows_of(p, r, TK_KIND_W_E),
		.w_u = rows_of(p, r,
			       s->hparams.tied ? TK_KIND_W_E : TK_KIND_W_U),
		.b_u = rows_of(p, r, TK_KIND_B_U),
		.mix = rows_of(p, r, TK_KIND_MIX),
		.embed_norm_weight = rows_of(p, r, TK_KIND_EMBED_NORM_WEIGHT),
		.embed_norm_bias = rows_of(p, r, TK_KIND_EMBED_NORM_BIAS),
		.final_norm_weight = rows_of(p, r, TK_KIND_FINAL_NORM_WEIGHT),
		.final_norm_bias = rows_of(p, r, TK_KIND_FINAL_NORM_BIAS),
	};
}

/* ---- the section ---- */

int cases_plan(struct pack *p)
{
	const struct conversion *u = find_w_u(p);
	const struct conversion *e = pack_find(p, TK_KIND_W_E);

	if (!p->self_test)
		return 0;
	if (!u)
		return source_fail(p->source,
				   "--self-test: there is no W_U, so nothing "
				   "can be predicted; pack with --tie or "
				   "--unembed NAME|FILE.npy");
	p->bytes += u->table->rows * tk_row_stride(u->dtype, u->table->cols);
	if (has_contexts(p))
		p->bytes += e->table->rows *
			    tk_row_stride(e->dtype, e->table->cols);
	return 0;
}

/* Where an embedding is not finite, vectors still may have an answer. */
static enum tk_status try_both(struct cases *c, struct pack *p,
			       struct tk_writer *w, const struct readers *r,
			       struct tk_error *err)
{
	const struct tk_selftest_source model = model_of(p, r);
	const bool contexts = has_contexts(p);
	enum tk_status status;

	draw(c, p, contexts);
	status = tk_selftest_write(w, &model, c->inputs, c->n, CASES_BEST,
				   err);
	if (status != TK_E_VALUE || !contexts)
		return status;
	draw(c, p, false);
	return tk_selftest_write(w, &model, c->inputs, c->n, CASES_BEST, err);
}

int cases_add(struct pack *p, struct tk_writer *w, struct tk_error *err)
{
	struct readers r = {0};
	struct cases c = {0};
	enum tk_status status = TK_E_MEMORY;
	int failed = -1;

	if (!p->self_test)
		return 0;
	if (!cases_new(&c, p))
		source_record(p->source, "out of memory");
	else if (!open_readers(&r, p)) {
		status = try_both(&c, p, w, &r, err);
		failed = status ? -1 : 0;
	}
	/* What a reader has to say is in the source already. */
	if (status == TK_E_VALUE || status == TK_E_LIMIT)
		source_record(p->source, "--self-test: %s", err->message);
	close_readers(&r);
	cases_free(&c);
	return failed;
}
