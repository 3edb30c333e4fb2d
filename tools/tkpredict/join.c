/* SPDX-License-Identifier: MIT */
/*
 * join.c - partial results of all rows -> a result
 *
 * They may come from anywhere, so nothing is taken for granted.
 */
#include "join.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "predict.h"
#include "seal.h"
#include "text.h"

/* ---- reading ---- */

void joined_add(struct joined *j, const char *text, size_t len,
		const char *from)
{
	json_error_t error;
	struct part *p;

	if (j->n_parts == j->capacity) {
		j->capacity = j->capacity ? 2 * j->capacity : 16;
		j->parts = realloc(j->parts, j->capacity * sizeof(*j->parts));
		if (!j->parts)
			cli_die("out of memory for %zu parts", j->capacity);
	}
	p = &j->parts[j->n_parts++];
	memset(p, 0, sizeof(*p));
	snprintf(p->from, sizeof(p->from), "%s", from);
	p->json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
			     &error);
	if (!p->json)
		cli_die("%s: is no partial result: %s", p->from, error.text);
	parse_schema(p->json, p->from);
	if (!seal_is_whole(text, len))
		cli_die("%s: was changed or is damaged: its XXH3 is another; "
			"make the part again",
			p->from);
	j->n_text += len;
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

static void read_stream(struct joined *j, FILE *in, const char *path)
{
	char *line = NULL;
	size_t capacity = 0, number = 0;
	char from[96];
	ssize_t len;

	for (errno = 0; (len = getline(&line, &capacity, in)) >= 0; errno = 0) {
		snprintf(from, sizeof(from), "%.60s: line %zu", path,
			 ++number);
		if (!is_blank(line, (size_t)len))
			joined_add(j, line, (size_t)len, from);
	}
	if (ferror(in) || !feof(in))
		cli_die("%s: %s", path, errno ? strerror(errno) : "read error");
	free(line);
}

void joined_read(struct joined *j, char *const *paths, size_t n)
{
	memset(j, 0, sizeof(*j));
	if (!n)
		read_stream(j, stdin, "standard input");
	for (size_t i = 0; i < n; i++) {
		FILE *in;

		if (!strcmp(paths[i], "-")) {
			read_stream(j, stdin, "standard input");
			continue;
		}
		in = fopen(paths[i], "r");
		if (!in)
			cli_die("%s: %s", *paths[i] ? paths[i] : "\"\"",
				strerror(errno));
		read_stream(j, in, paths[i]);
		fclose(in);
	}
	if (!j->n_parts)
		cli_die("no parts to merge; make them with: tkpredict FILE "
			"TEXT --shard I/N --partial");
}

/* ---- one question, one answer for each of its rows ---- */

static void check_question(struct joined *j)
{
	for (size_t i = 0; i < j->n_parts; i++) {
		struct part *p = &j->parts[i];
		json_t *question;

		question = parse_member(p->json, "question", JSON_OBJECT,
					p->from);
		if (i && !json_equal(question, j->question))
			cli_die("%s: is from another file, input or options "
				"than %s",
				p->from, j->parts[0].from);
		j->question = question;
	}
}

static void read_question(struct joined *j)
{
	const char *from = j->parts[0].from;
	struct result *r = &j->result;
	const char *probs;

	parse_member(j->question, "input", JSON_OBJECT, from);
	r->temperature = parse_real(j->question, "temperature", from);
	if (r->temperature < 0 ||
	    (r->temperature > 0 && r->temperature < REQUEST_MIN_TEMPERATURE))
		parse_wrong("temperature", from);
	probs = json_string_value(
		parse_member(j->question, "probs", JSON_STRING, from));
	if (!request_probs(&r->probs, probs))
		parse_wrong("probs", from);
	j->rows = parse_u64(j->question, "rows", 1u << 24, from);
	j->top = parse_u64(j->question, "top", j->rows, from);
	j->sums = r->temperature > 0 && r->probs != PROBS_NONE;
	r->has_ranked = !json_is_null(json_object_get(j->question, "rank"));
	if (r->has_ranked)
		r->ranked.id = (uint32_t)parse_u64(j->question, "rank",
						   UINT32_MAX, from);
}

static int by_row(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->first_row != y->first_row)
		return x->first_row < y->first_row ? -1 : 1;
	return (x->end_row > y->end_row) - (x->end_row < y->end_row);
}

/* All rows, each once; a part may have none. */
static void check_rows(struct joined *j)
{
	uint64_t row = 0;

	for (size_t i = 0; i < j->n_parts; i++) {
		struct part *p = &j->parts[i];

		p->end_row = parse_u64(p->json, "end_row", j->rows, p->from);
		p->first_row = parse_u64(p->json, "first_row", p->end_row,
					 p->from);
		if (p->first_row % TK_BLOCK_ROWS && p->first_row != j->rows)
			parse_wrong("first_row", p->from);
	}
	qsort(j->parts, j->n_parts, sizeof(*j->parts), by_row);
	for (size_t i = 0; i < j->n_parts; i++) {
		const struct part *p = &j->parts[i];

		if (p->first_row == p->end_row)
			continue;
		if (p->first_row < row)
			cli_die("%s: its rows, from %" PRIu64 ", are there "
				"twice",
				p->from, p->first_row);
		if (p->first_row > row)
			break;
		row = p->end_row;
	}
	if (row < j->rows)
		cli_die("rows from %" PRIu64 " of %" PRIu64 " are missing: "
			"give all parts of the answer",
			row, j->rows);
}

