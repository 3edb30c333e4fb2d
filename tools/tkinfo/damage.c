/* SPDX-License-Identifier: MIT */
/*
 * damage.c - is this file what was written?
 *
 *   1. Every section and the padding before it against the digests.
 *   2. If these are whole, what the digests cannot tell: whether the sections
 *      make a model, whether each token can be read and found again, and
 *      whether sketch and self-test are those of the matrices (meaning.c).  A
 *      file that fails here was written so: it is wrong, not damaged
 *      (spec/format.md 8.4).
 *
 * A level below "all" reads less of both.
 */
#include "damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "head.h"
#include "progress.h"

void damage_add(struct report *r, const struct defect *d)
{
	if (r->n++ < MAX_LISTED)
		r->put(r, d);
}

void damage_add_error(struct report *r, const char *section,
		      const struct tk_error *err)
{
	damage_add(r, &(struct defect){.section = section,
				       .offset = err->offset,
				       .message = err->message});
}

void damage_leave_out(struct report *r, const char *name, const char *why)
{
	struct left_out *l = &r->left_out[r->n_left_out];

	if (r->n_left_out == MAX_LEFT_OUT)
		return;
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->why = why;
	r->n_left_out++;
}

/* ---- against the digests ---- */

/* The section that is under way. */
struct section {
	struct report *report;
	struct tk_section s;
	size_t threads;
};

/* Names the rows of damaged bytes: they are what a reader must not use. */
static void name_rows(struct defect *d, const struct tk_section *s,
		      const struct tk_damage *damage)
{
	/* A vector's one row says nothing. */
	if (s->rows < 2)
		return;
	d->first_row = damage->from / s->row_stride;
	d->last_row = (damage->from + damage->len - 1) / s->row_stride;
	d->has_rows = true;
	d->has_ids = s->kind == TK_KIND_W_E || s->kind == TK_KIND_W_U;
}

static void add_damage(void *context, const struct tk_damage *damage)
{
	static const char *const messages[] = {
		[TK_DAMAGE_DATA] = "checksum mismatch",
		[TK_DAMAGE_DIGESTS] = "its digests: checksum mismatch",
		[TK_DAMAGE_PADDING] = "padding before it is not zero",
		[TK_DAMAGE_STORED] = "stored bytes: checksum mismatch",
	};
	struct section *section = context;
	struct defect d = {.section = section->s.name,
			   .offset = damage->offset,
			   .size = damage->size,
			   .message = messages[damage->kind]};

	if (damage->kind == TK_DAMAGE_DATA)
		name_rows(&d, &section->s, damage);
	damage_add(section->report, &d);
}

/* tk_container_locate() asks for a window at a time. */
static void run_window(void *pool, size_t n,
		       void (*work)(void *context, size_t i), void *context)
{
	struct section *section = pool;

	cli_parallel(section->threads, n, work, context);
	progress_add(n * TK_LOCATE_PIECE);
}

/*
 * Whether the level has all bytes of the section read.  Of the digests they
 * always are, with the sections whose digests they are; what is left of that
 * section is the padding before it.
 */
static bool is_read(enum verify_level level, const struct tk_section *s)
{
	return level == VERIFY_ALL || s->kind == TK_KIND_DIGESTS ||
	       (level == VERIFY_INDEX && s->kind < TK_KIND_EMBED_NORM_WEIGHT);
}

static void check_section(struct report *r, size_t i)
{
	const struct tk_container *c = r->info->container;
	struct section section = {.report = r,
				  .s = tk_container_section(c, i),
				  .threads = r->info->threads};
	const struct tk_parallel parallel = {run_window, &section};
	struct tk_error err;
	uint64_t n;

	if (is_read(r->info->level, &section.s)) {
		switch (tk_container_locate(&n, c, i, &parallel, add_damage,
					    &section, &err)) {
		case TK_OK:
			break;
		case TK_E_FEATURE:
			damage_leave_out(r, section.s.name,
					 "its codec is unknown");
			break;
		default:
			cli_die_error(r->info->path, &err);
		}
		return;
	}
	if (tk_container_verify_outside(c, i, &err))
		damage_add_error(r, section.s.name, &err);
}

