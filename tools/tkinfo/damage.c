/* SPDX-License-Identifier: MIT */
/*
 * damage.c - is this file what was written?
 *
 *   1. Every section and the padding before it against the digests.
 *   2. If these are whole, what the digests cannot tell: whether the sections
 *      make a model, whether each token can be read and found again, and
 *      whether the sketch is that of W_U.
 *
 * Each defect goes to a function that prints it or puts it into an array.
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "head.h"
#include "text.h"

struct defect {
	const char *section; /* NULL: the file as a whole */
	uint64_t offset;     /* of the file, or TK_NO_OFFSET */
	const char *message;
	uint64_t first_row; /* of the damaged chunk, if it is a matrix's */
	uint64_t last_row;
	bool has_rows;
};

struct report {
	const struct info *info;
	void (*put)(struct report *r, const struct defect *d);
	size_t n;	/* defects so far */
	json_t *errors; /* for report_json() */
};

static void report(struct report *r, const char *section,
		   const struct tk_error *err)
{
	struct defect d = {.section = section,
			   .offset = err->offset,
			   .message = err->message};

	r->n++;
	r->put(r, &d);
}

/* ---- the checks ---- */

/* Names the rows of a damaged chunk: they are what a reader must not use. */
static void report_section(struct report *r, const struct tk_section *s,
			   const struct tk_error *err)
{
	struct defect d = {.section = s->name,
			   .offset = err->offset,
			   .message = err->message};
	uint64_t at = err->offset - s->offset;

	/* Padding before the section and its digests lie outside of it. */
	if (s->row_stride && err->offset >= s->offset && at < s->size) {
		uint64_t len = s->size - at;

		if (len > TK_CHUNK_SIZE)
			len = TK_CHUNK_SIZE;
		d.first_row = at / s->row_stride;
		d.last_row = (at + len - 1) / s->row_stride;
		d.has_rows = true;
	}
	r->n++;
	r->put(r, &d);
}

static void check_sections(struct report *r)
{
	const struct tk_container *c = r->info->container;
	struct tk_error err;

	for (size_t i = 0; i < tk_container_count(c); i++) {
		struct tk_section s = tk_container_section(c, i);

		if (tk_container_verify(c, i, &err))
			report_section(r, &s, &err);
	}
}

/* Every token can be read, and is found under the lowest id that has it. */
static void check_vocabulary(struct report *r)
{
	const struct tk_model *m = r->info->model;
	struct tk_vocab_info v = tk_model_vocab(m);
	struct tk_bytes token;
	struct tk_error err;

	for (uint32_t id = 0; id < v.n_tokens; id++) {
		uint32_t found = 0;

		if (tk_model_token(&token, m, id, &err)) {
			report(r, "vocab", &err);
			return;
		}
		if (!v.has_index)
			continue;
		if (!tk_model_find(&found, m, token, &err) && found <= id)
			continue;
		err.offset = TK_NO_OFFSET;
		snprintf(err.message, sizeof(err.message),
			 "the token of id %" PRIu32 " is not found by its "
			 "bytes",
			 id);
		report(r, "vocab-index", &err);
		return;
	}
}

/* A sketch that is not its matrix's would give other tokens. */
static void check_sketch(struct report *r)
{
	struct tk_error err;
	enum tk_status status = tk_sketch_verify(r->info->model, &err);

	if (status == TK_E_MEMORY)
		cli_die_error(r->info->path, &err);
	/* Without one, or with a stale one, nothing depends on it. */
	if (status && status != TK_E_NOT_FOUND)
		report(r, "sketch", &err);
}

static void verify(struct report *r)
{
	const struct info *info = r->info;

	if (!info->container) {
		report(r, NULL, &info->error);
		return;
	}
	check_sections(r);
	if (r->n)
		return;
	if (info->model) {
		check_vocabulary(r);
		check_sketch(r);
	} else if (info->error.status != TK_E_FEATURE)
		report(r, NULL, &info->error);
}

/* Errors that say nothing about damage end the program. */
static void refuse(const struct info *info)
{
	static struct head h;

	if (info->container)
		return;
	switch (info->error.status) {
	case TK_E_TRUNCATED:
	case TK_E_MAGIC:
		head_read(&h, info->path);
		if (head_is_tk(&h))
			return;
		cli_die_unopened(info->path, &info->error);
	case TK_E_ARGUMENT:
	case TK_E_MEMORY:
	case TK_E_IO:
	case TK_E_VERSION:
	case TK_E_FEATURE:
	case TK_E_LIMIT:
		cli_die_unopened(info->path, &info->error);
	default:
		return;
	}
}

/* ---- text ---- */

static void put_token(const struct tk_model *m, uint64_t row)
{
	struct tk_bytes token;

	if (!m || tk_model_token(&token, m, row, NULL))
		return;
	putchar(' ');
	text_put_quoted(stdout, token, 40);
}

static void put_text(struct report *r, const struct defect *d)
{
	printf("damaged: %s", d->section ? d->section : "file");
	if (d->offset != TK_NO_OFFSET)
		printf(", byte %" PRIu64, d->offset);
	if (d->has_rows) {
		printf(", rows %" PRIu64, d->first_row);
		put_token(r->info->model, d->first_row);
		printf(" to %" PRIu64, d->last_row);
		put_token(r->info->model, d->last_row);
	}
	printf(": %s\n", d->message);
}

int verify_print(const struct info *info)
{
	struct report r = {.info = info, .put = put_text};
	char size[32];

	refuse(info);
	verify(&r);
	if (r.n)
		return EXIT_NO;
	text_size(size, sizeof(size), tk_container_info(info->container).size);
	printf("ok: no damage found (%zu sections, %s)\n",
	       tk_container_count(info->container), size);
	return EXIT_YES;
}

/* ---- JSON ---- */

static void put_json(struct report *r, const struct defect *d)
{
	struct tk_bytes token;
	json_t *e = json_object();

	text_json_set(e, "section",
		      d->section ? json_string(d->section) : json_null());
	text_json_set(e, "offset",
		      d->offset == TK_NO_OFFSET
			      ? json_null()
			      : json_integer((json_int_t)d->offset));
	if (d->has_rows) {
		text_json_set(e, "row", json_integer((json_int_t)d->first_row));
		text_json_set(e, "last_row",
			      json_integer((json_int_t)d->last_row));
		if (r->info->model && !tk_model_token(&token, r->info->model,
						      d->first_row, NULL))
			text_json_token(e, token);
	}
	text_json_set(e, "message", json_string(d->message));
	text_json_append(r->errors, e);
}

json_t *verify_json(const struct info *info, int *status)
{
	struct report r = {.info = info, .put = put_json};
	json_t *v = json_object();

	refuse(info);
	r.errors = json_array();
	verify(&r);
	text_json_set(v, "level", json_string("all"));
	text_json_set(v, "ok", json_boolean(!r.n));
	text_json_set(v, "errors", r.errors);
	*status = r.n ? EXIT_NO : EXIT_YES;
	return v;
}
