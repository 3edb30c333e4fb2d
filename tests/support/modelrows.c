/* SPDX-License-Identifier: MIT */
/*
 * modelrows.c - the tables of an open model, as if they were still to be
 * written
 */
#include "modelrows.h"

#include <string.h>

static const uint8_t *read_rows(void *context, uint64_t first, uint64_t n)
{
	const struct model_reader *r = context;
	const struct tk_matrix *m = &r->rows->matrix[r->kind];

	r->rows->n_reads += n;
	if (++r->rows->n_calls == r->rows->fail_at || n > 32 || !n ||
	    first >= m->rows || n > m->rows - first)
		return NULL;
	return m->data + first * m->row_stride;
}

static struct tk_row_source rows_of(struct model_rows *rows,
				    const struct tk_model *m, uint32_t kind)
{
	size_t i = kind - TK_KIND_EMBED_NORM_WEIGHT;
	struct tk_matrix x = tk_model_matrix(m, kind);

	rows->matrix[i] = x;
	rows->reader[i] = (struct model_reader){rows, i};
	if (!x.data)
		return (struct tk_row_source){.rows = 0};
	return (struct tk_row_source){
		.rows = x.rows,
		.cols = x.cols,
		.dtype = x.dtype,
		.read = read_rows,
		.context = &rows->reader[i],
	};
}

struct tk_selftest_source source_of_model(struct model_rows *rows,
					  const struct tk_model *m)
{
	struct tk_hparams hp = tk_model_hparams(m);

	memset(rows, 0, sizeof(*rows));
	return (struct tk_selftest_source){
		.hparams = hp,
		.n_tokens = hp.n_tokens,
		.w_e = rows_of(rows, m, TK_KIND_W_E),
		.w_u = rows_of(rows, m, hp.tied ? TK_KIND_W_E : TK_KIND_W_U),
		.b_u = rows_of(rows, m, TK_KIND_B_U),
		.mix = rows_of(rows, m, TK_KIND_MIX),
		.embed_norm_weight =
			rows_of(rows, m, TK_KIND_EMBED_NORM_WEIGHT),
		.embed_norm_bias = rows_of(rows, m, TK_KIND_EMBED_NORM_BIAS),
		.final_norm_weight =
			rows_of(rows, m, TK_KIND_FINAL_NORM_WEIGHT),
		.final_norm_bias = rows_of(rows, m, TK_KIND_FINAL_NORM_BIAS),
	};
}

void count_failure(void *context, const struct tk_selftest_failure *f)
{
	(void)f;
	if (context)
		++*(unsigned *)context;
}
