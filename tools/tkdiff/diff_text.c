/* SPDX-License-Identifier: MIT */
/*
 * diff_text.c - what differs, for people
 */
#include "tkdiff.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "color.h"
#include "names.h"
#include "text.h"

#define LABEL 10	 /* columns of a label */
#define VALUE_COLUMNS 40 /* of a value of a key */
#define TOKEN_COLUMNS 28

/* The label of the first line, spaces before the others. */
static void label(const char *text)
{
	printf("%-*s", LABEL, text);
	if (strlen(text) >= LABEL)
		fputs("  ", stdout);
}

static void put_path(const char *path)
{
	text_put_plain(stdout, text_bytes(path));
}

/* ---- keys ---- */

/* A value as JSON has it. */
static void put_value(const json_t *v)
{
	char *text;

	if (json_is_string(v)) {
		text_put_quoted(stdout, text_bytes(json_string_value(v)),
				VALUE_COLUMNS);
	} else if (json_is_real(v)) {
		printf("%.9g", json_real_value(v));
	} else if (json_is_null(v)) {
		fputs("none", stdout);
	} else if (json_is_array(v)) {
		printf("[%zu numbers]", json_array_size(v));
	} else {
		text = json_dumps(v, JSON_ENCODE_ANY);
		fputs(text ? text : "?", stdout);
		free(text);
	}
}

static void put_keys(const char *name, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		label(i ? "" : name);
		text_put_plain(stdout,
			       text_bytes(json_string_value(
				       json_object_get(item, "key"))));
		putchar(' ');
		put_value(json_object_get(item, "a"));
		fputs(" -> ", stdout);
		put_value(json_object_get(item, "b"));
		putchar('\n');
	}
}

/* ---- vocabulary ---- */

static void put_token(const struct side *s, uint32_t id)
{
	text_put_quoted(stdout, side_shown_token(s, id), TOKEN_COLUMNS);
}

static void put_changed(const struct vocab_diff *d,
			const struct token_change *c)
{
	const struct tk_model *x = d->a->model, *y = d->b->model;

	put_token(d->a, c->a);
	if (c->bytes) {
		fputs(" -> ", stdout);
		put_token(d->b, c->b);
	}
	if (c->kind)
		printf(", kind %s -> %s",
		       token_kind_name(tk_model_token_kind(x, c->a)),
		       token_kind_name(tk_model_token_kind(y, c->b)));
	if (c->score)
		printf(", score %.9g -> %.9g",
		       (double)tk_model_token_score(x, c->a),
		       (double)tk_model_token_score(y, c->b));
}

static void put_change(const struct vocab_diff *d, enum change change,
		       const struct token_change *c)
{
	static const char signs[N_CHANGES] = {'+', '-', '>', '~'};

	label("");
	printf("%c %" PRIu32, signs[change],
	       change == CHANGE_ADDED ? c->b : c->a);
	if (change == CHANGE_RENUMBERED)
		printf(" -> %" PRIu32, c->b);
	putchar(' ');
	if (change == CHANGE_ADDED)
		put_token(d->b, c->b);
	else if (change == CHANGE_CHANGED)
		put_changed(d, c);
	else
		put_token(d->a, c->a);
	putchar('\n');
}

static void put_changes(const struct report *r, enum change change)
{
	const struct vocab_diff *d = &r->vocab;
	struct token_change c;
	uint32_t at = 0;
	size_t n = 0;

	/* By id, what moved shows as changed. */
	if (!r->set->top || (change == CHANGE_RENUMBERED && d->by == BY_ID))
		return;
	for (; n < r->set->top && vocab_next(&c, d, change, &at); n++)
		put_change(d, change, &c);
	if (n < d->n[change]) {
		label("");
		printf("  and %" PRIu64 " more %s\n", d->n[change] - n,
		       change_names[change]);
	}
}

