/* SPDX-License-Identifier: MIT */
/*
 * analogy.c - a is to b as c is to what?  spec/compute.md 7.2
 *
 * Questions share words, so each word is multiplied with the matrix once.
 * Pieces of the rows are shared out among the caller's threads; what is the
 * best answer does not depend on the order in which they are offered.
 */
#include "compute/analogy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

/* Words at a time: as many unit vectors as fit into so many bytes. */
#define UNITS_BYTES (16 << 20)
#define MOST_WORDS 4096

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
	struct tk_group *g = context;
	float *unit = g->units + i * g->unit_size;

	tk_row_to_f32(unit, *g->m, g->ids[i]);
	if (!tk_unit(unit, unit, (size_t)g->m->cols))
		unit[0] = NAN;
}

static bool add_word(struct tk_group *g, uint32_t id)
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
static void take_questions(struct tk_group *g, size_t most)
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
static uint32_t place(const struct tk_group *g, uint32_t id)
{
	size_t low = 0, high = g->n_ids;

	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (g->ids[middle] <= id)
			low = middle;
		else
			high = middle;
	}
	return isnan(g->units[low * g->unit_size]) ? TK_NO_ID : (uint32_t)low;
}

static void place_words(struct tk_group *g)
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

static void answer(struct tk_group *g, struct tk_candidate *best,
		   const struct tk_parallel *parallel)
{
	run(parallel, g->n_ids, make_unit, g);
	place_words(g);
	run(parallel,
	    (size_t)((g->n_rows + TK_PIECE_ROWS - 1) / TK_PIECE_ROWS),
	    tk_ask_piece, g);
	for (size_t i = 0; i < g->n; i++)
		best[i] = tk_answer(g->best[i]);
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

static void release(struct tk_group *g)
{
	free(g->places);
	free(g->best);
	free(g->is_word);
	free(g->ids);
	free(g->units);
}

static bool reserve(struct tk_group *g, size_t n)
{
	g->unit_size = ((size_t)g->m->cols + 15) & ~(size_t)15;
	g->most = UNITS_BYTES / sizeof(float) / g->unit_size;
	if (g->most > MOST_WORDS)
		g->most = MOST_WORDS;
	if (g->most > g->n_rows)
		g->most = (size_t)g->n_rows;
	g->places = calloc(n, sizeof(*g->places));
	g->best = calloc(n, sizeof(*g->best));
	g->is_word = calloc((size_t)(g->n_rows + 63) / 64,
			    sizeof(*g->is_word));
	g->ids = calloc(g->most, sizeof(*g->ids));
	g->units = tk_floats(g->most * g->unit_size);
	return g->places && g->best && g->is_word && g->ids && g->units;
}

enum tk_status tk_analogies(struct tk_candidate *best, struct tk_matrix m,
			    uint64_t n_rows,
			    const struct tk_analogy *questions, size_t n,
			    enum tk_analogy_rule rule,
			    const struct tk_parallel *parallel,
			    struct tk_error *err)
{
	struct tk_group g = {.m = &m, .n_rows = n_rows, .rule = rule};
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
