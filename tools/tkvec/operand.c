/* SPDX-License-Identifier: MIT */
/*
 * operand.c - an operand: a token, or an expression of tokens, as a vector
 */
#include "operand.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "text.h"
#include "word.h"

#define SHOWN 40 /* columns of a text in a message */

static char *shown(struct tk_bytes text)
{
	char *s = text_quoted(text, SHOWN);

	if (!s)
		cli_die("out of memory");
	return s;
}

/* "MESSAGE" with the text in it, as a reason. */
static int because(struct vec *v, int status, struct tk_bytes text,
		   const char *message)
{
	char *s = shown(text);

	cli_because(&v->why, status, "%s %s", s, message);
	free(s);
	return status;
}

/* ---- text -> terms ---- */

/* The word at the mistake, for the message; the place is shown below it. */
static int misread(struct vec *v, struct tk_bytes text,
		   const struct mistake *mistake)
{
	struct tk_bytes word = {text.ptr + mistake->at, 0};

	v->expression = text;
	v->mistake = mistake->at;
	while (mistake->at + word.len < text.len &&
	       !expression_is_space(word.ptr[word.len]))
		word.len++;
	if (!word.len)
		return cli_because(&v->why, EXIT_TROUBLE, "the expression %s",
				   mistake->message);
	return because(v, EXIT_TROUBLE, word, mistake->message);
}

/* ---- terms -> ids ---- */

/* A word with a sign in it may have been meant as two. */
static bool has_sign(struct tk_bytes word)
{
	return word.len > 2 && (memchr(word.ptr + 1, '-', word.len - 2) ||
				memchr(word.ptr + 1, '+', word.len - 2));
}

static int find_word(uint32_t *id, struct vec *v, struct tk_bytes word)
{
	int status = word_find(id, &v->why, v->model, word,
			       WORD_SPACE_AND_CASE);
	size_t len = strlen(v->why.text);

	if (status == EXIT_NO && has_sign(word))
		snprintf(v->why.text + len, sizeof(v->why.text) - len,
			 "; an operator has spaces around it");
	if (status == EXIT_YES && *id >= v->m.rows) {
		because(v, EXIT_NO, word, "has no row in ");
		len = strlen(v->why.text);
		snprintf(v->why.text + len, sizeof(v->why.text) - len, "%s",
			 v->name);
		status = EXIT_NO;
	}
	return status;
}

/* The row of a term, or its dimension. */
static int find_term(uint32_t *id, struct vec *v, const struct term *term)
{
	const uint64_t n = term->kind == TERM_DIM ? v->d : v->m.rows;
	char what[32];

	if (term->kind == TERM_WORD)
		return find_word(id, v, term->token);
	snprintf(what, sizeof(what), "%s has %s", v->name,
		 term->kind == TERM_DIM ? "columns" : "rows");
	return word_number(id, &v->why, term->token, term->digits, n, what);
}

/* ---- ids -> the vector ---- */

static void *allocate(size_t n, size_t size)
{
	/* A sum of no bytes would be NULL. */
	void *p = calloc(n ? n : 1, size);

	if (!p)
		cli_die("out of memory");
	return p;
}

/* sum += weight * the term's row or unit vector. */
static void add_term(double *sum, float *row, const struct vec *v,
		     const struct term *term, uint32_t id)
{
	if (term->kind == TERM_DIM) {
		sum[id] += term->weight;
		return;
	}
	tk_row_to_f32(row, v->m, id);
	for (size_t i = 0; i < v->d; i++)
		sum[i] += term->weight * (double)row[i];
}

static int add_terms(struct operand *o, struct vec *v,
		     const struct expression *e)
{
	double *sum = allocate(v->d, sizeof(*sum));
	int status = EXIT_YES;

	for (size_t i = 0; i < e->n && status == EXIT_YES; i++) {
		const struct term *term = &e->terms[i];
		uint32_t id;

		status = find_term(&id, v, term);
		if (status != EXIT_YES)
			break;
		add_term(sum, o->vector, v, term, id);
		if (term->kind != TERM_DIM)
			o->ids[o->n_ids++] = id;
	}
	o->is_row = e->n == 1 && o->n_ids == 1 && e->terms[0].weight == 1;
	for (size_t i = 0; i < v->d && !o->is_row; i++)
		o->vector[i] = (float)sum[i];
	free(sum);
	return status;
}

