/* SPDX-License-Identifier: MIT */
/*
 * chain.c - from an id to the vector that is dotted with W_U: spec/compute.md
 * 3.1 to 3.3
 */
#include "compute/chain.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/blame.h"
#include "compute/element.h"

/* ---- norms ---- */

struct norm {
	enum tk_norm kind;
	double eps;
	float offset;
	struct tk_matrix weight, bias; /* [1, d], or data NULL */
};

/* y = x r, or (x - mean) r: Ba et al. 2016; Zhang and Sennrich 2019. */
static void standardise(float *x, size_t d, const struct norm *norm)
{
	double mean = 0, squares = 0, r;

	if (norm->kind == TK_NORM_LAYER) {
		for (size_t i = 0; i < d; i++)
			mean += (double)x[i];
		mean /= (double)d;
	}
	for (size_t i = 0; i < d; i++) {
		double y = (double)x[i] - mean;

		squares += y * y;
	}
	r = 1 / sqrt(squares / (double)d + norm->eps);
	for (size_t i = 0; i < d; i++)
		x[i] = (float)(((double)x[i] - mean) * r);
}

static void apply_norm(float *x, size_t d, const struct norm *norm)
{
	if (norm->kind == TK_NORM_NONE)
		return;
	standardise(x, d, norm);
	for (size_t i = 0; i < d && norm->weight.data; i++) {
		float g = tk_element(&norm->weight, i);

		if (norm->offset != 0)
			g = g + norm->offset;
		x[i] = x[i] * g;
	}
	for (size_t i = 0; i < d && norm->bias.data; i++)
		x[i] = x[i] + tk_element(&norm->bias, i);
}

/* ---- the parts of a model ---- */

struct tk_chain tk_chain_of(const struct tk_model *m)
{
	return (struct tk_chain){
		.hparams = tk_model_hparams(m),
		.w_u_cols = tk_model_w_u(m).data ? tk_model_w_u(m).cols : 0,
		.w_e = tk_model_w_e(m),
		.mix = tk_model_matrix(m, TK_KIND_MIX),
		.embed_weight = tk_model_matrix(m, TK_KIND_EMBED_NORM_WEIGHT),
		.embed_bias = tk_model_matrix(m, TK_KIND_EMBED_NORM_BIAS),
		.final_weight = tk_model_matrix(m, TK_KIND_FINAL_NORM_WEIGHT),
		.final_bias = tk_model_matrix(m, TK_KIND_FINAL_NORM_BIAS),
	};
}

/* ---- embedding ---- */

static enum tk_status embed(float *x, const struct tk_chain *c, uint64_t id,
			    struct tk_error *err)
{
	struct norm norm = {
		.kind = c->hparams.embed_norm,
		.eps = c->hparams.embed_norm_eps,
		.weight = c->embed_weight,
		.bias = c->embed_bias,
	};
	tk_fpenv env;

	if (!c->w_e.data)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "the file has no W_E");
	if (id >= c->w_e.rows)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "id %llu has no row in W_E, which has %llu",
			       (unsigned long long)id,
			       (unsigned long long)c->w_e.rows);
	env = tk_fpenv_set();
	tk_row_to_f32(x, c->w_e, id);
	for (size_t i = 0; i < c->w_e.cols && c->hparams.embed_scale != 1; i++)
		x[i] = x[i] * c->hparams.embed_scale;
	apply_norm(x, (size_t)c->w_e.cols, &norm);
	tk_fpenv_restore(env);
	return TK_OK;
}

enum tk_status tk_embed(float *x, const struct tk_model *m, uint64_t id,
			struct tk_error *err)
{
	struct tk_chain c = tk_chain_of(m);

	return embed(x, &c, id, err);
}

/* ---- mixing ---- */

bool tk_has_mix(const struct tk_model *m)
{
	return tk_model_matrix(m, TK_KIND_MIX).data;
}

/* h += C[j] * x, element by element; one weight for all if cols is 1. */
static void add_mixed(float *h, const struct tk_matrix *mix, size_t j,
		      const float *x, size_t d)
{
	const uint8_t *row = mix->data + j * mix->row_stride;

	for (size_t i = 0; i < d; i++) {
		float c = tk_load_f32(row + (mix->cols == 1 ? 0 : 4 * i));

		h[i] = h[i] + c * x[i];
	}
}

enum tk_status tk_chain_context(float *h, float *scratch,
				const struct tk_chain *c, const uint32_t *ids,
				size_t n, struct tk_error *err)
{
	uint64_t n_ctx = c->hparams.n_ctx;
	size_t d = (size_t)c->w_e.cols;
	enum tk_status status = TK_OK;
	tk_fpenv env;

	if (!n)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a context has at least one token");
	if (d && c->w_u_cols && c->w_u_cols != d)
		return tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
			       "W_E has %zu columns and W_U %llu: only a "
			       "hidden vector can be predicted from",
			       d, (unsigned long long)c->w_u_cols);
	if (!c->mix.data)
		return embed(h, c, ids[n - 1], err);
	if (n_ctx && n > n_ctx) {
		ids += n - n_ctx;
		n = (size_t)n_ctx;
	}
	memset(h, 0, d * sizeof(*h));
	env = tk_fpenv_set();
	for (size_t j = 0; j < n && j < c->mix.rows && !status; j++) {
		status = embed(scratch, c, ids[n - 1 - j], err);
		if (!status)
			add_mixed(h, &c->mix, j, scratch, d);
	}
	tk_fpenv_restore(env);
	return status;
}

enum tk_status tk_context(float *h, float *scratch, const struct tk_model *m,
			  const uint32_t *ids, size_t n, struct tk_error *err)
{
	struct tk_chain c = tk_chain_of(m);

	return tk_chain_context(h, scratch, &c, ids, n, err);
}

/* ---- the final norm ---- */

enum tk_status tk_chain_final_norm(float *h, const struct tk_chain *c,
				   struct tk_error *err)
{
	struct norm norm = {
		.kind = c->hparams.final_norm,
		.eps = c->hparams.final_norm_eps,
		.offset = c->hparams.final_norm_offset,
		.weight = c->final_weight,
		.bias = c->final_bias,
	};
	uint64_t d = c->hparams.d_model;
	enum tk_status status = tk_check_hidden(h, d, err);
	tk_fpenv env;

	if (status)
		return status;
	env = tk_fpenv_set();
	apply_norm(h, (size_t)d, &norm);
	tk_fpenv_restore(env);
	/* Of equal elements the variance is 0, and eps may be 0 as well. */
	if (tk_check_hidden(h, d, NULL))
		return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
			       "the hidden vector is not finite after the "
			       "final norm");
	return TK_OK;
}

enum tk_status tk_final_norm(float *h, const struct tk_model *m,
			     struct tk_error *err)
{
	struct tk_chain c = tk_chain_of(m);

	return tk_chain_final_norm(h, &c, err);
}
