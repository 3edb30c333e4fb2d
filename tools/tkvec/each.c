/* SPDX-License-Identifier: MIT */
/*
 * each.c - a question on the command line, or one a line of standard input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expression.h"
#include "input.h"
#include "text.h"
#include "vec.h"

#define BEFORE 40 /* columns of an expression in front of its mistake */
#define WIDTH 72

/* ---- no answer ---- */

/* A byte of UTF-8 that is not the first of its character. */
static bool is_inside(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* The expression, or a part of it, and a mark under the mistake. */
static void put_mistake(struct tk_bytes text, size_t at)
{
	struct tk_bytes before, shown;
	size_t start = at, next, columns;

	while (start) {
		next = start - 1;
		while (next && is_inside(text.ptr[next]))
			next--;
		before = (struct tk_bytes){text.ptr + next, at - next};
		if (text_put_start(NULL, before, SIZE_MAX) > BEFORE)
			break;
		start = next;
	}
	before = (struct tk_bytes){text.ptr + start, at - start};
	shown = (struct tk_bytes){text.ptr + start, text.len - start};
	columns = text_put_start(NULL, before, SIZE_MAX);
	fputs("  ", stderr);
	text_put_start(stderr, shown, WIDTH);
	fprintf(stderr, "\n  %*s^\n", (int)columns, "");
}

/* A line that has no answer gets one that says so. */
static void put_error(const struct vec *v, struct tk_bytes line)
{
	json_t *object;

	if (!v->line || v->request->format != FORMAT_JSON)
		return;
	object = answer_json(&line, 1);
	text_json_set(object, "error", json_string(v->why.text));
	text_json_print(object);
}

static void report(const struct vec *v, struct tk_bytes line)
{
	if (v->line)
		cli_warn("line %zu: %s", v->line, v->why.text);
	else
		cli_warn("%s", v->why.text);
	if (v->expression.len)
		put_mistake(v->expression, v->mistake);
	put_error(v, line);
}

/* ---- a line -> operands ---- */

/* Where the word at text[at] ends: at white space that is not in quotes. */
static size_t word_end(struct tk_bytes text, size_t at)
{
	bool quoted = text.ptr[at] == '"';

	for (at += quoted; at < text.len; at++) {
		if (quoted && text.ptr[at] == '\\')
			at++;
		else if (quoted && text.ptr[at] == '"')
			quoted = false;
		else if (!quoted && expression_is_space(text.ptr[at]))
			break;
	}
	return at < text.len ? at : text.len;
}

/*
 * Takes the next operand off the front: up to a tab or, in a line without
 * tabs, to white space.
 */
static bool next_operand(struct tk_bytes *out, struct tk_bytes *rest,
			 bool tabs)
{
	size_t start = 0, end;

	while (start < rest->len &&
	       (tabs ? rest->ptr[start] == '\t'
		     : expression_is_space(rest->ptr[start])))
		start++;
	if (start == rest->len)
		return false;
	end = start;
	if (!tabs)
		end = word_end(*rest, start);
	while (tabs && end < rest->len && rest->ptr[end] != '\t')
		end++;
	*out = (struct tk_bytes){rest->ptr + start, end - start};
	*rest = (struct tk_bytes){rest->ptr + end, rest->len - end};
	return true;
}

struct texts {
	struct tk_bytes *texts;
	size_t n, capacity;
};

static void append(struct texts *t, struct tk_bytes text)
{
	if (t->n == t->capacity) {
		size_t capacity = t->capacity ? 2 * t->capacity : 16;
		struct tk_bytes *texts =
			realloc(t->texts, capacity * sizeof(*texts));

		if (!texts)
			cli_die("out of memory for %zu operands", capacity);
		t->texts = texts;
		t->capacity = capacity;
	}
	t->texts[t->n++] = text;
}

static void take_line(struct texts *t, const struct operands *o,
		      struct tk_bytes line)
{
	const bool tabs = line.len && memchr(line.ptr, '\t', line.len);
	struct tk_bytes operand;

	t->n = 0;
	if (o->is_whole)
		append(t, line);
	else
		while (next_operand(&operand, &line, tabs))
			append(t, operand);
	/* "-" stood for the first; the others are the same for each line. */
	for (size_t i = 1; i < o->n; i++)
		append(t, text_bytes(o->given[i]));
}

/* ---- questions ---- */

static int ask(struct vec *v, const struct operands *o, const struct texts *t,
	       vec_command *command, struct tk_bytes line)
{
	int status;

	v->expression.len = 0;
	if (t->n >= o->min && t->n <= o->max)
		status = command(v, t->texts, t->n);
	else
		status = cli_because(
			&v->why, EXIT_TROUBLE,
			"%s takes %zu operand%s%s, not %zu; one with spaces "
			"stands in quotes",
			o->command, o->min, text_s(o->min),
			o->max > o->min ? " or more" : "", t->n);
	if (status != EXIT_YES)
		report(v, line);
	return status;
}

static int ask_lines(struct vec *v, const struct operands *o,
		     vec_command *command)
{
	struct input in = {0};
	struct texts t = {0};
	int worst = EXIT_YES;

	while (input_line(&in)) {
		int status;

		v->line++;
		take_line(&t, o, in.text);
		status = ask(v, o, &t, command, in.text);
		if (status > worst)
			worst = status;
		fflush(stdout);
	}
	input_free(&in);
	free(t.texts);
	return worst;
}

static bool is_from_stdin(const struct operands *o)
{
	/* Of two tokens or more, "-" may be one. */
	return o->n && !strcmp(o->given[0], "-") &&
	       (o->n == 1 || (o->is_whole && o->max > 1));
}

int each_question(struct vec *v, const struct operands *o,
		  vec_command *command)
{
	struct texts t = {0};
	int status;

	if (is_from_stdin(o))
		return ask_lines(v, o, command);
	if (!o->n && !isatty(0)) {
		status = ask_lines(v, o, command);
		if (v->line)
			return status;
	}
	for (size_t i = 0; i < o->n; i++)
		append(&t, text_bytes(o->given[i]));
	status = ask(v, o, &t, command, (struct tk_bytes){NULL, 0});
	free(t.texts);
	return status;
}
