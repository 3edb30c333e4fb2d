/* SPDX-License-Identifier: MIT */
/*
 * panels.c - panels of a sketch -> approximate keys, bounds, candidates:
 * spec/sketch.md 3 and 5
 *
 * Of most panels nothing is looked at twice but the largest bound of their
 * rows.
 */
#include "compute/panels.h"

#include <math.h>

#include "compute/kernels/kernels.h"
#include "compute/topk.h"

uint32_t tk_panel_rows(const struct tk_sketch *s, size_t p)
{
	uint64_t left = s->rows - (uint64_t)p * TK_SKETCH_ROWS;

	return left < TK_SKETCH_ROWS ? (UINT32_C(1) << left) - 1 : UINT32_MAX;
}

/*
 * The biases of panel p, in 'room' or elsewhere; no row is chosen from beyond
 * the end.
 */
static const float *bias_of(float room[TK_SKETCH_ROWS],
			    const struct tk_sketch *s, size_t p)
{
	static const float none[TK_SKETCH_ROWS];
	uint64_t first = (uint64_t)p * TK_SKETCH_ROWS, left = s->rows - first;
	size_t n = left < TK_SKETCH_ROWS ? (size_t)left : TK_SKETCH_ROWS;

	if (!s->b_u.data && n == TK_SKETCH_ROWS)
		return none;
	for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
		room[j] = j < n ? 0 : -INFINITY;
	if (s->b_u.data)
		tk_widen(room, s->b_u.data, &s->b_u, (size_t)first, n);
	return room;
}

static inline void halve(float *x, size_t n)
{
	for (size_t j = 0; j < n; j++)
		x[j] = x[j] > x[j + n] ? x[j] : x[j + n];
}

/* The largest of x[32], or if one is NaN, of some of them; changes x. */
static inline float largest(float x[TK_SKETCH_ROWS])
{
	halve(x, 16);
	halve(x, 8);
	halve(x, 4);
	halve(x, 2);
	halve(x, 1);
	return x[0];
}

/* From the products of one plane more. */
static void find_approx(float approx[TK_SKETCH_ROWS],
			const float sums[TK_SKETCH_ROWS],
			const struct tk_query *q, enum tk_scan scan)
{
	const float sigma = q->sigma, sigma_16 = q->sigma_16;

	if (scan == TK_SCAN_HI)
		for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
			approx[j] = sigma_16 * sums[j];
	else
		for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
			approx[j] = approx[j] + sigma * sums[j];
}

void tk_scan_panels(struct tk_search *x, size_t p, size_t apart, size_t end)
{
	const struct tk_sketch *s = x->s;
	const uint8_t *plane = x->scan == TK_SCAN_HI ? s->hi : s->lo;
	struct tk_plane_job job = {
		.n1 = x->query.n1,
		.n0 = x->query.n0,
		.excess = x->query.excess,
		.n_blocks = (size_t)s->n_blocks,
	};
	float sums[TK_STREAMS][TK_SKETCH_ROWS] = {{0}};

	for (size_t i = p; i < end && job.n_planes < TK_STREAMS; i += apart) {
		job.planes[job.n_planes] = (struct tk_plane){
			plane + i * job.n_blocks * TK_PLANE_BYTES,
			s->scale + i * job.n_blocks * TK_SCALE_BYTES,
			sums[job.n_planes]};
		job.n_planes++;
	}
	x->kernel->plane(&job);
	for (size_t k = 0; k < job.n_planes; k++, p += apart)
		find_approx(x->approx + p * TK_SKETCH_ROWS, sums[k],
			    &x->query, x->scan);
}

void tk_bound_panel(struct tk_search *x, size_t p)
{
	const float *approx = x->approx + p * TK_SKETCH_ROWS;
	float room[TK_SKETCH_ROWS], upper[TK_SKETCH_ROWS];
	const float *bias = bias_of(room, x->s, p);
	float biased[TK_SKETCH_ROWS];

	tk_sketch_margins(upper, x->s, &x->query, x->scan, p);
	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		float u = (approx[j] + upper[j]) + bias[j];

		biased[j] = approx[j] + bias[j];
		/* NaN may be a candidate. */
		upper[j] = u == u ? u : INFINITY;
	}
	x->best[p] = largest(biased);
	x->reach[p] = largest(upper);
}

void tk_offer_panel(struct tk_candidate *heap, size_t *n, size_t k,
		    const struct tk_search *x, size_t p)
{
	const float *approx = x->approx + p * TK_SKETCH_ROWS;
	float room[TK_SKETCH_ROWS];
	const float *bias = bias_of(room, x->s, p);

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		struct tk_candidate c = {
			.id = (uint32_t)(p * TK_SKETCH_ROWS + j),
			.key = approx[j] + bias[j],
		};

		tk_offer(heap, n, k, c);
	}
}

/* 1 << j, from where several can be had at a time. */
static const uint32_t row_bit[TK_SKETCH_ROWS] = {
	0x00000001, 0x00000002, 0x00000004, 0x00000008,
	0x00000010, 0x00000020, 0x00000040, 0x00000080,
	0x00000100, 0x00000200, 0x00000400, 0x00000800,
	0x00001000, 0x00002000, 0x00004000, 0x00008000,
	0x00010000, 0x00020000, 0x00040000, 0x00080000,
	0x00100000, 0x00200000, 0x00400000, 0x00800000,
	0x01000000, 0x02000000, 0x04000000, 0x08000000,
	0x10000000, 0x20000000, 0x40000000, 0x80000000,
};

/* A bit for each row whose bound is not below tau: NaN is one, and a tie. */
static uint32_t candidates_of(const struct tk_search *x, size_t p)
{
	const float *approx = x->approx + p * TK_SKETCH_ROWS;
	float margin[TK_SKETCH_ROWS], room[TK_SKETCH_ROWS];
	const float *bias = bias_of(room, x->s, p);
	const float tau = x->tau;
	uint32_t bits = 0;

	tk_sketch_margins(margin, x->s, &x->query, x->scan, p);
	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		float upper = (approx[j] + margin[j]) + bias[j];

		bits |= upper < tau ? 0 : row_bit[j];
	}
	return bits & tk_panel_rows(x->s, p);
}

uint64_t tk_find_candidates(struct tk_search *x, uint64_t limit)
{
	uint64_t n = 0;

	for (size_t p = 0; p < x->s->n_panels && n <= limit; p++) {
		x->candidates[p] =
			x->reach[p] < x->tau ? 0 : candidates_of(x, p);
		n += (uint64_t)__builtin_popcount(x->candidates[p]);
	}
	return n;
}
