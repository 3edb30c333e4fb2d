/* SPDX-License-Identifier: MIT */
/*
 * relation.c - a is to b as c is to what?
 *
 * The k best by the keys of spec/compute.md 7.2, of which tk_analogies() has
 * the best one: 3CosAdd (Mikolov et al. 2013) adds cosines, 3CosMul (Levy and
 * Goldberg 2014) multiplies and divides them.
 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "operand.h"

#define N_WORDS 3
#define CHUNK_ROWS 1024

/* A sum of squares that neither overflowed nor lost what counts. */
#define LEAST_SOUND 0x1p-90F
#define MOST_SOUND 0x1p126F

enum { A, B, C };

struct relation {
	const struct vec *v;
	const float *units; /* [N_WORDS, d] */
	float *sums;	    /* [n_rows]: 3CosAdd */
	float *products;    /* [n_rows]: 3CosMul */
	atomic_uint_fast64_t n_unranked;
};

/* ---- the cosines of a row ---- */

/* The same from the row as a unit vector; false if it has no direction. */
static bool cosines_of_unit(float cos[N_WORDS], const struct relation *r,
			    uint64_t row)
{
	const size_t d = r->v->d;
	float *unit = malloc(d * sizeof(*unit));
	bool good;

	if (!unit)
		cli_die("out of memory");
	tk_row_to_f32(unit, r->v->m, row);
	good = tk_unit(unit, unit, d);
	for (size_t i = 0; i < N_WORDS && good; i++)
		cos[i] = tk_dot(unit, r->units + i * d, d);
	free(unit);
	return good;
}

static float half(float cos)
{
	return (cos + 1) * 0.5F;
}

static void rank_row(struct relation *r, uint64_t row,
		     const float cos[N_WORDS])
{
	r->sums[row] = cos[B] - cos[A] + cos[C];
	r->products[row] =
		half(cos[B]) * half(cos[C]) / (half(cos[A]) + 0.001F);
}

static void multiply_rows(void *context, size_t chunk)
{
	struct relation *r = context;
	const uint64_t first = (uint64_t)chunk * CHUNK_ROWS;
	const uint64_t left = r->v->n_rows - first;
	const size_t n = left < CHUNK_ROWS ? (size_t)left : CHUNK_ROWS;
	float dots[N_WORDS][CHUNK_ROWS], squares[CHUNK_ROWS];

	tk_dot_batch(dots[0], CHUNK_ROWS, r->v->m, first, n, r->units,
		     N_WORDS);
	tk_dot_squares(squares, NULL, r->v->m, first, n, NULL);
	for (size_t i = 0; i < n; i++) {
		const bool sound = squares[i] >= LEAST_SOUND &&
				   squares[i] <= MOST_SOUND;
		const float scale = (float)(1 / sqrt((double)squares[i]));
		float cos[N_WORDS];

		for (size_t j = 0; j < N_WORDS; j++)
			cos[j] = dots[j][i] * scale;
		if (sound || cosines_of_unit(cos, r, first + i)) {
			rank_row(r, first + i, cos);
			continue;
		}
		r->sums[first + i] = r->products[first + i] = -INFINITY;
		r->n_unranked++;
	}
}

/* ---- the best ---- */

static void find_best(struct list *list, const struct vec *v, float *keys,
		      const uint32_t *inputs, size_t n_inputs)
{
	const uint64_t top = v->request->top;
	const size_t k = (size_t)(top < v->n_rows ? top : v->n_rows);
	struct tk_candidate *best = malloc((k ? k : 1) * sizeof(*best));

	if (!best)
		cli_die("out of memory for %zu answers", k);
	for (size_t i = 0; i < n_inputs; i++)
		if (inputs[i] < v->n_rows)
			keys[inputs[i]] = -INFINITY;
	list->n = tk_top_k(best, k, keys, (size_t)v->n_rows, 0);
	list->answers = answer_make(v, best, list->n);
	free(best);
}

static void answer(struct vec *v, const struct tk_bytes *operands,
		   const struct operand *o, const float *units)
{
	struct relation r = {.v = v, .units = units};
	struct list lists[2];
	size_t n_inputs, n = 0;
	uint32_t *inputs = operand_inputs(&n_inputs, v, o, N_WORDS);

	r.sums = malloc((size_t)v->n_rows * sizeof(*r.sums) + 1);
	r.products = malloc((size_t)v->n_rows * sizeof(*r.products) + 1);
	if (!r.sums || !r.products)
		cli_die("out of memory for the scores of %llu rows",
			(unsigned long long)v->n_rows);
	v->parallel.run(v->parallel.pool,
			(size_t)((v->n_rows + CHUNK_ROWS - 1) / CHUNK_ROWS),
			multiply_rows, &r);
	if (v->request->rules & RULE_ADD) {
		lists[n] = (struct list){"results", "3CosAdd", "SCORE", 0, 0};
		find_best(&lists[n++], v, r.sums, inputs, n_inputs);
	}
	if (v->request->rules & RULE_MUL) {
		lists[n] = (struct list){n ? "results_mul" : "results",
					 "3CosMul", "SCORE", 0, 0};
		find_best(&lists[n++], v, r.products, inputs, n_inputs);
	}
	answer_warn(v, r.n_unranked, "zero, NaN or infinite");
	answer_print(v, operands, N_WORDS, lists, n, r.n_unranked);
	for (size_t i = 0; i < n; i++)
		free(lists[i].answers);
	free(inputs);
	free(r.sums);
	free(r.products);
}

int analogy_answer(struct vec *v, const struct tk_bytes *operands, size_t n)
{
	struct operand *o;
	float *units;
	int status = operands_read(&o, v, operands, n);

	if (status != EXIT_YES)
		return status;
	units = malloc(n * v->d * sizeof(*units));
	if (!units)
		cli_die("out of memory");
	for (size_t i = 0; i < n && status == EXIT_YES; i++) {
		status = operand_check(v, &o[i], true);
		tk_unit(units + i * v->d, o[i].vector, v->d);
	}
	if (status == EXIT_YES)
		answer(v, operands, o, units);
	free(units);
	operands_free(o, n);
	return status;
}
