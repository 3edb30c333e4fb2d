/* SPDX-License-Identifier: MIT */
/*
 * output.c - a prediction as a table or as JSON
 */
#include "predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define TOKEN_COLUMNS 30
#define SAMPLE 1024

struct tk_bytes output_token(const struct predictor *p, uint32_t id)
{
	struct tk_bytes token;
	struct tk_error err;

	if (tk_model_token(&token, p->model, id, &err))
		cli_die_error(p->request->path, &err);
	return token;
}

/* What is said about one of the best. */
struct line {
	size_t rank;
	uint32_t id;
	float logit;
	double prob;
	double logprob; /* -Inf if the probability is 0 */
};

static struct line line_of(const struct predictor *p, size_t i)
{
	struct line l = {.rank = i + 1, .id = p->best[i].id};

	l.logit = tk_logit(p->model, p->best[i].key);
	if (p->request->temperature > 0) {
		l.prob = tk_prob(&p->normalizer, l.logit);
		l.logprob = tk_logprob(&p->normalizer, l.logit);
	} else {
		l.prob = i ? 0 : 1;
		l.logprob = i ? -(double)INFINITY : 0;
	}
	return l;
}

/* ---- for people ---- */

/* A number in nine columns or fewer, with three digits worth reading. */
static const char *number(char out[24], double x, int decimals)
{
	const double least = decimals == 6 ? 1e-4 : 1e-2;

	if (x != 0 && isfinite(x) && (fabs(x) < least || fabs(x) >= 1e3))
		snprintf(out, 24, "%.2e", x);
	else
		snprintf(out, 24, "%.*f", decimals, x);
	return out;
}

void output_table(const struct predictor *p)
{
	char logit[24], prob[24], logprob[24];

	printf("%6s  %-*s %8s %9s %9s %9s\n", "RANK", TOKEN_COLUMNS, "TOKEN",
	       "ID", "LOGIT", "PROB", "LOGPROB");
	for (size_t i = 0; i < p->n_best; i++) {
		const struct line l = line_of(p, i);

		printf("%6zu  ", l.rank);
		text_put_padded(stdout, output_token(p, l.id), TOKEN_COLUMNS);
		printf(" %8u %9s %9s %9s\n", l.id,
		       number(logit, (double)l.logit, 4),
		       number(prob, l.prob, 6), number(logprob, l.logprob, 4));
	}
}

/* ---- JSON ---- */

static json_t *json_ids(const uint32_t *ids, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		text_json_append(array, json_integer((json_int_t)ids[i]));
	return array;
}

json_t *output_json_start(const struct predictor *p, const struct context *c)
{
	json_t *object = json_object();
	json_t *input;

	text_json_set(object, "schema", json_string("tkpredict/1"));
	if (c) {
		input = json_object();
		text_json_set(input, "ids", json_ids(c->ids, c->n));
		text_json_set(object, "input", input);
	}
	text_json_set(object, "temperature",
		      json_real(p->request->temperature));
	return object;
}

static json_t *json_line(const struct predictor *p, size_t i)
{
	const struct line l = line_of(p, i);
	json_t *object = json_object();

	text_json_set(object, "rank", json_integer((json_int_t)l.rank));
	text_json_set(object, "id", json_integer((json_int_t)l.id));
	text_json_token(object, output_token(p, l.id));
	text_json_set(object, "logit", text_json_real((double)l.logit));
	text_json_set(object, "prob", text_json_real(l.prob));
	text_json_set(object, "logprob", text_json_real(l.logprob));
	return object;
}

void output_json_result(json_t *object, const struct predictor *p)
{
	json_t *lines = json_array();
	double log_normalizer = (double)NAN;

	if (p->request->temperature > 0)
		log_normalizer = tk_log_normalizer(&p->normalizer);
	for (size_t i = 0; i < p->n_best; i++)
		text_json_append(lines, json_line(p, i));
	text_json_set(object, "log_normalizer",
		      text_json_real(log_normalizer));
	text_json_set(object, "predictions", lines);
}

/* ---- generated text ---- */

/*
 * True if the tokens are words that stand apart: no sub-word tokenizer, and
 * no token brings its own space.  Looks at some tokens all over the
 * vocabulary; where there are sub-words, half of them begin with a space.
 */
static bool words_stand_apart(const struct tk_model *m)
{
	const struct tk_bytes kind = tk_tokenizer_kind(m);
	const uint32_t n = tk_model_vocab(m).n_tokens;
	const uint32_t step = n / SAMPLE + 1;
	struct tk_bytes token;

	if (kind.len && (kind.len != 4 || memcmp(kind.ptr, "none", 4)))
		return false;
	for (uint32_t id = 0; id < n; id += step)
		if (!tk_model_token(&token, m, id, NULL) && token.len > 1 &&
		    token.ptr[0] == ' ')
			return false;
	return true;
}

/* The tokens after the first 'start' ids, joined; freed by the caller. */
static struct tk_bytes join(const struct predictor *p, const struct context *c,
			    size_t start)
{
	const bool apart = words_stand_apart(p->model);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		cli_die("out of memory");
	for (size_t i = start; i < c->n; i++) {
		const struct tk_bytes token = output_token(p, c->ids[i]);

		if (apart && i > start)
			putc(' ', out);
		if (token.len)
			fwrite(token.ptr, 1, token.len, out);
	}
	failed = ferror(out);
	if (fclose(out) || failed)
		cli_die("out of memory");
	return (struct tk_bytes){(const uint8_t *)text, size};
}

void output_text(const struct predictor *p, const struct context *c,
		 size_t start)
{
	const struct tk_bytes text = join(p, c, start);

	text_put_plain(stdout, text);
	putchar('\n');
	free((void *)(uintptr_t)text.ptr);
}

void output_json_text(json_t *object, const struct predictor *p,
		      const struct context *c, size_t start)
{
	const struct tk_bytes text = join(p, c, start);
	json_t *generated = json_object();

	text_json_set(generated, "ids", json_ids(c->ids + start, c->n - start));
	text_json_set(generated, "text", text_json(text));
	text_json_set(object, "generated", generated);
	free((void *)(uintptr_t)text.ptr);
}
