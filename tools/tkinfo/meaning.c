/* SPDX-License-Identifier: MIT */
/*
 * meaning.c - are sketch and self-test what comes out of the matrices?
 */
#include "damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "text.h"

#define TOKEN_COLUMNS 20

/* What has a section, but was not computed. */
static void leave_out(struct report *r, uint32_t kind, const char *name,
		      const char *why)
{
	if (tk_container_find(r->info->container, kind) != TK_NO_SECTION)
		damage_leave_out(r, name, why);
}

/* ---- the sketch ---- */

/* One that is not its matrix's would give other tokens. */
static void check_sketch(struct report *r)
{
	struct tk_error err;
	enum tk_status status = tk_sketch_verify(r->info->model, &err);

	if (status == TK_E_MEMORY)
		cli_die_error(r->info->path, &err);
	/* Without one, or with a stale one, nothing depends on it. */
	if (status && status != TK_E_NOT_FOUND)
		damage_add_error(r, "sketch", &err);
}

/* ---- the self-test ---- */

/* " paris", of a result; the id where there is no token. */
static void put_token(FILE *out, const struct tk_model *m, uint32_t id)
{
	struct tk_bytes token;

	if (tk_model_token(&token, m, id, NULL))
		fprintf(out, "id:%" PRIu32, id);
	else
		text_put_quoted(out, token, TOKEN_COLUMNS);
}

/* What distinguishes two results of one token. */
static void put_numbers(FILE *out, const struct tk_selftest_result *is,
			const struct tk_selftest_result *says)
{
	if (is->key != says->key)
		fprintf(out, " with key %.9g, the file says %.9g",
			(double)is->key, (double)says->key);
	else
		fprintf(out, " with logit %.9g, the file says %.9g",
			(double)is->logit, (double)says->logit);
}

/* Returns where a line may end. */
static size_t put_difference(FILE *out, const struct tk_model *m,
			     const struct tk_selftest_failure *f)
{
	long split;

	fprintf(out, "self-test case %" PRIu32 ": ", f->number + 1);
	if (!f->rank) {
		fprintf(out, "%s", f->error.message);
		return 0;
	}
	fprintf(out, "rank %" PRIu32 " is ", f->rank);
	if (f->has_is)
		put_token(out, m, f->is.id);
	else
		fputs("none", out);
	if (f->has_is && f->has_says && f->is.id == f->says.id) {
		put_numbers(out, &f->is, &f->says);
		return 0;
	}
	split = ftell(out);
	fputs(", the file says ", out);
	if (f->has_says)
		put_token(out, m, f->says.id);
	else
		fputs("none", out);
	return split > 0 ? (size_t)split : 0;
}

static void add_failure(void *context, const struct tk_selftest_failure *f)
{
	struct report *r = context;
	struct defect d = {.section = "selftest",
			   .offset = f->offset,
			   .number = f->number + 1,
			   .rank = f->rank};
	char *message = NULL;
	size_t size;
	FILE *out = open_memstream(&message, &size);

	if (out)
		d.split = put_difference(out, r->info->model, f);
	if (!out || fclose(out) || !message)
		cli_die("out of memory");
	d.message = message;
	damage_add(r, &d);
	free(message);
}

static void compute_selftest(struct report *r, const struct tk_selftest *s)
{
	const struct info *info = r->info;
	size_t threads = info->threads;
	const struct tk_parallel parallel = {cli_pool, &threads};
	struct tk_error err;
	uint32_t n;

	switch (tk_selftest_verify(&n, s, info->model, &parallel, add_failure,
				   r, &err)) {
	case TK_OK:
		break;
	case TK_E_FEATURE:
		leave_out(r, TK_KIND_SELFTEST, "self-test",
			  "the model cannot predict: see tkinfo FILE");
		break;
	default:
		cli_die_error(info->path, &err);
	}
}

static void check_selftest(struct report *r)
{
	struct tk_selftest s;
	struct tk_error err;

	switch (tk_selftest_open(&s, r->info->model, &err)) {
	case TK_OK:
		break;
	case TK_E_NOT_FOUND:
		return;
	default:
		damage_add_error(r, "selftest", &err);
		return;
	}
	if (r->info->level == VERIFY_ALL && !r->info->view)
		compute_selftest(r, &s);
}

void meaning_find(struct report *r)
{
	const enum verify_level level = r->info->level;

	if (level >= VERIFY_INDEX)
		check_selftest(r);
	if (level < VERIFY_ALL)
		return;
	if (!r->info->view) {
		check_sketch(r);
		return;
	}
	/* Its view has no matrices to compare with. */
	leave_out(r, TK_KIND_SELFTEST, "self-test",
		  "expand the archive: tkpack --expand");
	leave_out(r, TK_KIND_SKETCH, "sketch",
		  "expand the archive: tkpack --expand");
}
