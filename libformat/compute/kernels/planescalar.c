/* SPDX-License-Identifier: MIT */
/*
 * planescalar.c - a plane of a sketch in plain C: the reference
 */
#include "base/dtype.h"
#include "base/endian.h"
#include "compute/kernels/kernels.h"

/* acc[j] += the nibbles of row j, each plus 8, times the n of 8 columns. */
static void add_group(int32_t acc[TK_SKETCH_ROWS], const uint8_t *group,
		      const struct tk_plane_job *job, size_t column)
{
	for (size_t c = 0; c < 4; c++) {
		size_t i = column + c;
		int32_t first = 256 * job->n1[i] + job->n0[i];
		int32_t second = 256 * job->n1[i + 4] + job->n0[i + 4];

		for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
			uint8_t byte = group[4 * j + c];

			acc[j] += (byte & 15) * first + (byte >> 4) * second;
		}
	}
}

static void add_plane(const struct tk_plane *p, const struct tk_plane_job *job)
{
	const uint8_t *group = p->nibbles, *scale = p->scale;

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
		p->out[j] = 0;
	for (size_t b = 0; b < job->n_blocks; b++) {
		int32_t acc[TK_SKETCH_ROWS] = {0};

		for (size_t i = 0; i < TK_SKETCH_COLS; i += TK_GROUP_COLS) {
			add_group(acc, group, job, b * TK_SKETCH_COLS + i);
			group += TK_GROUP_BYTES;
		}
		for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
			float s = tk_bf16_to_f32(tk_load16(scale + 2 * j));

			p->out[j] = p->out[j] +
				    s * (float)(acc[j] - job->excess[b]);
		}
		scale += TK_SCALE_BYTES;
	}
}

void tk_plane_scalar(const struct tk_plane_job *job)
{
	for (size_t k = 0; k < job->n_planes; k++)
		add_plane(&job->planes[k], job);
}
