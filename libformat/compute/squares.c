/* SPDX-License-Identifier: MIT */
/*
 * squares.c - rows: sums of squares, beside dot products
 */
#include "compute/squares.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/fpenv.h"
#include "libformat/nearest.h"

/* h of this many elements is moved to a multiple of 64 bytes. */
#define MOVED 16384

/* See run_aligned() in dot.c. */
static void run_moved(const struct tk_sum_job *job)
{
	_Alignas(64) float moved[MOVED];
	struct tk_sum_job with = *job;

	memcpy(moved, job->h, (size_t)job->m->cols * sizeof(*moved));
	with.h = moved;
	tk_kernel_choose()->sum(&with);
}

void tk_sum_rows(const struct tk_sum_job *job)
{
	if (job->h && (uintptr_t)job->h % 64 && job->m->cols <= MOVED &&
	    job->n > 16)
		run_moved(job);
	else
		tk_kernel_choose()->sum(job);
}

/* NaN payloads differ between machines. */
static void settle_nans(float *out, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (isnan(out[i]))
			out[i] = tk_bits_to_f32(0x7fc00000);
}

void tk_dot_squares(float *squares, float *dots, struct tk_matrix m,
		    uint64_t first, uint64_t n, const float *h)
{
	const struct tk_sum_job job = {
		.m = &m,
		.first = first,
		.n = n,
		.sum = h ? TK_SUM_DOT_SQUARE : TK_SUM_SQUARE,
		.h = h,
		.squares = squares,
		.dots = dots,
	};
	tk_fpenv env = tk_fpenv_set();

	tk_sum_rows(&job);
	tk_fpenv_restore(env);
	settle_nans(squares, n);
	if (h)
		settle_nans(dots, n);
}
