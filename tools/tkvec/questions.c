/* SPDX-License-Identifier: MIT */
/*
 * questions.c - a file of questions about words
 */
#include "questions.h"

#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "spelling.h"
#include "text.h"

#define MAX_FIELDS 64 /* of a line that are looked at */
#define WORDS 4	      /* of an analogy */

struct reader {
	struct questions *q;
	const struct vec *v;
	const char *path;
	struct tk_bytes rest;
	size_t line;
	bool has_data; /* a line that is no comment was there */
};

struct fields {
	struct tk_bytes field[MAX_FIELDS];
	size_t n; /* may be more than there is room for */
};

/* ---- lines and fields ---- */

static bool next_line(struct tk_bytes *line, struct tk_bytes *rest)
{
	const uint8_t *end;

	if (!rest->len)
		return false;
	end = memchr(rest->ptr, '\n', rest->len);
	line->ptr = rest->ptr;
	line->len = end ? (size_t)(end - rest->ptr) : rest->len;
	rest->ptr += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	return true;
}

/* What is left without white space around it. */
static struct tk_bytes trim(struct tk_bytes b)
{
	while (b.len && (b.ptr[0] == ' ' ||
			 (b.ptr[0] >= '\t' && b.ptr[0] <= '\r'))) {
		b.ptr++;
		b.len--;
	}
	while (b.len && (b.ptr[b.len - 1] == ' ' ||
			 (b.ptr[b.len - 1] >= '\t' &&
			  b.ptr[b.len - 1] <= '\r')))
		b.len--;
	return b;
}

static void add_field(struct fields *f, struct tk_bytes field)
{
	if (f->n < MAX_FIELDS)
		f->field[f->n] = field;
	f->n++;
}

static void split_words(struct fields *f, struct tk_bytes line)
{
	struct tk_bytes word;

	f->n = 0;
	while ((word = tk_word_next(&line)).len)
		add_field(f, word);
}

/* At tabs, else at commas, else at white space. */
static void split_columns(struct fields *f, struct tk_bytes line)
{
	const uint8_t *end;
	int separator = 0;

	if (line.len && memchr(line.ptr, '\t', line.len))
		separator = '\t';
	else if (line.len && memchr(line.ptr, ',', line.len))
		separator = ',';
	if (!separator) {
		split_words(f, line);
		return;
	}
	f->n = 0;
	while ((end = memchr(line.ptr, separator, line.len))) {
		const size_t len = (size_t)(end - line.ptr);

		add_field(f, trim((struct tk_bytes){line.ptr, len}));
		line.ptr += len + 1;
		line.len -= len + 1;
	}
	add_field(f, trim(line));
}

/* The first number behind two words. */
static bool find_score(double *score, const struct fields *f)
{
	for (size_t i = 2; i < f->n && i < MAX_FIELDS; i++)
		if (!decimal_f64(score, f->field[i]))
			return true;
	return false;
}

static bool is_comment(struct tk_bytes line)
{
	return !line.len || line.ptr[0] == '#';
}

/*
 * Which of the two the file has: the first line that has a number behind two
 * words, or four words in a category, tells.
 */
static bool has_similarities(struct tk_bytes rest)
{
	bool named = false;
	struct tk_bytes line;
	struct fields f;
	double score;

	while (next_line(&line, &rest)) {
		line = trim(line);
		if (is_comment(line))
			continue;
		if (line.ptr[0] == ':') {
			named = true;
			continue;
		}
		split_columns(&f, line);
		if (find_score(&score, &f))
			return true;
		if (named && f.n == WORDS)
			return false;
	}
	return false;
}

/* ---- words ---- */

static bool find(uint32_t *id, const struct reader *r, struct tk_bytes word)
{
	struct tk_error err;
	enum tk_status status =
		tk_word_find(id, NULL, r->v->model, word, &err);

	if (status && status != TK_E_NOT_FOUND)
		cli_die_error(r->v->path, &err);
	return !status && *id < r->v->n_rows;
}

/* Whether all n of them are there. */
static bool find_words(uint32_t *ids, const struct reader *r,
		       const struct tk_bytes *words, size_t n)
{
	bool all = true;

	for (size_t i = 0; i < n && all; i++)
		all = find(&ids[i], r, words[i]);
	return all;
}

/* The bytes are ours. */
static void to_lower(uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = spelling_lower(bytes[i]);
}