/* ---- lists ---- */

static void count(struct joined *j, size_t *n_blocks, size_t *n_best)
{
	*n_blocks = *n_best = 0;
	for (size_t i = 0; i < j->n_parts; i++) {
		const struct part *p = &j->parts[i];
		const uint64_t rows = p->end_row - p->first_row;
		const size_t blocks = json_array_size(parse_member(
			p->json, "blocks", JSON_ARRAY, p->from));
		const size_t best = json_array_size(
			parse_member(p->json, "best", JSON_ARRAY, p->from));

		if (blocks != (j->sums ? (rows + TK_BLOCK_ROWS - 1) /
						 TK_BLOCK_ROWS
				       : 0))
			parse_wrong("blocks", p->from);
		if (best > rows || best > j->top)
			parse_wrong("best", p->from);
		*n_blocks += blocks;
		*n_best += best;
	}
}

static void *alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		cli_die("out of memory (%zu x %zu bytes)", n, size);
	return p;
}

static void read_lists(struct joined *j, const struct part *p)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(p->json, "blocks"), i, item) {
		struct tk_block *b = &j->lists.blocks[j->lists.n_blocks++];

		parse_block(b, item, p->from);
		if (b->index != p->first_row / TK_BLOCK_ROWS + i)
			parse_wrong("blocks", p->from);
	}
	json_array_foreach (json_object_get(p->json, "best"), i, item) {
		struct line *l = &j->lines[j->n_lines++];

		j->n_bytes += parse_line(l, item, j->bytes + j->n_bytes,
					 p->from);
		if (l->id < p->first_row || l->id >= p->end_row ||
		    !isfinite(l->key))
			parse_wrong("best", p->from);
		j->lists.best[j->lists.n_best++] =
			(struct tk_candidate){l->id, l->key};
	}
}

/* Adds what the part has found out about the token of --rank. */
static void read_ranked(struct joined *j, const struct part *p)
{
	const json_t *object =
		parse_member(p->json, "ranked", JSON_OBJECT, p->from);
	struct result *r = &j->result;
	struct line l;

	j->n_bytes += parse_line(&l, object, j->bytes + j->n_bytes, p->from);
	if (l.id != r->ranked.id ||
	    (r->ranked.rank && l.key != r->ranked.key))
		parse_wrong("ranked", p->from);
	l.rank = (r->ranked.rank ? r->ranked.rank : 1) +
		 parse_u64(object, "better", p->end_row - p->first_row,
			   p->from);
	r->ranked = l;
}

static void read_work(struct work *w, const struct part *p)
{
	const uint64_t limit = UINT64_C(1) << 47;

	w->rows_scanned += parse_u64(p->json, "rows_scanned", limit, p->from);
	w->rows_rescored +=
		parse_u64(p->json, "rows_rescored", limit, p->from);
	w->bytes_read += parse_u64(p->json, "bytes_read", limit, p->from);
}

static int by_id(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* The lines of the best, in their order. */
static void pick_lines(struct joined *j)
{
	struct result *r = &j->result;

	qsort(j->lines, j->n_lines, sizeof(*j->lines), by_id);
	r->n = j->lists.n_best;
	r->lines = alloc(r->n, sizeof(*r->lines));
	for (size_t i = 0; i < r->n; i++) {
		const struct line wanted = {.id = j->lists.best[i].id};
		const struct line *found =
			bsearch(&wanted, j->lines, j->n_lines, sizeof(wanted),
				by_id);

		if (found) /* every candidate was a line */
			r->lines[i] = *found;
		r->lines[i].rank = i + 1;
	}
}

void joined_finish(struct joined *j)
{
	struct result *r = &j->result;
	struct tk_normalizer nz;
	struct tk_error err;
	size_t n_blocks, n_best;

	check_question(j);
	read_question(j);
	check_rows(j);
	count(j, &n_blocks, &n_best);
	j->lists.blocks = alloc(n_blocks, sizeof(*j->lists.blocks));
	j->lists.best = alloc(n_best, sizeof(*j->lists.best));
	j->lines = alloc(n_best, sizeof(*j->lines));
	/* Two hex digits a byte. */
	j->bytes = alloc(j->n_text / 2, 1);
	for (size_t i = 0; i < j->n_parts; i++) {
		read_lists(j, &j->parts[i]);
		if (r->has_ranked)
			read_ranked(j, &j->parts[i]);
		read_work(&r->work, &j->parts[i]);
	}
	if (tk_merge(&nz, &j->lists, (size_t)j->top, r->temperature, &err))
		cli_die("the parts do not make one answer: %s", err.message);
	pick_lines(j);
	if (r->n)
		result_check_logit(j->parts[0].from, r->lines[0].id,
				   r->lines[0].logit);
	if (r->has_ranked && !isfinite(r->ranked.key))
		r->ranked.rank = 0;
	result_finish(r, &nz);
}

json_t *joined_json(const struct joined *j)
{
	json_t *input = json_object_get(j->question, "input");
	json_t *object = output_json_start(json_incref(input),
					   j->result.temperature);

	output_json_result(object, &j->result);
	return object;
}

void joined_free(struct joined *j)
{
	for (size_t i = 0; i < j->n_parts; i++)
		json_decref(j->parts[i].json);
	free(j->parts);
	free(j->lists.blocks);
	free(j->lists.best);
	free(j->lines);
	free(j->result.lines);
	free(j->bytes);
}
