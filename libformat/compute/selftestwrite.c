/* SPDX-License-Identifier: MIT */
/*
 * selftestwrite.c - inputs, and rows of what will be the matrices -> the
 * selftest section
 *
 * The section lies before the vocabulary, so the matrices are not written yet
 * when it is: rows come from where they will come from again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/blame.h"
#include "compute/expsum.h"
#include "compute/selftestparts.h"
#include "container/layout.h"

struct job {
	const struct tk_selftest_source *source;
	const struct tk_selftest_input *inputs;
	size_t n;
	size_t k;
	struct tk_parts parts;
	uint64_t rows; /* of W_U that can be predicted */
	size_t d;
	float *hs;     /* [n, d] */
	size_t *first; /* [n + 1] */
	struct tk_bests bests;
	uint8_t *section;
	size_t size;
};

/* ---- what is asked ---- */

static enum tk_status check_input(const struct job *j,
				  const struct tk_selftest_input *in,
				  struct tk_error *err)
{
	const struct tk_row_source *e = &j->source->w_e;

	if (!in->ids)
		return TK_OK;
	if (!e->cols)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "a context, and there is no W_E");
	if (!in->n_ids || in->n_ids > TK_MAX_CASE_IDS)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "a context of %zu ids: 1 to %d are legal",
			       in->n_ids, TK_MAX_CASE_IDS);
	for (size_t i = 0; i < in->n_ids; i++)
		if (in->ids[i] >= e->rows)
			return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
				       "id %u has no row in W_E", in->ids[i]);
	return TK_OK;
}

static enum tk_status check(struct job *j, struct tk_error *err)
{
	const struct tk_row_source *u = &j->source->w_u;
	enum tk_status status = TK_OK;
	size_t words;

	if (!u->cols)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "there is no W_U");
	if (!j->n || j->n > TK_SELFTEST_CASES || !j->k ||
	    j->k > TK_SELFTEST_BEST)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "%zu cases of the %zu best are beyond the limit",
			       j->n, j->k);
	j->rows = u->rows < j->source->n_tokens ? u->rows
						: j->source->n_tokens;
	j->d = (size_t)u->cols;
	words = 2 + j->n * (sizeof(struct tk_disk_case) / 4);
	for (size_t i = 0; i < j->n && !status; i++) {
		status = check_input(j, &j->inputs[i], err);
		words += j->inputs[i].ids ? j->inputs[i].n_ids : j->d;
		words += (j->k < j->rows ? j->k : (size_t)j->rows) *
			 (sizeof(struct tk_disk_result) / 4);
	}
	if (!status && words > TK_MAX_SELFTEST / 4)
		status = tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
				 "%zu cases have more than 16 MiB", j->n);
	return status;
}

/* ---- computing ---- */

static enum tk_status find_vectors(struct job *j, struct tk_error *err)
{
	enum tk_status status = TK_OK;

	j->hs = malloc(j->n * j->d * sizeof(*j->hs));
	if (!j->hs)
		return tk_fail_memory(err);
	for (size_t i = 0; i < j->n && !status; i++) {
		float *h = j->hs + i * j->d;

		if (j->inputs[i].ids)
			status = tk_parts_context(h, &j->parts,
						  &j->inputs[i], err);
		else
			memcpy(h, j->inputs[i].hidden, j->d * sizeof(*h));
		if (!status)
			status = tk_chain_final_norm(h, &j->parts.chain,
						     err);
	}
	return status;
}

static enum tk_status make_bests(struct job *j, struct tk_error *err)
{
	const size_t k = j->k < j->rows ? j->k : (size_t)j->rows;
	struct tk_bests *b = &j->bests;

	j->first = calloc(j->n + 1, sizeof(*j->first));
	*b = (struct tk_bests){
		.n = j->n,
		.d = j->d,
		.hs = j->hs,
		.first = j->first,
		.best = malloc((j->n * k + 1) * sizeof(*b->best)),
		.n_best = calloc(j->n, sizeof(*b->n_best)),
		.bad = malloc(j->n * sizeof(*b->bad)),
	};
	if (!j->first || !b->best || !b->n_best || !b->bad)
		return tk_fail_memory(err);
	for (size_t i = 0; i <= j->n; i++)
		j->first[i] = i * k;
	for (size_t i = 0; i < j->n; i++)
		b->bad[i] = TK_NO_ROW;
	return TK_OK;
}

/* A model in which a key is no number can predict nothing. */
static enum tk_status check_bests(const struct job *j,
				  const struct tk_rows *rows,
				  struct tk_error *err)
{
	const struct tk_bests *b = &j->bests;
	uint64_t bad = TK_NO_ROW;

