/* SPDX-License-Identifier: MIT */
/*
 * scalar.c - the canonical dot product in plain C: the reference
 *
 * Independent lanes let any compiler use vectors without changing a bit; the
 * build must not contract a * b + c (-ffp-contract=off).
 */
#include "compute/kernels/kernels.h"

void tk_dot_panel_scalar(float lanes[TK_LANES], int is_first, const float *w,
			 const float *h, size_t n)
{
	float acc[TK_LANES] = {0};
	size_t i = 0;

	for (; n - i >= TK_LANES; i += TK_LANES)
		for (size_t j = 0; j < TK_LANES; j++)
			acc[j] = acc[j] + w[i + j] * h[i + j];
	/* Columns beyond the end count as +0, which changes no lane. */
	for (size_t j = 0; j < n - i; j++)
		acc[j] = acc[j] + w[i + j] * h[i + j];
	for (size_t j = 0; j < TK_LANES; j++)
		lanes[j] = is_first ? acc[j] : lanes[j] + acc[j];
}

float tk_dot_fold(float lanes[TK_LANES])
{
	for (size_t half = TK_LANES / 2; half; half /= 2)
		for (size_t j = 0; j < half; j++)
			lanes[j] = lanes[j] + lanes[j + half];
	return lanes[0];
}
