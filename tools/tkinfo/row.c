/* SPDX-License-Identifier: MIT */
/*
 * row.c - the rows of W_E and W_U that belong to one token
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "text.h"
#include "word.h"

#define VALUES_A_LINE 4

static bool has_row(struct tk_matrix m, uint64_t id)
{
	return m.data && id < m.rows;
}

/* Rows of an archive are decoded when they are asked for. */
static void load_row(const struct info *info, uint32_t kind, uint64_t id)
{
	struct tk_matrix m = tk_model_matrix(info->model, kind);
	struct tk_error err;

	if (info->view && has_row(m, id) &&
	    tk_archive_load(info->view, info->container,
			    tk_container_find(info->container, kind),
			    id * m.row_stride, m.row_stride, &err))
		cli_die_error(info->path, &err);
}

/* The row as f32; freed by the caller. */
static float *widen(struct tk_matrix m, uint64_t id)
{
	float *x = malloc((size_t)m.cols * sizeof(*x));

	if (!x)
		cli_die("out of memory");
	tk_row_to_f32(x, m, id);
	return x;
}

/* False for a padding row; a damaged token ends the program. */
static bool has_token(struct tk_bytes *token, const struct info *info,
		      uint64_t id)
{
	struct tk_error err;

	switch (tk_model_token(token, info->model, id, &err)) {
	case TK_OK:
		return true;
	case TK_E_NOT_FOUND:
		return false;
	default:
		cli_die_error(info->path, &err);
	}
}

/* ---- text ---- */

static void put_row(const char *name, struct tk_matrix m, uint64_t id)
{
	float *x;

	if (!has_row(m, id)) {
		printf("%s  has no such row: its rows are 0 to %" PRIu64 "\n",
		       name, m.rows - 1);
		return;
	}
	printf("%s  %s, row %" PRIu64 " of %" PRIu64 ", %" PRIu64
	       " column%s\n",
	       name, tk_dtype_name((uint16_t)m.dtype), id, m.rows, m.cols,
	       text_s(m.cols));
	x = widen(m, id);
	for (uint64_t i = 0; i < m.cols; i++) {
		if (i % VALUES_A_LINE == 0)
			printf("%6" PRIu64, i);
		printf(" %16.9g", (double)x[i]);
		if (i % VALUES_A_LINE == VALUES_A_LINE - 1 || i + 1 == m.cols)
			putchar('\n');
	}
	free(x);
}

static void put_text(const struct info *info, uint64_t id, struct tk_matrix w_e,
		     struct tk_matrix w_u)
{
	struct tk_bytes token;
	bool named = has_token(&token, info, id);

	printf("id %" PRIu64 "  ", id);
	if (named)
		text_put_quoted(stdout, token, SIZE_MAX);
	else
		fputs("no token: a padding row", stdout);
	putchar('\n');
	if (w_e.data)
		put_row("W_E", w_e, id);
	if (w_u.data)
		put_row("W_U", w_u, id);
}

/* ---- JSON ---- */

static json_t *row_json(struct tk_matrix m, uint64_t id)
{
	json_t *row;
	float *x;

	if (!has_row(m, id))
		return json_null();
	row = json_array();
	x = widen(m, id);
	for (uint64_t i = 0; i < m.cols; i++)
		text_json_append(row, text_json_real((double)x[i]));
	free(x);
	return row;
}

static void put_json(const struct info *info, uint64_t id, struct tk_matrix w_e,
		     struct tk_matrix w_u)
{
	json_t *o = json_object();
	struct tk_bytes token;

	text_json_set(o, "schema", json_string("tkinfo/1"));
	text_json_set(o, "id", json_integer((json_int_t)id));
	if (has_token(&token, info, id))
		text_json_token(o, token);
	else
		text_json_set(o, "token", json_null());
	if (w_e.data)
		text_json_set(o, "w_e", row_json(w_e, id));
	if (w_u.data)
		text_json_set(o, "w_u", row_json(w_u, id));
	text_json_print(o);
}

/* The id of a word that has a row, or of a row that has no word. */
static int find(uint32_t *id, const struct info *info, const char *text,
		uint64_t rows)
{
	const struct tk_bytes word = text_bytes(text);
	struct tk_bytes digits;
	struct cli_reason why;
	int status;

	if (word_is_id(&digits, word))
		status = word_number(id, &why, word, digits, rows,
				     "there are rows");
	else
		status = word_find(id, &why, info->model, word, WORD_SPACE);
	if (status == EXIT_YES && *id >= rows)
		status = cli_because(&why, EXIT_NO,
				     "id:%" PRIu32 " is a token without a row",
				     *id);
	if (status != EXIT_YES)
		cli_warn("%s: %s", info->path, why.text);
	return status;
}

int row_print(const struct info *info, const char *text)
{
	struct tk_matrix w_e = tk_model_w_e(info->model);
	/* A tied W_U is absent here: its row would be printed twice. */
	struct tk_matrix w_u = tk_model_matrix(info->model, TK_KIND_W_U);
	uint32_t id;
	int status;

	if (!w_e.data && !w_u.data)
		cli_die("%s: has a vocabulary, but no matrix and no rows",
			info->path);
	status = find(&id, info, text, w_e.rows > w_u.rows ? w_e.rows
							    : w_u.rows);
	if (status != EXIT_YES)
		return status;
	load_row(info, TK_KIND_W_E, id);
	load_row(info, TK_KIND_W_U, id);
	if (info->json)
		put_json(info, id, w_e, w_u);
	else
		put_text(info, id, w_e, w_u);
	return EXIT_YES;
}