	for (size_t i = 0; i < b->n; i++)
		if (b->bad[i] < bad)
			bad = b->bad[i];
	if (bad == TK_NO_ROW)
		return TK_OK;
	return tk_blame_key(err, &rows->w_u, bad - rows->id, &rows->bias, bad);
}

static enum tk_status find_bests(struct job *j, struct tk_error *err)
{
	const struct tk_row_source *u = &j->source->w_u;
	struct tk_rows rows = {
		.w_u = {.cols = u->cols,
			.row_stride = tk_row_stride(u->dtype, u->cols),
			.dtype = u->dtype},
		.bias = j->parts.bias,
	};
	enum tk_status status = make_bests(j, err);

	for (; rows.id < j->rows && !status; rows.id += rows.n) {
		rows.n = j->rows - rows.id;
		if (rows.n > TK_ROWS_AT_A_TIME)
			rows.n = TK_ROWS_AT_A_TIME;
		rows.w_u.rows = rows.n;
		rows.w_u.data = u->read(u->context, rows.id, rows.n);
		if (!rows.w_u.data)
			return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
				       "rows of W_U cannot be read");
		tk_bests_add(&j->bests, &rows);
		status = check_bests(j, &rows, err);
	}
	if (status)
		return status;
	tk_bests_sort(&j->bests);
	for (size_t i = 0; i < j->n && !status; i++)
		if (!j->bests.n_best[i])
			status = tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
					 "every key is -Inf: nothing is "
					 "predicted");
	return status;
}

/* ---- the section ---- */

static uint8_t *put32(uint8_t *p, uint32_t x)
{
	tk_store32(p, x);
	return p + 4;
}

static uint8_t *put_case(uint8_t *p, const struct job *j, size_t i)
{
	const struct tk_selftest_input *in = &j->inputs[i];
	const struct tk_candidate *best = j->bests.best + j->first[i];
	const size_t n = in->ids ? in->n_ids : j->d;
	const size_t n_out = j->bests.n_best[i];

	p = put32(p, in->ids ? TK_SELFTEST_IDS : TK_SELFTEST_HIDDEN);
	p = put32(p, (uint32_t)n);
	p = put32(p, (uint32_t)j->k);
	p = put32(p, (uint32_t)n_out);
	for (size_t a = 0; a < n; a++, p += 4) {
		if (in->ids)
			tk_store32(p, in->ids[a]);
		else
			tk_store_f32(p, in->hidden[a]);
	}
	for (size_t b = 0; b < n_out; b++, p += 12) {
		float z = tk_logit_raw(&j->parts.chain.hparams, best[b].key);

		tk_store32(p, best[b].id);
		tk_store_f32(p + 4, best[b].key);
		tk_store_f32(p + 8, z);
	}
	return p;
}

static enum tk_status encode(struct job *j, struct tk_error *err)
{
	uint8_t *p;

	j->size = sizeof(struct tk_disk_selftest);
	for (size_t i = 0; i < j->n; i++)
		j->size += sizeof(struct tk_disk_case) +
			   4 * (j->inputs[i].ids ? j->inputs[i].n_ids : j->d) +
			   sizeof(struct tk_disk_result) * j->bests.n_best[i];
	p = j->section = malloc(j->size);
	if (!p)
		return tk_fail_memory(err);
	p = put32(p, (uint32_t)j->n);
	p = put32(p, 0);
	for (size_t i = 0; i < j->n; i++)
		p = put_case(p, j, i);
	return TK_OK;
}

static void release(struct job *j)
{
	tk_parts_free(&j->parts);
	free(j->hs);
	free(j->first);
	free(j->bests.best);
	free(j->bests.n_best);
	free(j->bests.bad);
	free(j->section);
}

enum tk_status tk_selftest_write(struct tk_writer *w,
				 const struct tk_selftest_source *source,
				 const struct tk_selftest_input *inputs,
				 size_t n, size_t k, struct tk_error *err)
{
	struct job j = {.source = source, .inputs = inputs, .n = n, .k = k};
	tk_fpenv env = tk_fpenv_set();
	enum tk_status status;

	if (!(status = check(&j, err)) &&
	    !(status = tk_parts_load(&j.parts, source, inputs, n, err)) &&
	    !(status = find_vectors(&j, err)) &&
	    !(status = find_bests(&j, err)) && !(status = encode(&j, err)))
		status = tk_writer_add(
			w, TK_KIND_SELFTEST,
			(struct tk_bytes){j.section, j.size}, NULL, err);
	tk_fpenv_restore(env);
	release(&j);
	return status;
}
