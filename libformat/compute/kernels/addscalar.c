/* SPDX-License-Identifier: MIT */
/*
 * addscalar.c - rows added to a vector, in plain C: the reference
 */
#include "compute/kernels/kernels.h"

void tk_add_columns(const struct tk_add_job *job, size_t from)
{
	const size_t d = (size_t)job->m->cols;
	float panel[TK_PANEL];

	for (; from < d; from += TK_PANEL) {
		const size_t n = d - from < TK_PANEL ? d - from : TK_PANEL;
		float *sum = job->sum + from;

		for (size_t r = 0; r < job->n; r++) {
			const float by = job->by[r];

			tk_widen(panel, job->rows[r], job->m, from, n);
			for (size_t i = 0; i < n; i++)
				sum[i] = sum[i] + panel[i] * by;
		}
	}
}

void tk_add_scalar(const struct tk_add_job *job)
{
	tk_add_columns(job, 0);
}
