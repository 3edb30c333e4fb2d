/* SPDX-License-Identifier: MIT */
/*
 * selftestparts.c - what of a model that is not written yet must be in memory
 *
 * Vectors, rows of the mix, and of W_E the rows of the ids that are asked for,
 * by whose places these are renumbered.
 */
#include "compute/selftestparts.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/strictfp.h"

/* ---- rows ---- */

static bool is_wanted(const uint32_t *wanted, uint64_t i, uint64_t row)
{
	return !wanted || wanted[i] == row;
}

/* The first n rows of a table, or the n rows 'wanted', which rise. */
static enum tk_status load(struct tk_parts *p, struct tk_matrix *out,
			   enum tk_part part, const struct tk_row_source *from,
			   uint64_t n, const uint32_t *wanted,
			   struct tk_error *err)
{
	struct tk_matrix m = {
		.rows = n,
		.cols = from->cols,
		.row_stride = tk_row_stride(from->dtype, from->cols),
		.dtype = from->dtype,
	};
	uint64_t size, done = 0;

	if (!tk_mul(&size, n, m.row_stride) || size > SIZE_MAX ||
	    !(p->memory[part] = malloc((size_t)size)))
		return tk_fail_memory(err);
	m.data = p->memory[part];
	for (uint64_t row = 0; done < n; row += TK_ROWS_AT_A_TIME) {
		uint64_t most = from->rows - row;
		const uint8_t *rows;

		if (most > TK_ROWS_AT_A_TIME)
			most = TK_ROWS_AT_A_TIME;
		rows = from->read(from->context, row, most);
		if (!rows)
			return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
				       "rows from %llu cannot be read",
				       (unsigned long long)row);
		for (uint64_t i = 0; i < most && done < n; i++)
			if (is_wanted(wanted, done, row + i))
				memcpy(p->memory[part] +
					       done++ * m.row_stride,
				       rows + i * m.row_stride,
				       (size_t)m.row_stride);
	}
	*out = m;
	return TK_OK;
}

/* The only row of a table, which need not be there. */
static enum tk_status load_vector(struct tk_parts *p, struct tk_matrix *out,
				  enum tk_part part,
				  const struct tk_row_source *from,
				  struct tk_error *err)
{
	return from->cols ? load(p, out, part, from, 1, NULL, err) : TK_OK;
}

/* ---- ids ---- */

static int by_number(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

/* Those of all inputs, each once; '*longest' context. */
static enum tk_status sort_ids(struct tk_parts *p, uint64_t *longest,
			       const struct tk_selftest_input *inputs,
			       size_t n, struct tk_error *err)
{
	size_t n_all = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t len = inputs[i].ids ? inputs[i].n_ids : 0;

		n_all += len;
		if (len > *longest)
			*longest = len;
	}
	p->ids = malloc((n_all + 1) * sizeof(*p->ids));
	if (!p->ids)
		return tk_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; inputs[i].ids && k < inputs[i].n_ids; k++)
			p->ids[at++] = inputs[i].ids[k];
	qsort(p->ids, n_all, sizeof(*p->ids), by_number);
	for (size_t i = 0; i < n_all; i++)
		if (!i || p->ids[i] != p->ids[p->n_ids - 1])
			p->ids[p->n_ids++] = p->ids[i];
	return TK_OK;
}

enum tk_status tk_parts_context(float *h, const struct tk_parts *p,
				const struct tk_selftest_input *in,
				struct tk_error *err)
{
	uint32_t *ids = malloc(in->n_ids * sizeof(*ids));
	float *scratch = malloc((size_t)p->chain.w_e.cols * sizeof(*scratch));
	enum tk_status status;

	if (!ids || !scratch) {
		status = tk_fail_memory(err);
	} else {
		for (size_t i = 0; i < in->n_ids; i++) {
			const uint32_t *at =
				bsearch(&in->ids[i], p->ids, p->n_ids,
					sizeof(*p->ids), by_number);

			ids[i] = (uint32_t)(at - p->ids);
		}
		status = tk_chain_context(h, scratch, &p->chain, ids,
					  in->n_ids, err);
	}
	free(ids);
	free(scratch);
	return status;
}

/* ---- all of it ---- */

/* What embeds the ids, if there are any. */
static enum tk_status load_embedding(struct tk_parts *p,
				     const struct tk_selftest_source *s,
				     const struct tk_selftest_input *inputs,
				     size_t n, struct tk_error *err)
{
	struct tk_chain *c = &p->chain;
	uint64_t mixed = 0;
	enum tk_status status = sort_ids(p, &mixed, inputs, n, err);

	if (status || !p->n_ids)
		return status;
	if ((status = load(p, &c->w_e, TK_PART_W_E, &s->w_e, p->n_ids, p->ids,
			   err)) ||
	    (status = load_vector(p, &c->embed_weight, TK_PART_EMBED_WEIGHT,
				  &s->embed_norm_weight, err)) ||
	    (status = load_vector(p, &c->embed_bias, TK_PART_EMBED_BIAS,
				  &s->embed_norm_bias, err)))
		return status;
	if (mixed > s->mix.rows)
		mixed = s->mix.rows;
	return mixed ? load(p, &c->mix, TK_PART_MIX, &s->mix, mixed, NULL, err)
		     : TK_OK;
}

enum tk_status tk_parts_load(struct tk_parts *p,
			     const struct tk_selftest_source *source,
			     const struct tk_selftest_input *inputs, size_t n,
			     struct tk_error *err)
{
	struct tk_chain *c = &p->chain;
	enum tk_status status;

	c->hparams = source->hparams;
	c->hparams.d_model = c->w_u_cols = source->w_u.cols;
	if ((status = load_embedding(p, source, inputs, n, err)) ||
	    (status = load_vector(p, &c->final_weight, TK_PART_FINAL_WEIGHT,
				  &source->final_norm_weight, err)) ||
	    (status = load_vector(p, &c->final_bias, TK_PART_FINAL_BIAS,
				  &source->final_norm_bias, err)))
		return status;
	return load_vector(p, &p->bias, TK_PART_B_U, &source->b_u, err);
}

void tk_parts_free(struct tk_parts *p)
{
	for (int i = 0; i < TK_N_PARTS; i++)
		free(p->memory[i]);
	free(p->ids);
}
