/* SPDX-License-Identifier: MIT */
/*
 * keys.c - from ids to the keys of all tokens: spec/compute.md 3
 */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/blame.h"
#include "compute/element.h"
#include "libformat/compute.h"

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

/* ---- towards the hidden vector ---- */

enum tk_status tk_embed(float *x, const struct tk_model *m, uint64_t id,
			struct tk_error *err)
{
	struct tk_matrix e = tk_model_w_e(m);
	struct tk_hparams hp = tk_model_hparams(m);
	struct norm norm = {
		.kind = hp.embed_norm,
		.eps = hp.embed_norm_eps,
		.weight = tk_model_matrix(m, TK_KIND_EMBED_NORM_WEIGHT),
		.bias = tk_model_matrix(m, TK_KIND_EMBED_NORM_BIAS),
	};
	tk_fpenv env;

	if (!e.data)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "the file has no W_E");
	if (id >= e.rows)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "id %llu has no row in W_E, which has %llu",
			       (unsigned long long)id,
			       (unsigned long long)e.rows);
	env = tk_fpenv_set();
	tk_row_to_f32(x, e, id);
	for (size_t i = 0; i < e.cols && hp.embed_scale != 1; i++)
		x[i] = x[i] * hp.embed_scale;
	apply_norm(x, (size_t)e.cols, &norm);
	tk_fpenv_restore(env);
	return TK_OK;
}

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

enum tk_status tk_context(float *h, float *scratch, const struct tk_model *m,
			  const uint32_t *ids, size_t n, struct tk_error *err)
{
	struct tk_matrix mix = tk_model_matrix(m, TK_KIND_MIX);
	struct tk_matrix u = tk_model_w_u(m);
	uint64_t n_ctx = tk_model_hparams(m).n_ctx;
	size_t d = (size_t)tk_model_w_e(m).cols;
	enum tk_status status = TK_OK;
	tk_fpenv env;

	if (!n)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a context has at least one token");
	if (d && u.data && u.cols != d)
		return tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
			       "W_E has %zu columns and W_U %llu: only a "
			       "hidden vector can be predicted from",
			       d, (unsigned long long)u.cols);
	if (!mix.data)
		return tk_embed(h, m, ids[n - 1], err);
	if (n_ctx && n > n_ctx)
		ids += n - n_ctx, n = (size_t)n_ctx;
	memset(h, 0, d * sizeof(*h));
	env = tk_fpenv_set();
	for (size_t j = 0; j < n && j < mix.rows && !status; j++) {
		status = tk_embed(scratch, m, ids[n - 1 - j], err);
		if (!status)
			add_mixed(h, &mix, j, scratch, d);
	}
	tk_fpenv_restore(env);
	return status;
}

enum tk_status tk_final_norm(float *h, const struct tk_model *m,
			     struct tk_error *err)
{
	struct tk_hparams hp = tk_model_hparams(m);
	struct norm norm = {
		.kind = hp.final_norm,
		.eps = hp.final_norm_eps,
		.offset = hp.final_norm_offset,
		.weight = tk_model_matrix(m, TK_KIND_FINAL_NORM_WEIGHT),
		.bias = tk_model_matrix(m, TK_KIND_FINAL_NORM_BIAS),
	};
	enum tk_status status = tk_check_hidden(h, hp.d_model, err);
	tk_fpenv env;

	if (status)
		return status;
	env = tk_fpenv_set();
	apply_norm(h, (size_t)hp.d_model, &norm);
	tk_fpenv_restore(env);
	/* Of equal elements the variance is 0, and eps may be 0 as well. */
	if (tk_check_hidden(h, hp.d_model, NULL))
		return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
			       "the hidden vector is not finite after the "
			       "final norm");
	return TK_OK;
}

/* ---- from the hidden vector to a ranking ---- */

enum tk_status tk_can_predict(const struct tk_model *m, struct tk_error *err)
{
	struct tk_bytes key = tk_model_unknown_key(m);

	if (key.len)
		return tk_fail(err, TK_E_FEATURE, TK_NO_OFFSET,
			       "hyperparameter %.*s must be understood to "
			       "predict, and is not",
			       (int)key.len, (const char *)key.ptr);
	if (!tk_model_w_u(m).data)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "the file has no W_U");
	return TK_OK;
}

/* Adds the bias to keys of rows first ..., and looks at what came out. */
static enum tk_status finish_keys(float *keys, const struct tk_matrix *w_u,
				  const struct tk_matrix *bias, uint64_t first,
				  uint64_t n, struct tk_error *err)
{
	for (uint64_t i = 0; i < n; i++) {
		if (bias->data)
			keys[i] =
				keys[i] + tk_element(bias, (size_t)(first + i));
		if (isnan(keys[i]) || keys[i] == INFINITY)
			return tk_blame_key(err, w_u, bias, first + i);
	}
	return TK_OK;
}

enum tk_status tk_keys_batch(float *keys, size_t stride,
			     const struct tk_model *m, const float *hs,
			     size_t n_hs, uint64_t first, uint64_t n,
			     struct tk_error *err)
{
	uint64_t count = tk_model_n_predictable(m);
	struct tk_matrix w_u = tk_model_w_u(m);
	struct tk_matrix bias = tk_model_matrix(m, TK_KIND_B_U);
	enum tk_status status = tk_can_predict(m, err);
	tk_fpenv env;

	if (status)
		return status;
	if (first > count || n > count - first)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "rows from %llu to %llu: there are %llu",
			       (unsigned long long)first,
			       (unsigned long long)first + n,
			       (unsigned long long)count);
	for (size_t j = 0; j < n_hs && !status; j++)
		status = tk_check_hidden(hs + j * w_u.cols, w_u.cols, err);
	if (status)
		return status;
	env = tk_fpenv_set();
	tk_dot_batch(keys, stride, w_u, first, n, hs, n_hs);
	for (size_t j = 0; j < n_hs && !status; j++)
		status = finish_keys(keys + j * stride, &w_u, &bias, first, n,
				     err);
	tk_fpenv_restore(env);
	return status;
}

enum tk_status tk_keys(float *keys, const struct tk_model *m, const float *h,
		       uint64_t first, uint64_t n, struct tk_error *err)
{
	return tk_keys_batch(keys, (size_t)n, m, h, 1, first, n, err);
}