static void check_sections(struct report *r)
{
	const struct tk_container *c = r->info->container;

	if (r->info->level == VERIFY_ALL)
		progress_start(tk_container_info(c).size);
	for (size_t i = 0; i < tk_container_count(c); i++)
		check_section(r, i);
	progress_end();
}

/* ---- beyond the digests ---- */

/*
 * Every token can be read, and is found under the lowest id that has it.  If
 * not, says why.  Only where all can be read are they looked up: tokens that
 * overlap can be many, and long, and look-ups would compare them for hours.
 */
static const char *check_token(struct tk_error *err, const struct tk_model *m,
			       uint32_t id, bool look_up)
{
	struct tk_bytes token;
	uint32_t found = 0;

	if (tk_model_token(&token, m, id, err))
		return "vocab";
	if (!look_up || !tk_model_vocab(m).has_index ||
	    (!tk_model_find(&found, m, token, err) && found <= id))
		return NULL;
	err->offset = TK_NO_OFFSET;
	snprintf(err->message, sizeof(err->message),
		 "the token of id %" PRIu32 " is not found by its bytes", id);
	return "vocab-index";
}

#define BLOCK 1024 /* tokens */

/* The tokens, block by block. */
struct tokens {
	const struct tk_model *m;
	uint32_t n;
	bool look_up;
	bool is_bad[(1 << 24) / BLOCK]; /* of each block */
};

static uint32_t block_end(const struct tokens *t, size_t block)
{
	const uint32_t first = (uint32_t)block * BLOCK;

	return t->n - first < BLOCK ? t->n : first + BLOCK;
}

static void check_block(void *context, size_t block)
{
	struct tokens *t = context;
	struct tk_error err;

	for (uint32_t id = (uint32_t)block * BLOCK; id < block_end(t, block);
	     id++)
		if (check_token(&err, t->m, id, t->look_up))
			t->is_bad[block] = true;
}

static void check_tokens(struct report *r, struct tokens *t)
{
	struct tk_error err;

	cli_parallel(r->info->threads, (t->n + BLOCK - 1) / BLOCK, check_block,
		     t);
	for (uint32_t id = 0; id < t->n; id++) {
		const char *section = NULL;

		if (t->is_bad[id / BLOCK])
			section = check_token(&err, t->m, id, t->look_up);
		if (section)
			damage_add_error(r, section, &err);
	}
}

static void check_vocabulary(struct report *r)
{
	static struct tokens t;
	const uint64_t before = r->n;

	t.m = r->info->model;
	t.n = tk_model_vocab(t.m).n_tokens;
	check_tokens(r, &t);
	t.look_up = r->n == before;
	if (t.look_up)
		check_tokens(r, &t);
}

static void check_model(struct report *r)
{
	const struct info *info = r->info;

	if (!info->model) {
		if (info->error.status != TK_E_FEATURE)
			damage_add_error(r, NULL, &info->error);
		return;
	}
	if (info->level >= VERIFY_INDEX)
		check_vocabulary(r);
	meaning_find(r);
}

/*
 * A file that does not open.  Which bytes a wrong checksum is of is known: of
 * the table only if the header is right.
 */
static void add_unopened(struct report *r)
{
	const struct tk_error *err = &r->info->error;
	struct defect d = {.offset = err->offset, .message = err->message};
	static struct head h;

	if (err->status == TK_E_CHECKSUM && !err->offset) {
		d.size = 128;
	} else if (err->status == TK_E_CHECKSUM) {
		head_read(&h, r->info->path);
		d.size = head_load(&h, 0x10, 4) * head_load(&h, 0x14, 4);
	}
	damage_add(r, &d);
}

/* Errors that say nothing about damage end the program. */
static void refuse(const struct info *info)
{
	static struct head h;

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

void damage_find(struct report *r)
{
	const struct info *info = r->info;

	if (!info->container) {
		refuse(info);
		add_unopened(r);
		return;
	}
	check_sections(r);
	if (r->n)
		return;
	/* Below this level, what the model is made of was not compared. */
	r->is_whole = info->level >= VERIFY_INDEX;
	check_model(r);
}
