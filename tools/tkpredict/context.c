/* SPDX-License-Identifier: MIT */
/*
 * context.c - words and ids of the command line -> ids
 */
#include "predict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define SHOWN 40 /* columns of a word in a message */
#define LONGEST_HINT 64

static int fail(struct context *c, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct context *c, int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->message, sizeof(c->message), format, ap);
	va_end(ap);
	return status;
}

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

/* ---- ids ---- */

/* A decimal number below 'rows', of which 'what' says what has them. */
static int find_number(struct context *c, uint32_t *out, struct tk_bytes word,
		       struct tk_bytes digits, uint64_t rows, const char *what)
{
	uint64_t id = 0;
	bool is_number;
	char *shown;
	size_t i = 0;
	int status;

	for (; i < digits.len && digits.ptr[i] >= '0' && digits.ptr[i] <= '9';
	     i++)
		if (id < rows)
			id = 10 * id + (uint64_t)(digits.ptr[i] - '0');
	is_number = digits.len && i == digits.len;
	if (is_number && id < rows) {
		*out = (uint32_t)id;
		return EXIT_YES;
	}
	shown = text_quoted(word, SHOWN);
	/* What the file does not have is no, what is no id is trouble. */
	status = fail(c, is_number ? EXIT_NO : EXIT_TROUBLE,
		      "%s is %s: %s 0 to %llu", shown ? shown : "this",
		      is_number ? "out of range" : "not an id", what,
		      (unsigned long long)rows - 1);
	free(shown);
	return status;
}

/* Appends it, if W_E has such a row. */
static int add_number(struct context *c, const struct tk_model *m,
		      struct tk_bytes word, struct tk_bytes digits)
{
	uint32_t id;
	int status = find_number(c, &id, word, digits, tk_model_w_e(m).rows,
				 "W_E has rows");

	if (status == EXIT_YES)
		context_append(c, id);
	return status;
}

/* ---- words ---- */

static bool is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_punctuation(uint8_t c)
{
	return c > ' ' && c < 0x7f && !is_upper(c) && !is_lower(c) &&
	       !(c >= '0' && c <= '9');
}

/* Looks for a word that could have been meant. */
static bool find_similar(uint32_t *id, const struct tk_model *m,
			 struct tk_bytes word)
{
	uint8_t text[LONGEST_HINT];
	struct tk_bytes b = {text, word.len};

	if (word.len > sizeof(text))
		return false;
	memcpy(text, word.ptr, word.len);
	while (b.len > 1 && is_punctuation(text[b.len - 1]))
		b.len--;
	if (b.len < word.len && !tk_word_find(id, NULL, m, b, NULL))
		return true;
	for (size_t i = 0; i < b.len; i++)
		if (is_upper(text[i]))
			text[i] = (uint8_t)(text[i] + 'a' - 'A');
	if (!tk_word_find(id, NULL, m, b, NULL))
		return true;
	if (is_lower(text[0]))
		text[0] = (uint8_t)(text[0] + 'A' - 'a');
	return !tk_word_find(id, NULL, m, b, NULL);
}

static int unknown_word(struct context *c, const struct tk_model *m,
			struct tk_bytes word)
{
	char *shown = text_quoted(word, SHOWN);
	char *similar = NULL;
	struct tk_bytes token;
	uint32_t id;
	int status;

	if (find_similar(&id, m, word) && !tk_model_token(&token, m, id, NULL))
		similar = text_quoted(token, SHOWN);
	if (similar)
		status = fail(c, EXIT_NO,
			      "%s is not in the vocabulary; %s is (id:%u)",
			      shown ? shown : "a word", similar, id);
	else
		status = fail(c, EXIT_NO,
			      "%s is not in the vocabulary; 'tkinfo --vocab "
			      "FILE' lists it, and id:N means an id",
			      shown ? shown : "a word");
	free(shown);
	free(similar);
	return status;
}

static void note_match(const struct tk_model *m, struct tk_bytes word,
		       uint32_t id)
{
	struct tk_bytes token;
	char *typed, *found;

	if (tk_model_token(&token, m, id, NULL))
		return;
	typed = text_quoted(word, SHOWN);
	found = text_quoted(token, SHOWN);
	if (typed && found)
		cli_warn("%s found as %s", typed, found);
	free(typed);
	free(found);
}

/* True if the word is "id:" and digits; '*digits' is what follows. */
static bool is_id(struct tk_bytes *digits, struct tk_bytes word)
{
	if (word.len < 4 || memcmp(word.ptr, "id:", 3))
		return false;
	digits->ptr = word.ptr + 3;
	digits->len = word.len - 3;
	for (size_t i = 0; i < digits->len; i++)
		if (digits->ptr[i] < '0' || digits->ptr[i] > '9')
			return false;
	return true;
}

static int find_word(struct context *c, uint32_t *id, const struct tk_model *m,
		     struct tk_bytes word)
{
	enum tk_word_match how;
	struct tk_error err;
	enum tk_status status = tk_word_find(id, &how, m, word, &err);

	if (status == TK_E_NOT_FOUND)
		return unknown_word(c, m, word);
	if (status)
		return fail(c, EXIT_TROUBLE, "%s", err.message);
	if (how != TK_WORD_EXACT)
		note_match(m, word, *id);
	return EXIT_YES;
}

static int add_word(struct context *c, const struct tk_model *m,
		    struct tk_bytes word)
{
	struct tk_bytes digits;
	uint32_t id;
	int status;

	if (is_id(&digits, word))
		return add_number(c, m, word, digits);
	status = find_word(c, &id, m, word);
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

	if (is_id(&digits, word))
		return find_number(c, id, word, digits, n,
				   "ids that can be predicted are");
	status = find_word(c, id, m, word);
	if (status == EXIT_YES && *id >= n)
		return fail(c, EXIT_NO,
			    "id %u is never predicted: W_U has %llu rows", *id,
			    (unsigned long long)n);
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
		return fail(c, EXIT_TROUBLE,
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