static void put_vocabulary(const struct report *r)
{
	const struct vocab_diff *d = &r->vocab;

	if (!vocab_differs(d))
		return;
	label("vocab");
	printf("%" PRIu64 " added, %" PRIu64 " removed, %" PRIu64
	       " changed, %" PRIu64 " renumbered\n",
	       d->n[CHANGE_ADDED], d->n[CHANGE_REMOVED], d->n[CHANGE_CHANGED],
	       d->n[CHANGE_RENUMBERED]);
	for (int change = 0; change < N_CHANGES; change++)
		put_changes(r, (enum change)change);
	if (d->by == BY_ID && d->n[CHANGE_RENUMBERED]) {
		label("");
		printf("compared by id; --by token follows %" PRIu64
		       " token%s with another id\n",
		       d->n[CHANGE_RENUMBERED],
		       text_s(d->n[CHANGE_RENUMBERED]));
	}
}

/* ---- other sections ---- */

/* What the rest of the report tells about. */
static bool is_told(const struct report *r, const struct section_diff *d)
{
	const struct tk_section *s = d->a ? d->a : d->b;

	switch (d->kind) {
	case TK_KIND_HPARAMS:
		return json_array_size(r->hparams);
	case TK_KIND_TOKENIZER:
		return json_array_size(r->tokenizer);
	case TK_KIND_VOCAB:
		return vocab_differs(&r->vocab);
	default:
		return s->dtype != TK_BYTES && d->kind < TK_KIND_FREE;
	}
}

static void put_section(const struct section_diff *d)
{
	const char *note = d->counts ? "" : " (no part of the content)";

	label(d->name);
	if (d->a && d->b)
		printf("differs%s\n", note);
	else
		printf("only in %s%s\n", d->a ? "A" : "B", note);
}

static void put_sections(const struct report *r)
{
	for (size_t i = 0; i < r->sections.n; i++)
		if (!is_told(r, &r->sections.list[i]))
			put_section(&r->sections.list[i]);
}

/* ---- the verdict ---- */

static void put_part(void *n, const char *part)
{
	fputs((*(size_t *)n)++ ? ", " : ": ", stdout);
	text_put_plain(stdout, text_bytes(part));
}

/* In what the files differ though their content is the same. */
static void put_layout(const struct report *r)
{
	const bool a = tk_is_archive(r->a->file), b = tk_is_archive(r->b->file);

	if (r->identity == IDENTITY_FILE) {
		fputs(", in every byte", stdout);
		return;
	}
	fputs(" content", stdout);
	if (a != b)
		printf("; %s is an archive", a ? "A" : "B");
	for (size_t i = 0; i < r->sections.n; i++) {
		const struct section_diff *d = &r->sections.list[i];

		fputs("; ", stdout);
		text_put_plain(stdout, text_bytes(d->name));
		printf(d->a && d->b ? " differs" : " only in %s",
		       d->a ? "A" : "B");
	}
}

static void put_tolerance(const struct report *r)
{
	if (r->set->tolerance == TOLERANCE_NUMBER)
		printf(" within %.9g", r->set->most);
	else
		fputs(" up to what rounding explains", stdout);
}

static void put_reason(const struct report *r)
{
	size_t n = 0;

	if (r->identity >= IDENTITY_CONTENT)
		put_layout(r);
	else if (r->same)
		put_tolerance(r);
	else
		verdict_parts(r, put_part, &n);
	if (!r->same && r->identity == IDENTITY_VALUE)
		fputs(" (only in how it is stored: --tolerance 0)", stdout);
	putchar('\n');
}

static void put_verdict(const struct report *r)
{
	color_put(stdout, r->same ? COLOR_GOOD : COLOR_BAD,
		  r->same ? "same" : "different");
	put_reason(r);
}

void report_brief(const struct report *r)
{
	put_path(r->a->path);
	fputs(" and ", stdout);
	put_path(r->b->path);
	fputs(r->same ? " are the same" : " differ", stdout);
	put_reason(r);
}

void report_text(const struct report *r)
{
	if (r->identity < IDENTITY_CONTENT) {
		put_keys("hparams", r->hparams);
		put_keys("tokenizer", r->tokenizer);
		put_vocabulary(r);
		for (size_t i = 0; i < r->n_pairs; i++)
			text_pair(r, i);
		if (r->is_tied)
			puts("W_U       is W_E, in both");
		put_sections(r);
	}
	if (r->set->contexts)
		text_shift(r);
	put_verdict(r);
}
