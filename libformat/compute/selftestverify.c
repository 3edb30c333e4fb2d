/* SPDX-License-Identifier: MIT */
/*
 * selftestverify.c - does a self-test come out as the file says?
 *
 * Cases are taken in groups, whose hidden vectors fit into 16 MiB; W_U is read
 * once for each, in slices that threads share out.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/chain.h"
#include "compute/expsum.h"
#include "compute/selftest.h"
#include "container/layout.h"

#define GROUP_FLOATS (4 << 20)	/* of its hidden vectors */
#define GROUP_BEST (1 << 16)	/* candidates of all its cases */
#define SLICES 16
#define SLICE_ROWS 1024		/* at least */

struct group {
	const struct tk_selftest *s;
	const struct tk_model *m;
	struct tk_chain chain;
	size_t n; /* cases in it */
	uint32_t number; /* of the first */
	struct tk_selftest_case *cases; /* [n] */
	size_t *pos;			/* [n] of each in the section */
	struct tk_error *errors; /* [n] status TK_OK: a vector is there */
	float *hs;
	size_t *first;
	/* The slices' results, the first of which becomes that of all. */
	struct tk_bests slices[SLICES];
	size_t n_slices;
	uint64_t slice_rows;
};

/* ---- hidden vectors ---- */

static enum tk_status find_context(const struct group *g, float *h,
				   const struct tk_selftest_case *c,
				   struct tk_error *err)
{
	uint32_t *ids = malloc(c->n_in * sizeof(*ids));
	float *scratch = malloc((size_t)g->chain.w_e.cols * sizeof(*scratch));
	enum tk_status status;

	if (!ids || !scratch) {
		status = tk_fail_memory(err);
	} else {
		for (size_t i = 0; i < c->n_in; i++)
			ids[i] = tk_selftest_id(c, i);
		status = tk_chain_context(h, scratch, &g->chain, ids, c->n_in,
					  err);
	}
	free(ids);
	free(scratch);
	return status;
}

/* The bytes may have changed since they were checked. */
static enum tk_status find_hidden(const struct group *g, float *h,
				  const struct tk_selftest_case *c,
				  struct tk_error *err)
{
	const uint64_t d = g->chain.hparams.d_model;
	enum tk_status status = TK_OK;

	if (c->form == TK_SELFTEST_IDS && g->chain.w_e.cols == d)
		status = find_context(g, h, c, err);
	else if (c->form == TK_SELFTEST_HIDDEN && c->n_in == d)
		for (size_t i = 0; i < d; i++)
			h[i] = tk_selftest_element(c, i);
	else
		status = tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
				 "it has no input for this model");
	return status ? status : tk_chain_final_norm(h, &g->chain, err);
}

/* A case without a vector has zeros, and no place for candidates. */
static enum tk_status find_vectors(struct group *g, struct tk_error *err)
{
	const size_t d = (size_t)g->chain.hparams.d_model;

	g->first[0] = 0;
	for (size_t i = 0; i < g->n; i++) {
		const struct tk_selftest_case *c = &g->cases[i];
		struct tk_error *e = &g->errors[i];
		float *h = g->hs + i * d;
		/* One more than there are to be shows that there are more. */
		size_t most = c->k > c->n_out ? c->n_out + 1 : c->n_out;

		e->status = TK_OK;
		if (find_hidden(g, h, c, e) == TK_E_MEMORY)
			return tk_fail_memory(err);
		if (e->status) {
			memset(h, 0, d * sizeof(*h));
			most = 0;
		}
		g->first[i + 1] = g->first[i] + most;
	}
	return TK_OK;
}

/* ---- slices ---- */

static void run_slice(void *context, size_t i)
{
	struct group *g = context;
	const uint64_t end = tk_model_n_predictable(g->m);
	struct tk_rows rows = {
		.w_u = tk_model_w_u(g->m),
		.first = i * g->slice_rows,
		.id = i * g->slice_rows,
		.n = g->slice_rows,
		.bias = tk_model_matrix(g->m, TK_KIND_B_U),
	};

	if (rows.n > end - rows.first)
		rows.n = end - rows.first;
	tk_bests_add(&g->slices[i], &rows);
}

static bool make_slice(struct group *g, struct tk_bests *b)
{
	*b = (struct tk_bests){
		.n = g->n,
		.d = (size_t)g->chain.hparams.d_model,
		.hs = g->hs,
		.first = g->first,
		.best = malloc((g->first[g->n] + 1) * sizeof(*b->best)),
		.n_best = calloc(g->n, sizeof(*b->n_best)),
		.bad = malloc(g->n * sizeof(*b->bad)),
	};
	for (size_t i = 0; b->bad && i < g->n; i++)
		b->bad[i] = TK_NO_ROW;
	return b->best && b->n_best && b->bad;
}

static enum tk_status run_slices(struct group *g,
				 const struct tk_parallel *parallel,
				 struct tk_error *err)
{
	const uint64_t rows = tk_model_n_predictable(g->m);

	g->slice_rows = rows / SLICES / SLICE_ROWS * SLICE_ROWS + SLICE_ROWS;
	g->n_slices = 0;
	do
		if (!make_slice(g, &g->slices[g->n_slices]))
			return tk_fail_memory(err);
	while (++g->n_slices * g->slice_rows < rows);
	if (parallel)
		parallel->run(parallel->pool, g->n_slices, run_slice, g);
	for (size_t i = 0; i < g->n_slices && !parallel; i++)
		run_slice(g, i);
	for (size_t i = 1; i < g->n_slices; i++)
		tk_bests_join(&g->slices[0], &g->slices[i]);
	tk_bests_sort(&g->slices[0]);
	return TK_OK;
}

