/* SPDX-License-Identifier: MIT */
/*
 * keys.c - from the hidden vector to the keys of all tokens: spec/compute.md
 * 3.4
 */
#include <math.h>

#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/blame.h"
#include "compute/element.h"
#include "libformat/compute.h"

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
			return tk_blame_key(err, w_u, first + i, bias,
					    first + i);
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
