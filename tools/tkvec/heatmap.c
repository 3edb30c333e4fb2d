/* SPDX-License-Identifier: MIT */
/*
 * heatmap.c - how near each of some words is to each other one
 *
 * A cell is a shade and the cosine in four characters, so it can be read
 * without colour.  Rows have the words, columns their numbers: ten fit a
 * line, and more are shown below.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "color.h"
#include "operand.h"
#include "text.h"

#define WORD_COLUMNS 15
#define CELLS_A_LINE 10

struct map {
	const struct answer *words; /* [n] */
	const float *cos;	    /* [n, n] */
	size_t n;
};

/* ---- a table ---- */

/* Four characters: "0.75", "-.75", "1.00", "-1.0", " nan". */
static void cosine(char out[8], float cos)
{
	char text[16];

	if (isnan(cos)) {
		memcpy(out, " nan", 5);
		return;
	}
	snprintf(text, sizeof(text), "%.2f", fmin(fabs((double)cos), 1));
	if (cos >= 0 || !strcmp(text, "0.00"))
		snprintf(out, 8, "%.4s", text);
	else /* The sign takes the room of the 0. */
		snprintf(out, 8, "-%.3s", text[0] == '0' ? text + 1 : text);
}

static void put_cell(float cos)
{
	char text[16], number[8];

	cosine(number, cos);
	snprintf(text, sizeof(text), "%s%s", chart_shade(fabs((double)cos)),
		 number);
	putchar(' ');
	if (cos >= 0.4F)
		color_put(stdout, COLOR_GOOD, text);
	else if (cos <= -0.2F)
		color_put(stdout, COLOR_BAD, text);
	else
		fputs(text, stdout);
}

/* Columns first ... end - 1 of all rows. */
static void put_panel(const struct map *map, size_t first, size_t end)
{
	printf("%*s", WORD_COLUMNS + 5, "");
	for (size_t j = first; j < end; j++)
		printf("%6zu", j + 1);
	putchar('\n');
	for (size_t i = 0; i < map->n; i++) {
		printf("%4zu ", i + 1);
		for (size_t used = answer_put_token(&map->words[i],
						    WORD_COLUMNS);
		     used < WORD_COLUMNS; used++)
			putchar(' ');
		for (size_t j = first; j < end; j++)
			put_cell(map->cos[i * map->n + j]);
		putchar('\n');
	}
}

static void put_table(const struct map *map)
{
	for (size_t first = 0; first < map->n; first += CELLS_A_LINE) {
		const size_t left = map->n - first;

		if (first)
			putchar('\n');
		put_panel(map, first,
			  first + (left < CELLS_A_LINE ? left : CELLS_A_LINE));
	}
}

/* ---- JSON and TSV ---- */

/* Tokens, and a row of cosines each. */
static void put_json(const struct map *map, const struct tk_bytes *operands)
{
	json_t *object = answer_json(operands, map->n);
	json_t *results = json_array();

	for (size_t i = 0; i < map->n; i++) {
		json_t *word = json_object(), *row = json_array();

		answer_json_token(word, &map->words[i]);
		for (size_t j = 0; j < map->n; j++)
			text_json_append(
				row, text_json_real(
					     (double)map->cos[i * map->n + j]));
		text_json_set(word, "scores", row);
		text_json_append(results, word);
	}
	text_json_set(object, "results", results);
	text_json_print(object);
}

static void put_tsv(const struct map *map)
{
	fputs("token", stdout);
	for (size_t i = 0; i < map->n; i++) {
		putchar('\t');
		answer_put_token(&map->words[i], SIZE_MAX);
	}
	putchar('\n');
	for (size_t i = 0; i < map->n; i++) {
		answer_put_token(&map->words[i], SIZE_MAX);
		for (size_t j = 0; j < map->n; j++) {
			putchar('\t');
			answer_tsv_score(map->cos[i * map->n + j]);
		}
		putchar('\n');
	}
}

/* ---- the answer ---- */

static void put(struct vec *v, const struct map *map,
		const struct tk_bytes *operands)
{
	switch (v->request->format) {
	case FORMAT_JSON:
		put_json(map, operands);
		break;
	case FORMAT_TSV:
		put_tsv(map);
		break;
	default:
		if (v->n_answers++)
			putchar('\n');
		put_table(map);
	}
}

int pairs_answer(struct vec *v, const struct tk_bytes *operands, size_t n)
{
	struct map map = {.n = n};
	struct answer *words;
	struct operand *o;
	float *cos;
	int status = operands_read(&o, v, operands, n);

	if (status != EXIT_YES)
		return status;
	words = malloc(n * sizeof(*words));
	cos = calloc(n * n, sizeof(*cos));
	if (!words || !cos)
		cli_die("out of memory for %zu words", n);
	for (size_t i = 0; i < n; i++) {
		words[i] = operand_answer(v, &o[i]);
		for (size_t j = 0; j < n; j++)
			cos[i * n + j] =
				tk_score(TK_METRIC_COS, o[j].vector,
					 o[i].vector, v->d);
	}
	map.words = words;
	map.cos = cos;
	put(v, &map, operands);
	free(cos);
	free(words);
	operands_free(o, n);
	return status;
}
