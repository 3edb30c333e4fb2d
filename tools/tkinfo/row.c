/* SPDX-License-Identifier: MIT */
/*
 * row.c - the rows of W_E and W_U that belong to one token
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "text.h"

#define VALUES_A_LINE 4

/* "id:1234"; false if it is not of that form.  Too large: UINT64_MAX. */
static bool parse_id(uint64_t *id, const char *text)
{
	uint64_t x = 0;

	if (strncmp(text, "id:", 3) || !text[3])
		return false;
	for (const char *p = text + 3; *p; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (*p < '0' || *p > '9')
			return false;
		x = x > (UINT64_MAX - digit) / 10 ? UINT64_MAX : 10 * x + digit;
	}
	*id = x;
	return true;
}

/* The word as a message may show it; freed by the caller. */
static char *quoted(struct tk_bytes word)
{
	char *text = text_quoted(word, 60);

	if (!text)
		cli_die("out of memory");
	return text;
}

static void warn_missing(const struct info *info, struct tk_bytes word)
{
	char *text = quoted(word);

	cli_warn("%s: no token %s, with or without a leading space; try "
		 "'tkinfo --vocab=PART FILE'",
		 info->path, text);
	free(text);
}

/* Says which token was taken, as it is not the word itself. */
static void warn_variant(const struct info *info, struct tk_bytes word,
			 uint32_t id)
{
	struct tk_bytes token;
	char *asked, *used;

	if (tk_model_token(&token, info->model, id, NULL))
		return;
	asked = quoted(word);
	used = quoted(token);
	cli_warn("no token %s; used %s, id %" PRIu32, asked, used, id);
	free(asked);
	free(used);
}

static bool find_word(uint64_t *id, const struct info *info, const char *text)
{
	struct tk_bytes word = bytes_of(text);
	enum tk_word_match how;
	struct tk_error err;
	uint32_t found;

	switch (tk_word_find(&found, &how, info->model, word, &err)) {
	case TK_OK:
		break;
	case TK_E_NOT_FOUND:
		warn_missing(info, word);
		return false;
	default:
		cli_die_error(info->path, &err);
	}
	if (how != TK_WORD_EXACT)
		warn_variant(info, word, found);
	*id = found;
	return true;
}

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

int row_print(const struct info *info, const char *text)
{
	struct tk_matrix w_e = tk_model_w_e(info->model);
	/* A tied W_U is absent here: its row would be printed twice. */
	struct tk_matrix w_u = tk_model_matrix(info->model, TK_KIND_W_U);
	uint64_t id;

	if (!w_e.data && !w_u.data)
		cli_die("%s: has a vocabulary, but no matrix and no rows",
			info->path);
	if (!parse_id(&id, text) && !find_word(&id, info, text))
		return EXIT_NO;
	if (!has_row(w_e, id) && !has_row(w_u, id)) {
		cli_warn("%s: no row for %s; the last one is id:%" PRIu64,
			 info->path, text,
			 (w_e.rows > w_u.rows ? w_e.rows : w_u.rows) - 1);
		return EXIT_NO;
	}
	load_row(info, TK_KIND_W_E, id);
	load_row(info, TK_KIND_W_U, id);
	if (info->json)
		put_json(info, id, w_e, w_u);
	else
		put_text(info, id, w_e, w_u);
	return EXIT_YES;
}
