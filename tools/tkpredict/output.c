/* SPDX-License-Identifier: MIT */
/*
 * output.c - a result as a table or as JSON
 */
#include "predict.h"

#include <stdio.h>

#include "color.h"
#include "text.h"

#define TOKEN_COLUMNS 30
#define LENS_COLUMNS 12 /* of a token: three fit */

/* ---- for people ---- */

static void put_line(const struct line *l, enum probs probs)
{
	char a[24], b[24];

	if (l->rank)
		printf("%6llu  ", (unsigned long long)l->rank);
	else
		printf("%6s  ", "never");
	text_put_padded(stdout, l->token, TOKEN_COLUMNS);
	printf(" %8u %9s", l->id, text_number(a, (double)l->logit, 4));
	if (probs == PROBS_EXACT)
		printf(" %9s %9s", text_number(a, l->prob, 6),
		       text_number(b, l->logprob, 4));
	else if (probs == PROBS_BOUNDS)
		printf(" %9s %9s", text_number(a, l->bounds[0], 6),
		       text_number(b, l->bounds[1], 6));
	putchar('\n');
}

void output_table(const struct result *r)
{
	static const char *const heads[] = {
		[PROBS_EXACT] = "      PROB   LOGPROB",
		[PROBS_BOUNDS] = "   PROB >=   PROB <=",
		[PROBS_NONE] = ""};
	char head[81];

	snprintf(head, sizeof(head), "%6s  %-*s %8s %9s%s", "RANK",
		 TOKEN_COLUMNS, "TOKEN", "ID", "LOGIT", heads[r->probs]);
	color_put(stdout, COLOR_HEAD, head);
	putchar('\n');
	for (size_t i = 0; i < r->n; i++)
		put_line(&r->lines[i], r->probs);
	if (r->has_ranked && (!r->ranked.rank || r->ranked.rank > r->n))
		put_line(&r->ranked, r->probs);
}

/* ---- the logit lens: a line a vector ---- */

static size_t lens_width(const struct result *r, size_t limit)
{
	return r->n < limit ? r->n : limit;
}

static void put_score(const struct line *l, enum probs probs)
{
	char text[24];

	printf(" %9s", probs == PROBS_EXACT
			       ? text_number(text, l->prob, 6)
			       : text_number(text, (double)l->logit, 4));
}

void output_lens_head(const struct result *r, size_t limit)
{
	const char *score = r->probs == PROBS_EXACT ? "PROB" : "LOGIT";

	printf("VECTOR");
	if (r->has_ranked)
		printf(" %8s %9s", "RANK", score);
	for (size_t i = 0; i < lens_width(r, limit); i++)
		printf("  %-*s %9s", LENS_COLUMNS, i ? "NEXT" : "BEST", score);
	putchar('\n');
}

void output_lens_line(const struct result *r, size_t vector, size_t limit)
{
	printf("%6zu", vector);
	if (r->has_ranked) {
		if (r->ranked.rank)
			printf(" %8llu", (unsigned long long)r->ranked.rank);
		else
			printf(" %8s", "never");
		put_score(&r->ranked, r->probs);
	}
	for (size_t i = 0; i < lens_width(r, limit); i++) {
		printf("  ");
		text_put_padded(stdout, r->lines[i].token, LENS_COLUMNS);
		put_score(&r->lines[i], r->probs);
	}
	putchar('\n');
}

/* ---- JSON ---- */

json_t *output_json_input(const struct context *c)
{
	json_t *ids = json_array();
	json_t *input = json_object();

	for (size_t i = 0; i < c->n; i++)
		text_json_append(ids, json_integer((json_int_t)c->ids[i]));
	text_json_set(input, "ids", ids);
	return input;
}

json_t *output_json_start(json_t *input, double temperature)
{
	json_t *object = json_object();

	text_json_set(object, "schema", json_string("tkpredict/1"));
	if (input)
		text_json_set(object, "input", input);
	text_json_set(object, "temperature", json_real(temperature));
	return object;
}

static json_t *json_line(const struct line *l, enum probs probs)
{
	const bool exact = probs == PROBS_EXACT;
	json_t *object = json_object();
	json_t *bounds;

	text_json_set(object, "rank",
		      l->rank ? json_integer((json_int_t)l->rank)
			      : json_null());
	text_json_set(object, "id", json_integer((json_int_t)l->id));
	text_json_token(object, l->token);
	text_json_set(object, "logit", text_json_real((double)l->logit));
	text_json_set(object, "prob",
		      exact ? text_json_real(l->prob) : json_null());
	text_json_set(object, "logprob",
		      exact ? text_json_real(l->logprob) : json_null());
	if (probs == PROBS_BOUNDS) {
		bounds = json_array();
		text_json_append(bounds, text_json_real(l->bounds[0]));
		text_json_append(bounds, text_json_real(l->bounds[1]));
		text_json_set(object, "prob_bounds", bounds);
	}
	return object;
}

static void set_count(json_t *object, const char *key, uint64_t n)
{
	text_json_set(object, key, json_integer((json_int_t)n));
}

void output_json_result(json_t *object, const struct result *r)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < r->n; i++)
		text_json_append(lines, json_line(&r->lines[i], r->probs));
	text_json_set(object, "log_normalizer",
		      r->probs == PROBS_EXACT
			      ? text_json_real(r->log_normalizer)
			      : json_null());
	text_json_set(object, "predictions", lines);
	if (r->has_ranked)
		text_json_set(object, "ranked",
			      json_line(&r->ranked, r->probs));
	set_count(object, "rows_scanned", r->work.rows_scanned);
	set_count(object, "rows_rescored", r->work.rows_rescored);
	set_count(object, "bytes_read", r->work.bytes_read);
}
