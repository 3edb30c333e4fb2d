/* SPDX-License-Identifier: MIT */
/*
 * compare.c - vectors with a direction, with each other, and by themselves
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "operand.h"
#include "text.h"

/* ---- dot ---- */

/* The largest score first; those without one are last. */
static int by_score(const void *a, const void *b)
{
	const struct answer *x = *(struct answer *const *)a;
	const struct answer *y = *(struct answer *const *)b;

	if (isnan(x->score) || isnan(y->score))
		return isnan(x->score) - isnan(y->score);
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Their places; the order stays that of the command line. */
static void rank(struct answer *answers, size_t n)
{
	struct answer **sorted = malloc(n * sizeof(struct answer *));

	if (!sorted)
		cli_die("out of memory");
	for (size_t i = 0; i < n; i++)
		sorted[i] = &answers[i];
	qsort(sorted, n, sizeof(struct answer *), by_score);
	for (size_t i = 0; i < n; i++)
		sorted[i]->rank = i + 1;
	free(sorted);
}

static int dot_word(struct answer *a, struct vec *v, struct tk_bytes word,
		    const struct operand *direction)
{
	struct operand o;
	int status = operand_read(&o, v, word);

	if (status != EXIT_YES)
		return status;
	*a = operand_answer(v, &o);
	a->score = tk_dot(o.vector, direction->vector, v->d);
	operand_free(&o);
	return EXIT_YES;
}

static int dot_words(struct vec *v, const struct tk_bytes *operands, size_t n,
		     const struct operand *direction)
{
	struct list list = {.key = "results", .title = "dot", .score = "DOT",
			    .n = n - 1};
	int status = EXIT_YES;

	list.answers = malloc(list.n * sizeof(*list.answers));
	if (!list.answers)
		cli_die("out of memory");
	for (size_t i = 0; i < list.n && status == EXIT_YES; i++)
		status = dot_word(&list.answers[i], v, operands[i + 1],
				  direction);
	if (status == EXIT_YES) {
		rank(list.answers, list.n);
		answer_print(v, operands, 1, &list, 1, UINT64_MAX);
	}
	free(list.answers);
	return status;
}

int dot_answer(struct vec *v, const struct tk_bytes *operands, size_t n)
{
	struct operand o;
	int status = operand_read(&o, v, operands[0]);

	if (status != EXIT_YES)
		return status;
	status = operand_check(v, &o, n == 1);
	if (status == EXIT_YES && n == 1)
		ends_answer(v, &o);
	else if (status == EXIT_YES)
		status = dot_words(v, operands, n, &o);
	operand_free(&o);
	return status;
}

/* ---- cos ---- */

static void put_cos(struct vec *v, const struct tk_bytes *operands,
		    struct answer *a)
{
	const struct list list = {.key = "results", .title = "cos",
				  .answers = a, .n = 1};

	if (v->request->format != FORMAT_TEXT) {
		answer_print(v, operands, 2, &list, 1, UINT64_MAX);
		return;
	}
	printf("%.6f\n", (double)a->score);
}

int cos_answer(struct vec *v, const struct tk_bytes *operands, size_t n)
{
	struct operand *o;
	struct answer a;
	int status = operands_read(&o, v, operands, n);

	if (status != EXIT_YES)
		return status;
	for (size_t i = 0; i < n && status == EXIT_YES; i++)
		status = operand_check(v, &o[i], true);
	if (status == EXIT_YES) {
		a = operand_answer(v, &o[1]);
		a.rank = 1;
		a.score = tk_score(TK_METRIC_COS, o[1].vector, o[0].vector,
				   v->d);
		put_cos(v, operands, &a);
	}
	operands_free(o, n);
	return status;
}

/* ---- row ---- */

#define VALUES_A_LINE 4

static void put_row(const struct vec *v, const struct operand *o,
		    const struct answer *a, float norm)
{
	answer_put_token(a, SIZE_MAX);
	if (a->id != TK_NO_ID)
		printf("  id %" PRIu32, a->id);
	printf("  %s, %s, %zu column%s, norm %.9g\n", v->name,
	       tk_dtype_name((uint16_t)v->m.dtype), v->d, text_s(v->d),
	       (double)norm);
	for (size_t i = 0; i < v->d; i++) {
		if (i % VALUES_A_LINE == 0)
			printf("%6zu", i);
		printf(" %16.9g", (double)o->vector[i]);
		if (i % VALUES_A_LINE == VALUES_A_LINE - 1 || i + 1 == v->d)
			putchar('\n');
	}
}

static void put_row_json(const struct vec *v, const struct operand *o,
			 const struct answer *a, float norm)
{
	json_t *answer = answer_json(&o->text, 1);
	json_t *results = json_array();
	json_t *object = json_object();
	json_t *vector = json_array();

	text_json_set(object, "rank", json_integer(1));
	answer_json_token(object, a);
	text_json_set(object, "matrix", json_string(v->name));
	text_json_set(object, "norm", text_json_real((double)norm));
	for (size_t i = 0; i < v->d; i++)
		text_json_append(vector,
				 text_json_real((double)o->vector[i]));
	text_json_set(object, "vector", vector);
	text_json_append(results, object);
	text_json_set(answer, "results", results);
	text_json_print(answer);
}

static void put_row_tsv(const struct vec *v, const struct operand *o,
			const struct answer *a)
{
	answer_put_token(a, SIZE_MAX);
	for (size_t i = 0; i < v->d; i++) {
		putchar('\t');
		answer_tsv_score(o->vector[i]);
	}
	putchar('\n');
}

int row_answer(struct vec *v, const struct tk_bytes *operands, size_t n)
{
	struct operand o;
	struct answer a;
	float norm;
	int status = operand_read(&o, v, operands[0]);

	(void)n;
	if (status != EXIT_YES)
		return status;
	a = operand_answer(v, &o);
	norm = sqrtf(tk_dot(o.vector, o.vector, v->d));
	answer_start(v, "token\tvector");
	if (v->request->format == FORMAT_JSON)
		put_row_json(v, &o, &a, norm);
	else if (v->request->format == FORMAT_TSV)
		put_row_tsv(v, &o, &a);
	else
		put_row(v, &o, &a, norm);
	operand_free(&o);
	return status;
}
