/* SPDX-License-Identifier: MIT */
/*
 * report.c - what verifying has found, as lines or as JSON
 */
#include "damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "color.h"
#include "text.h"

#define WIDTH 80
#define INDENT 9	 /* "damaged: " */
#define TOKEN_COLUMNS 20 /* two of them and two rows fit into a line */

const char *const verify_names[VERIFY_ALL + 1] = {
	[VERIFY_STRUCTURE] = "structure",
	[VERIFY_INDEX] = "index",
	[VERIFY_ALL] = "all",
};

/* The bytes of the token of a row, if there is one and it can be read. */
static bool find_token(struct tk_bytes *token, const struct report *r,
		       const struct defect *d, uint64_t row)
{
	const struct tk_model *m = r->info->model;

	return m && d->has_ids && !tk_model_token(token, m, row, NULL);
}

/* ---- text ---- */

static void put_row(const struct report *r, const struct defect *d,
		    uint64_t row)
{
	struct tk_bytes token;

	printf(" %" PRIu64, row);
	if (!find_token(&token, r, d, row))
		return;
	putchar(' ');
	text_put_quoted(stdout, token, TOKEN_COLUMNS);
}

static void put_rows(const struct report *r, const struct defect *d)
{
	const bool one = d->first_row == d->last_row;

	printf("%*s%s", INDENT, "", one ? "row" : "rows");
	put_row(r, d, d->first_row);
	if (!one) {
		fputs(" to", stdout);
		put_row(r, d, d->last_row);
	}
	putchar('\n');
}

static const char *word_for(const struct report *r)
{
	return r->is_whole ? "wrong" : "damaged";
}

/* "wrong: self-test case 3: rank 1 is ..., the file says ..." */
static void put_case(const struct defect *d)
{
	if (d->split && INDENT + strlen(d->message) > WIDTH)
		printf(": %.*s,\n%*s%s\n", (int)d->split, d->message, INDENT,
		       "", d->message + d->split + 2);
	else
		printf(": %s\n", d->message);
}

static void put_text(struct report *r, const struct defect *d)
{
	color_put(stdout, COLOR_BAD, word_for(r));
	if (d->number) {
		put_case(d);
		return;
	}
	printf(": %s", d->section ? d->section : "file");
	if (d->size > 1)
		printf(", bytes %" PRIu64 " to %" PRIu64, d->offset,
		       d->offset + d->size - 1);
	else if (d->offset != TK_NO_OFFSET)
		printf(", byte %" PRIu64, d->offset);
	printf(": %s\n", d->message);
	if (d->has_rows)
		put_rows(r, d);
}

static void put_left_out(const struct report *r)
{
	for (size_t i = 0; i < r->n_left_out; i++)
		printf("not verified: %s: %s\n", r->left_out[i].name,
		       r->left_out[i].why);
}

static void put_whole(const struct info *info)
{
	const size_t n = tk_container_count(info->container);
	char size[32];

	text_size(size, sizeof(size), tk_container_info(info->container).size);
	color_put(stdout, COLOR_GOOD, "ok");
	switch (info->level) {
	case VERIFY_STRUCTURE:
		printf(": no damage found in the structure of %zu sections; "
		       "--verify reads all\n", n);
		break;
	case VERIFY_INDEX:
		printf(": no damage found in hyperparameters and vocabulary; "
		       "--verify reads all\n");
		break;
	case VERIFY_ALL:
		printf(": no damage found (%zu sections, %s)\n", n, size);
	}
}

int verify_print(const struct info *info)
{
	struct report r = {.info = info, .put = put_text};

	damage_find(&r);
	if (!r.n) {
		put_whole(info);
		put_left_out(&r);
		return EXIT_YES;
	}
	if (r.n > MAX_LISTED) {
		color_put(stdout, COLOR_BAD, word_for(&r));
		printf(": and %" PRIu64 " more\n", r.n - MAX_LISTED);
	}
	put_left_out(&r);
	return EXIT_NO;
}

/* ---- JSON ---- */

static json_t *number(uint64_t x)
{
	return json_integer((json_int_t)x);
}

static void put_json(struct report *r, const struct defect *d)
{
	struct tk_bytes token;
	json_t *e = json_object();

	text_json_set(e, "section",
		      d->section ? json_string(d->section) : json_null());
	text_json_set(e, "offset",
		      d->offset == TK_NO_OFFSET ? json_null()
						: number(d->offset));
	if (d->size)
		text_json_set(e, "size", number(d->size));
	if (d->has_rows) {
		text_json_set(e, "row", number(d->first_row));
		text_json_set(e, "last_row", number(d->last_row));
	}
	if (find_token(&token, r, d, d->first_row))
		text_json_token(e, token);
	if (d->number)
		text_json_set(e, "case", number(d->number));
	if (d->rank)
		text_json_set(e, "rank", number(d->rank));
	text_json_set(e, "message", json_string(d->message));
	text_json_append(r->errors, e);
}

static json_t *left_out_json(const struct report *r)
{
	json_t *names = json_array();

	for (size_t i = 0; i < r->n_left_out; i++)
		text_json_append(names, json_string(r->left_out[i].name));
	return names;
}

json_t *verify_json(const struct info *info, int *status)
{
	struct report r = {
		.info = info, .put = put_json, .errors = json_array()};
	json_t *v = json_object();

	damage_find(&r);
	text_json_set(v, "level", json_string(verify_names[info->level]));
	text_json_set(v, "ok", json_boolean(!r.n));
	text_json_set(v, "damaged", json_boolean(r.n && !r.is_whole));
	text_json_set(v, "errors", r.errors);
	if (r.n > MAX_LISTED)
		text_json_set(v, "more", number(r.n - MAX_LISTED));
	if (r.n_left_out)
		text_json_set(v, "not_verified", left_out_json(&r));
	*status = r.n ? EXIT_NO : EXIT_YES;
	return v;
}
