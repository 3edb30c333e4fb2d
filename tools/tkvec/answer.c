/* SPDX-License-Identifier: MIT */
/*
 * answer.c - tokens with scores as a table, JSON or TSV
 */
#include "vec.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "color.h"
#include "text.h"

#define TOKEN_COLUMNS 40

struct answer answer_of(const struct vec *v, uint32_t id)
{
	struct answer a = {.id = id};
	struct tk_error err;
	enum tk_status status = tk_model_token(&a.token, v->model, id, &err);

	if (status && status != TK_E_NOT_FOUND)
		cli_die_error(v->path, &err);
	a.has_token = !status;
	return a;
}

struct answer *answer_make(const struct vec *v, const struct tk_candidate *c,
			   size_t n)
{
	struct answer *answers = malloc((n ? n : 1) * sizeof(*answers));

	if (!answers)
		cli_die("out of memory for %zu answers", n);
	for (size_t i = 0; i < n; i++) {
		answers[i] = answer_of(v, c[i].id);
		answers[i].rank = i + 1;
		answers[i].score = c[i].key;
	}
	return answers;
}

/* ---- what all forms share ---- */

size_t answer_put_token(const struct answer *a, size_t limit)
{
	char id[24];

	if (a->has_token)
		return text_put_quoted(stdout, a->token, limit);
	if (a->id == TK_NO_ID)
		return text_put_start(stdout, a->token, limit);
	snprintf(id, sizeof(id), "id:%" PRIu32, a->id);
	return text_put_start(stdout, text_bytes(id), limit);
}

void answer_json_token(json_t *object, const struct answer *a)
{
	if (a->has_token)
		text_json_token(object, a->token);
	else
		text_json_set(object, "token", json_null());
	text_json_set(object, "id",
		      a->id == TK_NO_ID ? json_null()
					: json_integer((json_int_t)a->id));
}

void answer_warn(const struct vec *v, uint64_t n_unranked, const char *why)
{
	if (n_unranked)
		cli_warn("%" PRIu64 " row%s of %s without a score (%s) %s not "
			 "ranked",
			 n_unranked, text_s(n_unranked), v->name, why,
			 n_unranked == 1 ? "is" : "are");
}

void answer_start(struct vec *v, const char *tsv_head)
{
	const bool first = !v->n_answers++;

	if (v->request->format == FORMAT_TSV && first)
		puts(tsv_head);
	if (v->request->format == FORMAT_TEXT && !first)
		putchar('\n');
}

/* ---- a table ---- */

static void put_row(const struct answer *a)
{
	char score[24];

	printf("%6" PRIu64 "  ", a->rank);
	for (size_t used = answer_put_token(a, TOKEN_COLUMNS);
	     used < TOKEN_COLUMNS; used++)
		putchar(' ');
	if (a->id == TK_NO_ID)
		printf(" %8s", "-");
	else
		printf(" %8" PRIu32, a->id);
	printf(" %11s\n", isnan(a->score)
				  ? "nan"
				  : text_number(score, (double)a->score, 4));
}

static void put_table(const struct list *list, bool titled)
{
	char head[81];

	if (titled)
		printf("%s\n", list->title);
	snprintf(head, sizeof(head), "%6s  %-*s %8s %11s", "RANK",
		 TOKEN_COLUMNS, "TOKEN", "ID", list->score);
	color_put(stdout, COLOR_HEAD, head);
	putchar('\n');
	for (size_t i = 0; i < list->n; i++)
		put_row(&list->answers[i]);
}

/* ---- JSON ---- */

json_t *answer_json(const struct tk_bytes *operands, size_t n)
{
	json_t *object = json_object();
	json_t *array;

	text_json_set(object, "schema", json_string("tkvec/1"));
	if (n == 1) {
		text_json_text(object, "query", operands[0]);
		return object;
	}
	array = json_array();
	for (size_t i = 0; i < n; i++)
		text_json_append(array, text_json(operands[i]));
	text_json_set(object, "query", array);
	return object;
}

static json_t *list_json(const struct list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct answer *a = &list->answers[i];
		json_t *object = json_object();

		text_json_set(object, "rank",
			      json_integer((json_int_t)a->rank));
		if (a->id == TK_NO_ID)
			text_json_set(object, "expression",
				      text_json(a->token));
		answer_json_token(object, a);
		text_json_set(object, "score",
			      text_json_real((double)a->score));
		text_json_append(array, object);
	}
	return array;
}

static void print_json(const struct tk_bytes *operands, size_t n,
		       const struct list *lists, size_t n_lists,
		       uint64_t n_unranked)
{
	json_t *object = answer_json(operands, n);

	for (size_t i = 0; i < n_lists; i++)
		text_json_set(object, lists[i].key, list_json(&lists[i]));
	if (n_unranked != UINT64_MAX)
		text_json_set(object, "unranked",
			      json_integer((json_int_t)n_unranked));
	text_json_print(object);
}

/* ---- TSV ---- */

void answer_tsv_query(const struct tk_bytes *operands, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			putchar(' ');
		text_put_quoted(stdout, operands[i], SIZE_MAX);
	}
}

void answer_tsv_score(float score)
{
	if (isnan(score))
		fputs("nan", stdout);
	else
		printf("%.9g", (double)score);
}

static void print_tsv(const struct tk_bytes *operands, size_t n,
		      const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct answer *a = &list->answers[i];

		answer_tsv_query(operands, n);
		printf("\t%s\t%" PRIu64 "\t", list->title, a->rank);
		answer_put_token(a, SIZE_MAX);
		if (a->id == TK_NO_ID)
			printf("\t-\t");
		else
			printf("\t%" PRIu32 "\t", a->id);
		answer_tsv_score(a->score);
		putchar('\n');
	}
}

void answer_print(struct vec *v, const struct tk_bytes *operands, size_t n,
		  const struct list *lists, size_t n_lists,
		  uint64_t n_unranked)
{
	const enum format format = v->request->format;

	answer_start(v, "query\tlist\trank\ttoken\tid\tscore");
	if (format == FORMAT_JSON) {
		print_json(operands, n, lists, n_lists, n_unranked);
		return;
	}
	for (size_t i = 0; i < n_lists; i++) {
		if (format == FORMAT_TSV) {
			print_tsv(operands, n, &lists[i]);
			continue;
		}
		if (i)
			putchar('\n');
		put_table(&lists[i], n_lists > 1);
	}
}
