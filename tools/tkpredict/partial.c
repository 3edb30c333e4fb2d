/* SPDX-License-Identifier: MIT */
/*
 * partial.c - the result of some rows of W_U -> a line that join.c reads
 *
 * Text, so that it goes through pipes and mails between machines of any
 * kind; numbers have the digits that read back to the same bits.  It brings
 * its tokens along: whoever joins the parts needs no model.
 */
#include "predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "seal.h"
#include "text.h"

/* Of the bits of h: parts of two vectors must not be joined. */
static void vector_digest(char out[33], const float *h, size_t d)
{
	uint8_t *bytes = malloc(4 * d);

	if (!bytes)
		cli_die("out of memory (%zu bytes)", 4 * d);
	for (size_t i = 0; i < d; i++) {
		uint32_t bits;

		memcpy(&bits, &h[i], sizeof(bits));
		for (int j = 0; j < 4; j++)
			bytes[4 * i + (size_t)j] = (uint8_t)(bits >> (8 * j));
	}
	seal_digest(out, bytes, 4 * d);
	free(bytes);
}

static json_t *integer(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *json_blocks(const struct tk_partial *p)
{
	json_t *blocks = json_array();

	for (size_t i = 0; i < p->n_blocks; i++) {
		json_t *block = json_array();

		text_json_append(block, integer(p->blocks[i].index));
		text_json_append(block, text_json_real(p->blocks[i].max));
		text_json_append(block, text_json_real(p->blocks[i].sum));
		text_json_append(blocks, block);
	}
	return blocks;
}

static json_t *json_candidate(const struct predictor *p,
			      struct tk_candidate c)
{
	const struct line l = predict_line(p, c, 0);
	json_t *object = json_object();

	text_json_set(object, "id", integer(l.id));
	text_json_token(object, l.token);
	text_json_set(object, "key", text_json_real((double)l.key));
	text_json_set(object, "logit", text_json_real((double)l.logit));
	return object;
}

/* The k best of all blocks. */
static json_t *json_best(const struct predictor *p)
{
	struct tk_partial only = {.best = p->partial.best,
				  .n_best = p->partial.n_best};
	struct tk_normalizer none;
	struct tk_error err;
	json_t *best = json_array();

	if (tk_merge(&none, &only, p->k, 0, &err))
		cli_die_error(p->request->path, &err);
	/* JSON has no infinity.  The lower one is written as null. */
	if (only.n_best && tk_logit(p->model, only.best[0].key) == INFINITY)
		result_check_logit(p->request->path, only.best[0].id,
				   INFINITY);
	for (size_t i = 0; i < only.n_best; i++)
		text_json_append(best, json_candidate(p, only.best[i]));
	return best;
}

static json_t *json_ranked(const struct predictor *p)
{
	json_t *object = json_candidate(p, p->ranked);

	text_json_set(object, "better", integer(p->n_better));
	return object;
}

/* What must be the same in all parts. */
static json_t *json_question(const struct predictor *p,
			     const struct context *c)
{
	const struct request *r = p->request;
	const struct tk_file_info info =
		tk_container_info(tk_model_container(p->model));
	json_t *object = json_object();
	char file[33], vector[33];

	text_digest(file, info.file);
	vector_digest(vector, p->vector, p->d);
	text_json_set(object, "file", json_string(file));
	text_json_set(object, "input", output_json_input(c));
	text_json_set(object, "vector", json_string(vector));
	text_json_set(object, "temperature", json_real(r->temperature));
	text_json_set(object, "probs",
		      json_string(request_probs_name(r->probs)));
	text_json_set(object, "top", integer(p->k));
	text_json_set(object, "rows", integer(p->n));
	text_json_set(object, "rank",
		      p->has_ranked ? integer(p->ranked.id) : json_null());
	return object;
}

char *partial_line(const struct predictor *p, const struct context *c)
{
	json_t *object = json_object();
	char *line;

	text_json_set(object, "schema", json_string("tkpredict-partial/1"));
	text_json_set(object, "question", json_question(p, c));
	text_json_set(object, "first_row", integer(p->rows.first));
	text_json_set(object, "end_row", integer(p->rows.end));
	text_json_set(object, "best", json_best(p));
	if (p->has_ranked)
		text_json_set(object, "ranked", json_ranked(p));
	text_json_set(object, "rows_scanned", integer(p->work.rows_scanned));
	text_json_set(object, "rows_rescored",
		      integer(p->work.rows_rescored));
	text_json_set(object, "bytes_read", integer(p->work.bytes_read));
	text_json_set(object, "blocks", json_blocks(&p->partial));
	line = seal_object(object);
	json_decref(object);
	return line;
}