/* ---- judging ---- */

static uint32_t bits(float x)
{
	uint32_t b;

	memcpy(&b, &x, sizeof(b));
	return b;
}

static bool is_same(const struct tk_selftest_result *a,
		    const struct tk_selftest_result *b)
{
	return a->id == b->id && bits(a->key) == bits(b->key) &&
	       bits(a->logit) == bits(b->logit);
}

/* False if the case comes out as it must. */
static bool differs(struct tk_selftest_failure *f, const struct group *g,
		    size_t i)
{
	const struct tk_selftest_case *c = &g->cases[i];
	const struct tk_bests *b = &g->slices[0];

	f->number = g->number + (uint32_t)i;
	f->offset = g->s->offset + g->pos[i];
	f->error = g->errors[i];
	f->rank = 0;
	if (!f->error.status && b->bad[i] != TK_NO_ROW) {
		float key;

		/* Computed again, so that the row is blamed for it. */
		tk_keys(&key, g->m, b->hs + i * b->d, b->bad[i], 1, &f->error);
	}
	if (f->error.status)
		return true;
	for (size_t j = 0; j < c->n_out || j < b->n_best[i]; j++) {
		f->rank = (uint32_t)j + 1;
		f->has_says = j < c->n_out;
		f->has_is = j < b->n_best[i];
		if (f->has_says)
			f->says = tk_selftest_out(c, j);
		if (f->has_is) {
			struct tk_candidate best = b->best[b->first[i] + j];

			f->is = (struct tk_selftest_result){
				best.id, best.key,
				tk_logit_raw(&g->chain.hparams, best.key)};
		}
		if (!f->has_says || !f->has_is || !is_same(&f->says, &f->is))
			return true;
	}
	return false;
}

/* ---- groups ---- */

static bool allocate(struct group *g)
{
	const size_t n = g->s->n_cases;

	g->cases = malloc(n * sizeof(*g->cases));
	g->pos = malloc(n * sizeof(*g->pos));
	g->errors = malloc(n * sizeof(*g->errors));
	g->first = calloc(n + 1, sizeof(*g->first));
	return g->cases && g->pos && g->errors && g->first;
}

static void free_slices(struct group *g)
{
	for (size_t i = 0; i < SLICES; i++) {
		free(g->slices[i].best);
		free(g->slices[i].n_best);
		free(g->slices[i].bad);
	}
	memset(g->slices, 0, sizeof(g->slices));
	free(g->hs);
	g->hs = NULL;
}

static void release(struct group *g)
{
	free_slices(g);
	free(g->cases);
	free(g->pos);
	free(g->errors);
	free(g->first);
}

/* The cases from '*pos' on that go together; false at the end. */
static bool take_group(struct group *g, size_t *pos)
{
	const size_t d = (size_t)g->chain.hparams.d_model;
	size_t best = 0;

	g->number += (uint32_t)g->n;
	for (g->n = 0; g->number + g->n < g->s->n_cases; g->n++) {
		struct tk_selftest_case *c = &g->cases[g->n];
		size_t next = *pos;

		if (!tk_selftest_next(c, g->s, &next))
			break;
		best += (size_t)c->n_out + 1;
		if (g->n && (best > GROUP_BEST ||
			     (g->n + 1) * d > GROUP_FLOATS))
			break;
		g->pos[g->n] = *pos ? *pos : sizeof(struct tk_disk_selftest);
		*pos = next;
	}
	return g->n;
}

static enum tk_status verify_group(
	struct group *g, uint32_t *n_bad, const struct tk_parallel *parallel,
	void (*report)(void *context, const struct tk_selftest_failure *f),
	void *context, struct tk_error *err)
{
	const size_t d = (size_t)g->chain.hparams.d_model;
	struct tk_selftest_failure f;
	enum tk_status status;
	tk_fpenv env;

	g->hs = malloc(g->n * d * sizeof(*g->hs));
	status = g->hs ? find_vectors(g, err) : tk_fail_memory(err);
	if (!status)
		status = run_slices(g, parallel, err);
	env = tk_fpenv_set();
	for (size_t i = 0; i < g->n && !status; i++) {
		memset(&f, 0, sizeof(f));
		if (!differs(&f, g, i))
			continue;
		++*n_bad;
		report(context, &f);
	}
	tk_fpenv_restore(env);
	free_slices(g);
	return status;
}

enum tk_status tk_selftest_verify(
	uint32_t *n_bad, const struct tk_selftest *s, const struct tk_model *m,
	const struct tk_parallel *parallel,
	void (*report)(void *context, const struct tk_selftest_failure *f),
	void *context, struct tk_error *err)
{
	struct group g = {.s = s, .m = m, .chain = tk_chain_of(m)};
	enum tk_status status = tk_can_predict(m, err);
	uint32_t bad = 0;
	size_t pos = 0;

	if (status)
		return status;
	if (!allocate(&g))
		status = tk_fail_memory(err);
	while (!status && take_group(&g, &pos))
		status = verify_group(&g, &bad, parallel, report, context,
				      err);
	release(&g);
	if (!status)
		*n_bad = bad;
	return status;
}
