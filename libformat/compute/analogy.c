/* SPDX-License-Identifier: MIT */
/*
 * analogy.c - a is to b as c is to what?  spec/compute.md 7.2
 *
 * Questions share words: the rows of all their words, as unit vectors, are
 * multiplied with a piece of the matrix's rows, and the products stay in the
 * cache while every question is asked of them.  Pieces are shared out among
 * the caller's threads; what is the best answer does not depend on the order
 * in which they are offered.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/kernels/kernels.h"
#include "compute/score.h"

/* Words at a time: as many unit vectors as fit into so many bytes. */
#define UNITS_BYTES (16 << 20)
#define MOST_WORDS 16384
/* Rows at a time: as many as have so many bytes of cosines. */
#define TABLE_BYTES (1 << 20)
#define MOST_ROWS 256
/* Rows that a thread takes at a time, which share its memory. */
#define PIECE_ROWS 4096

/* Some of the questions, with their words. */
struct group {
	const struct tk_matrix *m;
	uint64_t n_rows;
	enum tk_analogy_rule rule;
	const struct tk_analogy *questions;
	size_t n;
	struct tk_analogy *places; /* [n] of their words, in 'ids' */
	_Atomic uint64_t *best;	   /* [n] see pack() */
	uint64_t *is_word;	   /* [n_rows] bits */
	uint32_t *ids;		   /* [most] the words, rising */
	size_t n_ids, most;
	float *units; /* [n_ids][cols]; NaN: has no direction */
	atomic_bool failed;
};

/* ---- the best answer so far, in one word: the larger the better ---- */

static uint64_t pack(float key, uint32_t id)
{
	/* -0 is as +0 */
	const uint32_t bits = tk_f32_to_bits(key + 0.0F);
	const uint32_t order = bits ^ (bits >> 31 ? UINT32_MAX : 1U << 31);

	return (uint64_t)order << 32 | (UINT32_MAX - id);
}

static struct tk_candidate unpack(uint64_t packed)
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
	const struct group *g;
	uint64_t first;
	size_t n;      /* rows */
	size_t stride; /* floats */
	float *cosines; /* [n_ids][stride] */
	float *row;	/* [cols] */
};

static float key_of(const struct table *t, struct tk_analogy at, size_t r)
{
	const float a = t->cosines[at.a * t->stride + r];
	const float b = t->cosines[at.b * t->stride + r];
	const float c = t->cosines[at.c * t->stride + r];

	if (t->g->rule == TK_3COSMUL)
		return b * c / (a + 0.001F);
	return b - a + c;
}

static void ask(const struct table *t, size_t i)
{
	const struct tk_analogy q = t->g->questions[i];
	const struct tk_analogy at = t->g->places[i];
	float best = -INFINITY;
	size_t which = 0;

	for (size_t r = 0; r < t->n; r++) {
		const uint64_t id = t->first + r;
		const float key = key_of(t, at, r);

		/* False for NaN as well. */
		if (key > best && id != q.a && id != q.b && id != q.c) {
			best = key;
			which = r;
		}
	}
	if (best > -INFINITY)
		offer(&t->g->best[i], pack(best, (uint32_t)(t->first + which)));
}

/* ---- multiplying ---- */

/* Rows whose square is not sound are made unit vectors, one by one. */
static float mend_row(const struct table *t, size_t r)
{
	const struct group *g = t->g;
	const size_t d = (size_t)g->m->cols;

	tk_widen(t->row, g->m->data + (t->first + r) * g->m->row_stride, g->m,
		 0, d);
	if (!tk_unit(t->row, t->row, d))
		return NAN;
	for (size_t w = 0; w < g->n_ids; w++)
		t->cosines[w * t->stride + r] =
			tk_dot_scalar(t->row, g->units + w * d, d);
	return 1;
}

static void multiply(const struct table *t)
{
	const struct group *g = t->g;
	float squares[MOST_ROWS], scale[MOST_ROWS];

	tk_dot_batch(t->cosines, t->stride, *g->m, t->first, t->n, g->units,
		     g->n_ids);
	tk_dot_squares(squares, NULL, *g->m, t->first, t->n, NULL);
	for (size_t r = 0; r < t->n; r++)
		scale[r] = tk_is_sound(squares[r])
				   ? (float)(1 / sqrt((double)squares[r]))
				   : mend_row(t, r);
	for (size_t w = 0; w < g->n_ids; w++) {
		float *cosines = t->cosines + w * t->stride;

		for (size_t r = 0; r < t->n; r++)
			cosines[r] = cosines[r] * scale[r];
		for (size_t r = 0; g->rule == TK_3COSMUL && r < t->n; r++)
			cosines[r] = (cosines[r] + 1) * 0.5F;
	}
}

/* Rows of one table, so that it stays in the cache. */
static size_t table_rows(const struct group *g)
{
	const size_t n = TABLE_BYTES / sizeof(float) / (g->n_ids + 1);

	return n > MOST_ROWS ? MOST_ROWS : n < 16 ? 16 : n & ~(size_t)15;
}

static void search_piece(void *context, size_t piece)
{
	struct group *g = context;
	const uint64_t first = (uint64_t)piece * PIECE_ROWS;
	const uint64_t left = g->n_rows - first;
	const uint64_t end = first + (left < PIECE_ROWS ? left : PIECE_ROWS);
	const size_t stride = table_rows(g);
	float *memory = malloc((stride * g->n_ids + (size_t)g->m->cols) *
			       sizeof(float));
	struct table t = {g, first, 0, stride, memory, NULL};
	tk_fpenv env = tk_fpenv_set();

	if (!memory)
		g->failed = true;
	for (; memory && t.first < end; t.first += t.n) {
		t.n = end - t.first < stride ? (size_t)(end - t.first)
					     : stride;
		t.row = memory + stride * g->n_ids;
		multiply(&t);
		for (size_t i = 0; i < g->n; i++)
			if (g->places[i].a != TK_NO_ID)
				ask(&t, i);
	}
	tk_fpenv_restore(env);
	free(memory);
}

