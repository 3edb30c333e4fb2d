/* SPDX-License-Identifier: MIT */
/*
 * neighbours.c - the tokens nearest to a vector, and those at both ends of a
 * direction
 */
#include <stdlib.h>

#include "operand.h"

/* The best; freed by the caller. */
static struct answer *find(size_t *n, uint64_t *n_unranked,
			   const struct vec *v,
			   const struct tk_nearest_query *query, const float *h)
{
	struct tk_candidate *best;
	struct answer *answers;
	struct tk_error err;

	best = malloc((query->k ? query->k : 1) * sizeof(*best));
	if (!best)
		cli_die("out of memory for %zu answers", query->k);
	if (tk_nearest(best, n, n_unranked, v->m, query, h, &v->parallel,
		       &err))
		cli_die_error(v->path, &err);
	answers = answer_make(v, best, *n);
	free(best);
	return answers;
}

/* Why rows have no score. */
static const char *lack_of(enum tk_metric metric)
{
	return metric == TK_METRIC_COS ? "zero, NaN or infinite"
				       : "NaN, infinite or too large";
}

static struct tk_nearest_query query_of(const struct vec *v,
					enum tk_metric metric,
					const uint32_t *exclude,
					size_t n_exclude)
{
	const uint64_t k = v->request->top;

	return (struct tk_nearest_query){
		.metric = metric,
		.k = (size_t)(k < v->n_rows ? k : v->n_rows),
		.n_rows = v->n_rows,
		.exclude = exclude,
		.n_exclude = n_exclude,
	};
}

int near_answer(struct vec *v, const struct tk_bytes *operands, size_t n)
{
	static const char *const titles[] = {
		[TK_METRIC_COS] = "cos", [TK_METRIC_DOT] = "dot",
		[TK_METRIC_L2] = "l2"};
	static const char *const scores[] = {
		[TK_METRIC_COS] = "COS", [TK_METRIC_DOT] = "DOT",
		[TK_METRIC_L2] = "DISTANCE"};
	const enum tk_metric metric = v->request->metric;
	struct list list = {.key = "results",
			    .title = titles[metric],
			    .score = scores[metric]};
	struct tk_nearest_query query;
	uint64_t n_unranked;
	struct operand o;
	size_t n_inputs;
	uint32_t *inputs;
	int status = operand_read(&o, v, operands[0]);

	if (status != EXIT_YES)
		return status;
	status = operand_check(v, &o, metric == TK_METRIC_COS);
	if (status == EXIT_YES) {
		inputs = operand_inputs(&n_inputs, v, &o, 1);
		query = query_of(v, metric, inputs, n_inputs);
		list.answers = find(&list.n, &n_unranked, v, &query, o.vector);
		answer_warn(v, n_unranked, lack_of(metric));
		answer_print(v, operands, n, &list, 1, n_unranked);
		free(list.answers);
		free(inputs);
	}
	operand_free(&o);
	return status;
}

/* -x for every element: what is furthest along it has the least product. */
static void turn(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = -x[i];
}

void ends_answer(struct vec *v, struct operand *o)
{
	struct list lists[2] = {
		{.key = "results", .title = "positive", .score = "DOT"},
		{.key = "opposite", .title = "negative", .score = "DOT"}};
	struct tk_nearest_query query;
	uint64_t n_unranked = 0;
	size_t n_inputs;
	uint32_t *inputs = operand_inputs(&n_inputs, v, o, 1);

	query = query_of(v, TK_METRIC_DOT, inputs, n_inputs);
	for (size_t i = 0; i < 2; i++) {
		lists[i].answers = find(&lists[i].n, &n_unranked, v, &query,
					o->vector);
		turn(o->vector, v->d);
	}
	/* Not -score: of 0 it would be -0. */
	for (size_t i = 0; i < lists[1].n; i++)
		lists[1].answers[i].score = 0 - lists[1].answers[i].score;
	answer_warn(v, n_unranked, lack_of(TK_METRIC_DOT));
	answer_print(v, &o->text, 1, lists, 2, n_unranked);
	free(lists[0].answers);
	free(lists[1].answers);
	free(inputs);
}
