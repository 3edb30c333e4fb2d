/* SPDX-License-Identifier: MIT */
/*
 * blame.c - which number is none
 */
#include "compute/blame.h"

#include <math.h>
#include <stdio.h>

#include "base/fail.h"
#include "compute/element.h"
#include "compute/kernels/kernels.h"

enum tk_status tk_check_hidden(const float *h, uint64_t d,
			       struct tk_error *err)
{
	for (uint64_t i = 0; i < d; i++)
		if (!isfinite(h[i]))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "element %llu of the hidden vector is "
				       "not finite",
				       (unsigned long long)i);
	return TK_OK;
}

static enum tk_status fail(struct tk_error *err, uint64_t row,
			   const char *why)
{
	return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
		       "the key of row %llu of W_U is not finite: %s",
		       (unsigned long long)row, why);
}

static enum tk_status fail_at(struct tk_error *err, uint64_t row,
			      uint64_t column, float x)
{
	char why[64];

	snprintf(why, sizeof(why), "column %llu is %g",
		 (unsigned long long)column, (double)x);
	return fail(err, row, why);
}

enum tk_status tk_blame_key(struct tk_error *err, const struct tk_matrix *w_u,
			    uint64_t row, const struct tk_matrix *bias,
			    uint64_t id)
{
	const uint8_t *data = w_u->data + row * w_u->row_stride;
	float panel[TK_PANEL];

	for (uint64_t at = 0; at < w_u->cols; at += TK_PANEL) {
		uint64_t n = w_u->cols - at;

		if (n > TK_PANEL)
			n = TK_PANEL;
		tk_widen(panel, data, w_u, (size_t)at, (size_t)n);
		for (size_t i = 0; i < n; i++)
			if (!isfinite(panel[i]))
				return fail_at(err, id, at + i, panel[i]);
	}
	if (bias->data && !isfinite(tk_element(bias, (size_t)id)))
		return fail(err, id, "its bias is not");
	return fail(err, id, "the sum overflows");
}