/* ---- words ---- */

static void run(const struct tk_parallel *parallel, size_t n,
		void (*work)(void *context, size_t i), void *context)
{
	if (parallel) {
		parallel->run(parallel->pool, n, work, context);
		return;
	}
	for (size_t i = 0; i < n; i++)
		work(context, i);
}

static void make_unit(void *context, size_t i)
{
	struct group *g = context;
	const size_t d = (size_t)g->m->cols;
	float *unit = g->units + i * d;

	tk_row_to_f32(unit, *g->m, g->ids[i]);
	if (!tk_unit(unit, unit, d))
		unit[0] = NAN;
}

static bool add_word(struct group *g, uint32_t id)
{
	uint64_t *bits = &g->is_word[id / 64];
	const uint64_t bit = (uint64_t)1 << id % 64;

	if (*bits & bit)
		return true;
	if (g->n_ids == g->most)
		return false;
	*bits |= bit;
	g->n_ids++;
	return true;
}

/* As many questions, from the first, as there is room for their words. */
static void take_questions(struct group *g, size_t most)
{
	const size_t n_bits = (size_t)((g->n_rows + 63) / 64);
	size_t n = 0;

	memset(g->is_word, 0, n_bits * sizeof(*g->is_word));
	g->n_ids = 0;
	for (g->n = 0; g->n < most; g->n++) {
		const struct tk_analogy q = g->questions[g->n];

		if (!add_word(g, q.a) || !add_word(g, q.b) ||
		    !add_word(g, q.c))
			break;
	}
	for (size_t i = 0; i < n_bits; i++)
		for (uint64_t left = g->is_word[i]; left; left &= left - 1)
			g->ids[n++] = (uint32_t)(64 * i) +
				      (uint32_t)__builtin_ctzll(left);
}

/* Where word 'id' is in 'ids'; TK_NO_ID if it has no direction. */
static uint32_t place(const struct group *g, uint32_t id)
{
	size_t low = 0, high = g->n_ids;

	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (g->ids[middle] <= id)
			low = middle;
		else
			high = middle;
	}
	return isnan(g->units[low * (size_t)g->m->cols]) ? TK_NO_ID
							 : (uint32_t)low;
}

static void place_words(struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct tk_analogy q = g->questions[i];
		struct tk_analogy at = {place(g, q.a), place(g, q.b),
					place(g, q.c)};

		if (at.b == TK_NO_ID || at.c == TK_NO_ID)
			at.a = TK_NO_ID;
		g->places[i] = at;
		g->best[i] = 0;
	}
}

static void answer(struct group *g, struct tk_candidate *best,
		   const struct tk_parallel *parallel)
{
	run(parallel, g->n_ids, make_unit, g);
	place_words(g);
	run(parallel, (size_t)((g->n_rows + PIECE_ROWS - 1) / PIECE_ROWS),
	    search_piece, g);
	for (size_t i = 0; i < g->n; i++)
		best[i] = unpack(g->best[i]);
}

/* ---- all of it ---- */

static enum tk_status check(const struct tk_matrix *m, uint64_t n_rows,
			    const struct tk_analogy *questions, size_t n,
			    struct tk_error *err)
{
	if (n_rows > m->rows)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "the matrix has %llu rows, not %llu",
			       (unsigned long long)m->rows,
			       (unsigned long long)n_rows);
	for (size_t i = 0; i < n; i++)
		if (questions[i].a >= n_rows || questions[i].b >= n_rows ||
		    questions[i].c >= n_rows)
			return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
				       "question %zu is about a row that is "
				       "not there",
				       i);
	return TK_OK;
}

static void release(struct group *g)
{
	free(g->places);
	free(g->best);
	free(g->is_word);
	free(g->ids);
	free(g->units);
}

static bool reserve(struct group *g, size_t n)
{
	const size_t cols = (size_t)g->m->cols;

	g->most = UNITS_BYTES / sizeof(float) / cols;
	if (g->most > MOST_WORDS)
		g->most = MOST_WORDS;
	if (g->most > g->n_rows)
		g->most = (size_t)g->n_rows;
	g->places = calloc(n, sizeof(*g->places));
	g->best = calloc(n, sizeof(*g->best));
	g->is_word = calloc((size_t)(g->n_rows + 63) / 64,
			    sizeof(*g->is_word));
	g->ids = calloc(g->most, sizeof(*g->ids));
	g->units = calloc(g->most, cols * sizeof(*g->units));
	return g->places && g->best && g->is_word && g->ids && g->units;
}

enum tk_status tk_analogies(struct tk_candidate *best, struct tk_matrix m,
			    uint64_t n_rows,
			    const struct tk_analogy *questions, size_t n,
			    enum tk_analogy_rule rule,
			    const struct tk_parallel *parallel,
			    struct tk_error *err)
{
	struct group g = {.m = &m, .n_rows = n_rows, .rule = rule};
	enum tk_status status = check(&m, n_rows, questions, n, err);
	bool done = true;

	if (status || !n)
		return status;
	done = reserve(&g, n);
	for (size_t i = 0; done && i < n; i += g.n) {
		g.questions = questions + i;
		take_questions(&g, n - i);
		answer(&g, best + i, parallel);
		done = !g.failed;
	}
	release(&g);
	return done ? TK_OK : tk_fail_memory(err);
}
