/* SPDX-License-Identifier: MIT */
/*
 * askrows.c - all questions of a piece of the rows: spec/compute.md 7.2
 *
 * The unit vectors of all words are multiplied with some rows, and the
 * products stay in the cache while every question is asked of them.
 */
#include <stdlib.h>

#include "base/dtype.h"
#include "base/fpenv.h"
#include "compute/analogy.h"
#include "compute/score.h"

/* Rows at a time: as many as have so many bytes of cosines. */
#define TABLE_BYTES (1 << 20)
#define MOST_ROWS 256

float *tk_floats(size_t n)
{
	return aligned_alloc(64, (n * sizeof(float) + 63) & ~(size_t)63);
}

/* ---- the best answer so far, in one word: the larger the better ---- */

static uint64_t pack(float key, uint32_t id)
{
	/* -0 is as +0 */
	const uint32_t bits = tk_f32_to_bits(key + 0.0F);
	const uint32_t order = bits ^ (bits >> 31 ? UINT32_MAX : 1U << 31);

	return (uint64_t)order << 32 | (UINT32_MAX - id);
}

struct tk_candidate tk_answer(uint64_t packed)
{
	const uint32_t order = (uint32_t)(packed >> 32);
	const uint32_t bits = order >> 31 ? order ^ 1U << 31 : ~order;

	if (!packed)
		return (struct tk_candidate){TK_NO_ID, 0};
	return (struct tk_candidate){UINT32_MAX - (uint32_t)packed,
				     tk_bits_to_f32(bits)};
}

static void offer(_Atomic uint64_t *best, uint64_t packed)
{
	uint64_t old = atomic_load_explicit(best, memory_order_relaxed);

	while (old < packed &&
	       !atomic_compare_exchange_weak_explicit(best, &old, packed,
						      memory_order_relaxed,
						      memory_order_relaxed))
		;
}

/* ---- asking ---- */

/* Cosines of some rows with all words, as the rule wants them. */
struct table {
	const struct tk_group *g;
	const struct tk_kernel *kernel;
	uint64_t first;
	size_t n;	/* rows */
	size_t stride;	/* floats */
	float *cosines; /* [n_ids][stride] */
	float *row;	/* [cols] */
};

/* The first row from 'from' on that is no answer to q; t->n if none is. */
static size_t next_excluded(const struct table *t, struct tk_analogy q,
			    size_t from)
{
	const uint32_t ids[] = {q.a, q.b, q.c};
	size_t next = t->n;

	for (size_t i = 0; i < 3; i++)
		if (ids[i] >= t->first + from && ids[i] < t->first + next)
			next = (size_t)(ids[i] - t->first);
	return next;
}

static void ask(const struct table *t, size_t i)
{
	const struct tk_group *g = t->g;
	const struct tk_analogy q = g->questions[i];
	const float *a = t->cosines + g->places[i].a * t->stride;
	const float *b = t->cosines + g->places[i].b * t->stride;
	const float *c = t->cosines + g->places[i].c * t->stride;
	float best = -INFINITY;
	size_t at = 0, end;

	for (size_t from = 0; from < t->n; from = end + 1) {
		float key;

		end = next_excluded(t, q, from);
		key = t->kernel->largest(g->rule, a + from, b + from, c + from,
					 end - from);
		if (key > best) {
			best = key;
			at = from;
		}
	}
	if (!(best > -INFINITY) || pack(best, (uint32_t)t->first) <=
	    atomic_load_explicit(&g->best[i], memory_order_relaxed))
		return;
	/* Nothing is excluded between there and the first that has it. */
	while (!(tk_analogy_key(g->rule, a[at], b[at], c[at]) >= best))
		at++;
	offer(&g->best[i], pack(best, (uint32_t)(t->first + at)));
}

/* ---- multiplying ---- */

/* Rows whose square is not sound are made unit vectors, one by one. */
static float mend_row(const struct table *t, size_t r)
{
	const struct tk_group *g = t->g;
	const size_t d = (size_t)g->m->cols;

	tk_widen(t->row, g->m->data + (t->first + r) * g->m->row_stride, g->m,
		 0, d);
	if (!tk_unit(t->row, t->row, d))
		return NAN;
	for (size_t w = 0; w < g->n_ids; w++)
		t->cosines[w * t->stride + r] =
			tk_dot_scalar(t->row, g->units + w * g->unit_size, d);
	return 1;
}

static void multiply(const struct table *t)
{
	const struct tk_group *g = t->g;
	struct tk_dot_job job = {.m = g->m, .first = t->first, .n = t->n};

	for (size_t w = 0; w < g->n_ids; w += TK_BATCH) {
		for (job.n_hs = 0;
		     job.n_hs < TK_BATCH && w + job.n_hs < g->n_ids;
		     job.n_hs++) {
			const size_t k = w + job.n_hs;

			job.hs[job.n_hs] = g->units + k * g->unit_size;
			job.outs[job.n_hs] = t->cosines + k * t->stride;
		}
		t->kernel->dot(&job);
		job.is_cached = true;
	}
}

/* Products with unit vectors become cosines. */
static void scale(const struct table *t)
{
	const struct tk_group *g = t->g;
	float squares[MOST_ROWS], norms[MOST_ROWS];
	const struct tk_dot_job job = {.m = g->m,
				       .first = t->first,
				       .n = t->n,
				       .sum = TK_SUM_SQUARE,
				       .outs = {squares}};

	t->kernel->dot(&job);
	for (size_t r = 0; r < t->n; r++)
		norms[r] = tk_is_sound(squares[r])
				   ? (float)(1 / sqrt((double)squares[r]))
				   : mend_row(t, r);
	for (size_t w = 0; w < g->n_ids; w++) {
		float *cosines = t->cosines + w * t->stride;

		for (size_t r = 0; r < t->n; r++)
			cosines[r] = cosines[r] * norms[r];
		for (size_t r = 0; g->rule == TK_3COSMUL && r < t->n; r++)
			cosines[r] = (cosines[r] + 1) * 0.5F;
	}
}

/* Rows of one table, so that it stays in the cache. */
static size_t table_rows(const struct tk_group *g)
{
	const size_t n = TABLE_BYTES / sizeof(float) / (g->n_ids + 1);

	return n > MOST_ROWS ? MOST_ROWS : n < 16 ? 16 : n & ~(size_t)15;
}

void tk_ask_piece(void *context, size_t piece)
{
	struct tk_group *g = context;
	const uint64_t first = (uint64_t)piece * TK_PIECE_ROWS;
	const uint64_t left = g->n_rows - first;
	const uint64_t n = left < TK_PIECE_ROWS ? left : TK_PIECE_ROWS;
	const size_t stride = table_rows(g), floats = stride * g->n_ids;
	float *memory = tk_floats(floats + (size_t)g->m->cols);
	struct table t = {
		.g = g,
		.kernel = tk_kernel_choose(),
		.first = first,
		.stride = stride,
		.cosines = memory,
	};
	tk_fpenv env = tk_fpenv_set();

	if (!memory)
		g->failed = true;
	for (; memory && t.first < first + n; t.first += t.n) {
		t.n = (size_t)(first + n - t.first);
		t.n = t.n < stride ? t.n : stride;
		t.row = memory + floats;
		multiply(&t);
		scale(&t);
		for (size_t i = 0; i < g->n; i++)
			if (g->places[i].a != TK_NO_ID)
				ask(&t, i);
	}
	tk_fpenv_restore(env);
	free(memory);
}