/* ---- questions ---- */

static void *grow(void *old, size_t n, size_t size)
{
	void *new = realloc(old, n * size);

	if (!new)
		cli_die("out of memory for %zu questions", n);
	return new;
}

static void reserve(struct questions *q)
{
	size_t n;

	if (q->n < q->capacity)
		return;
	n = q->capacity = q->capacity ? 2 * q->capacity : 1024;
	if (q->similarities) {
		q->pairs = grow(q->pairs, n, sizeof(*q->pairs));
		q->scores = grow(q->scores, n, sizeof(*q->scores));
	} else {
		q->analogies = grow(q->analogies, n, sizeof(*q->analogies));
		q->answers = grow(q->answers, n, sizeof(*q->answers));
	}
}

static void add_category(struct questions *q, struct tk_bytes name)
{
	size_t n;

	if (q->n_categories == q->category_capacity) {
		n = q->category_capacity = q->category_capacity
						   ? 2 * q->category_capacity
						   : 16;
		q->categories = grow(q->categories, n, sizeof(*q->categories));
	}
	q->categories[q->n_categories++] =
		(struct category){.name = name, .first = q->n};
}

/* The category of the line at hand; one without a name if there is none. */
static struct category *category(struct questions *q)
{
	if (!q->n_categories)
		add_category(q, (struct tk_bytes){NULL, 0});
	return &q->categories[q->n_categories - 1];
}

static void add_analogy(struct reader *r, struct tk_bytes line)
{
	struct questions *q = r->q;
	uint32_t ids[WORDS];
	struct fields f;

	split_words(&f, line);
	if (f.n != WORDS)
		cli_die("%s: line %zu: has %zu word%s, but a question is four; "
			"a category begins with a colon",
			r->path, r->line, f.n, text_s(f.n));
	category(q)->n_lines++;
	if (!find_words(ids, r, f.field, WORDS))
		return;
	reserve(q);
	category(q)->n++;
	q->analogies[q->n] = (struct tk_analogy){ids[0], ids[1], ids[2]};
	q->answers[q->n++] = ids[3];
}

static void add_similarity(struct reader *r, struct tk_bytes line)
{
	struct questions *q = r->q;
	uint32_t ids[2];
	struct fields f;
	double score;

	split_columns(&f, line);
	if (!find_score(&score, &f)) {
		/* It says what the columns are. */
		if (!r->has_data)
			return;
		cli_die("%s: line %zu: has no number behind two words",
			r->path, r->line);
	}
	category(q)->n_lines++;
	if (!find_words(ids, r, f.field, 2))
		return;
	reserve(q);
	category(q)->n++;
	q->pairs[q->n][0] = ids[0];
	q->pairs[q->n][1] = ids[1];
	q->scores[q->n++] = score;
}

static void read_line(struct reader *r, struct tk_bytes line)
{
	r->line++;
	line = trim(line);
	if (is_comment(line))
		return;
	if (line.ptr[0] == ':') {
		line.ptr++;
		line.len--;
		add_category(r->q, trim(line));
		return;
	}
	if (r->v->request->lower)
		to_lower(r->q->in.bytes + (line.ptr - r->q->in.bytes),
			 line.len);
	if (r->q->similarities)
		add_similarity(r, line);
	else
		add_analogy(r, line);
	r->has_data = true;
}

/* What some editors put in front of UTF-8 is no part of the first word. */
static struct tk_bytes without_mark(struct tk_bytes text)
{
	if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
		return (struct tk_bytes){text.ptr + 3, text.len - 3};
	return text;
}

void questions_read(struct questions *q, const struct vec *v,
		    const char *path)
{
	struct reader r = {.q = q, .v = v};
	struct tk_bytes line;

	memset(q, 0, sizeof(*q));
	input_open(&q->in, path);
	r.path = q->in.file ? path : "standard input";
	input_next(&q->in, EOF);
	r.rest = without_mark(q->in.text);
	q->similarities = has_similarities(r.rest);
	while (next_line(&line, &r.rest))
		read_line(&r, line);
	if (!r.has_data)
		cli_die("%s: has no questions; a line is four words, or two "
			"words and a number",
			r.path);
}

void questions_free(struct questions *q)
{
	free(q->categories);
	free(q->analogies);
	free(q->answers);
	free(q->pairs);
	free(q->scores);
	input_free(&q->in);
}
