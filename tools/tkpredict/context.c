/* SPDX-License-Identifier: MIT */
/*
 * context.c - words and ids of the command line -> ids
 */
#include "predict.h"

#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "text.h"
#include "word.h"

void context_append(struct context *c, uint32_t id)
{
	if (c->n == c->capacity) {
		size_t capacity = c->capacity ? 2 * c->capacity : 64;
		uint32_t *ids = realloc(c->ids, capacity * sizeof(*ids));

		if (!ids)
			cli_die("out of memory for %zu ids", capacity);
		c->ids = ids;
		c->capacity = capacity;
	}
	c->ids[c->n++] = id;
}

void context_free(struct context *c)
{
	free(c->ids);
}

/* Appends it, if W_E has such a row. */
static int add_number(struct context *c, const struct tk_model *m,
		      struct tk_bytes word, struct tk_bytes digits)
{
	uint32_t id;
	int status = word_number(&id, &c->why, word, digits,
				 tk_model_w_e(m).rows, "W_E has rows");

	if (status == EXIT_YES)
		context_append(c, id);
	return status;
}

static int add_word(struct context *c, const struct tk_model *m,
		    struct tk_bytes word)
{
	struct tk_bytes digits;
	uint32_t id;
	int status;

	if (word_is_id(&digits, word))
		return add_number(c, m, word, digits);
	status = word_find(&id, &c->why, m, word, WORD_SPACE);
	if (status == EXIT_YES)
		context_append(c, id);
	return status;
}

int context_find(struct context *c, uint32_t *id, const struct tk_model *m,
		 struct tk_bytes word)
{
	const uint64_t n = tk_model_n_predictable(m);
	struct tk_bytes digits;
	int status;

	if (word_is_id(&digits, word))
		return word_number(id, &c->why, word, digits, n,
				   "ids that can be predicted are");
	status = word_find(id, &c->why, m, word, WORD_SPACE);
	if (status == EXIT_YES && *id >= n)
		return cli_because(&c->why, EXIT_NO,
				   "id %u is never predicted: W_U has %llu "
				   "rows",
				   *id, (unsigned long long)n);
	return status;
}

/* ---- both ---- */

/* Forgets what lies before the last n_ctx tokens. */
static void trim(struct context *c, const struct tk_model *m)
{
	const uint64_t n_ctx = tk_model_hparams(m).n_ctx;

	if (!n_ctx || c->n <= n_ctx)
		return;
	cli_warn("only the last %llu of %zu tokens count%s (n_ctx)",
		 (unsigned long long)n_ctx, c->n, n_ctx == 1 ? "s" : "");
	memmove(c->ids, c->ids + (c->n - n_ctx),
		(size_t)n_ctx * sizeof(*c->ids));
	c->n = (size_t)n_ctx;
}

static int finish(struct context *c, const struct tk_model *m)
{
	if (!c->n)
		return cli_because(&c->why, EXIT_TROUBLE,
				   "no context: give at least one word or id");
	trim(c, m);
	return EXIT_YES;
}

int context_from_ids(struct context *c, const struct tk_model *m,
		     const char *list)
{
	struct tk_bytes rest = {(const uint8_t *)list, strlen(list)};
	struct tk_bytes word;
	int status;

	c->n = 0;
	while ((word = tk_word_next(&rest)).len)
		if ((status = add_number(c, m, word, word)))
			return status;
	return finish(c, m);
}

int context_from_text(struct context *c, const struct tk_model *m,
		      struct tk_bytes text)
{
	struct tk_bytes word;
	int status;

	c->n = 0;
	while ((word = tk_word_next(&text)).len)
		if ((status = add_word(c, m, word)))
			return status;
	return finish(c, m);
}

int context_from_operand(struct context *c, const struct tk_model *m,
			 const char *text)
{
	struct input in = {0};
	int status;

	if (strcmp(text, "-"))
		return context_from_text(c, m, text_bytes(text));
	input_next(&in, EOF);
	status = context_from_text(c, m, in.text);
	input_free(&in);
	return status;
}