/* ---- operands ---- */

/* The row of a token that is the whole text. */
static bool find_whole(uint32_t *id, const struct vec *v, struct tk_bytes text)
{
	enum tk_word_match how;

	return !tk_word_find(id, &how, v->model, text, NULL) &&
	       how == TK_WORD_EXACT && *id < v->m.rows;
}

static bool is_special(struct tk_bytes text)
{
	return (text.len > 3 && !memcmp(text.ptr, "id:", 3)) ||
	       (text.len > 4 && !memcmp(text.ptr, "dim:", 4));
}

static int read_expression(struct operand *o, struct vec *v)
{
	struct mistake mistake;
	struct expression e;
	int status;

	if (!expression_parse(&e, o->text, &mistake))
		return misread(v, o->text, &mistake);
	o->ids = allocate(e.n, sizeof(*o->ids));
	status = add_terms(o, v, &e);
	expression_free(&e);
	return status;
}

int operand_read(struct operand *out, struct vec *v, struct tk_bytes text)
{
	struct operand o = {.text = text,
			    .vector = allocate(v->d, sizeof(*o.vector))};
	int status = EXIT_YES;
	uint32_t id;

	v->expression.len = 0;
	if (!is_special(text) && find_whole(&id, v, text)) {
		o.ids = allocate(1, sizeof(*o.ids));
		o.ids[o.n_ids++] = id;
		o.is_row = true;
		tk_row_to_f32(o.vector, v->m, id);
	} else {
		status = read_expression(&o, v);
	}
	if (status == EXIT_YES)
		*out = o;
	else
		operand_free(&o);
	return status;
}

void operand_free(struct operand *o)
{
	free(o->ids);
	free(o->vector);
}

int operands_read(struct operand **out, struct vec *v,
		  const struct tk_bytes *texts, size_t n)
{
	struct operand *o = allocate(n, sizeof(*o));
	int status = EXIT_YES;

	for (size_t i = 0; i < n && status == EXIT_YES; i++) {
		status = operand_read(&o[i], v, texts[i]);
		if (status != EXIT_YES)
			operands_free(o, i);
	}
	if (status == EXIT_YES)
		*out = o;
	return status;
}

void operands_free(struct operand *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		operand_free(&o[i]);
	free(o);
}

int operand_check(struct vec *v, const struct operand *o, bool direction)
{
	bool is_zero = true;
	char message[64];

	for (size_t i = 0; i < v->d; i++) {
		if (o->vector[i] != 0)
			is_zero = false;
		if (isfinite(o->vector[i]))
			continue;
		snprintf(message, sizeof(message),
			 "has %s in column %zu of its vector",
			 isnan(o->vector[i]) ? "NaN" : "an infinity", i);
		return because(v, EXIT_TROUBLE, o->text, message);
	}
	if (is_zero && direction)
		return because(v, EXIT_TROUBLE, o->text,
			       "is the zero vector, which has no direction");
	return EXIT_YES;
}

struct answer operand_answer(const struct vec *v, const struct operand *o)
{
	if (o->is_row)
		return answer_of(v, o->ids[0]);
	return (struct answer){.id = TK_NO_ID, .token = o->text};
}

uint32_t *operand_inputs(size_t *n_ids, const struct vec *v,
			 const struct operand *o, size_t n)
{
	uint32_t *ids;
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += o[i].n_ids;
	ids = allocate(total, sizeof(*ids));
	*n_ids = 0;
	for (size_t i = 0; i < n && !v->request->include_inputs; i++) {
		memcpy(ids + *n_ids, o[i].ids, o[i].n_ids * sizeof(*ids));
		*n_ids += o[i].n_ids;
	}
	return ids;
}
