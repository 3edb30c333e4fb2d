/* SPDX-License-Identifier: MIT */
/*
 * pack.c - tables, tokens and facts -> a .tk file
 *
 * The one place that knows both a source and the sections of a file.
 */
#include "pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "cli.h"
#include "gaps.h"
#include "packcheck.h"
#include "text.h"

#define TOOL_VERSION_TEXT2(a, b, c) "tkpack " #a "." #b "." #c
#define TOOL_VERSION_TEXT(a, b, c) TOOL_VERSION_TEXT2(a, b, c)

/* ---- planning ---- */

static void add_table(struct pack *p, struct table *t, uint32_t kind,
		      enum tk_dtype want)
{
	struct conversion *c = &p->tables[p->n_tables];

	if (!t->name)
		return;
	*c = conversion_plan(t, want, kind >= TK_KIND_W_E);
	p->kinds[p->n_tables++] = kind;
	p->bytes += t->rows * tk_row_stride(c->dtype, t->cols);
}

const struct conversion *pack_find(const struct pack *p, uint32_t kind)
{
	for (size_t i = 0; i < p->n_tables; i++)
		if (p->kinds[i] == kind)
			return &p->tables[i];
	return NULL;
}

const struct conversion *pack_sketched(const struct pack *p, uint64_t *rows)
{
	const struct conversion *c = NULL;

	if (p->sketch)
		c = pack_find(p, p->source->hparams.tied ? TK_KIND_W_E
							 : TK_KIND_W_U);
	if (c)
		*rows = c->table->rows < p->source->tokens.n
				? c->table->rows
				: p->source->tokens.n;
	return c;
}

/* What people should know of the matrices; counted while they stream. */
static void note_values(struct source *s, const struct conversion *c)
{
	if (c->nonfinite)
		source_note(s,
			    "%s: %llu elements are NaN or infinite, the first "
			    "in row %llu",
			    c->table->name, (unsigned long long)c->nonfinite,
			    (unsigned long long)c->first_nonfinite);
	if (c->zero_rows && c->table->rows > 1)
		source_note(s, "%s: %llu of %llu rows are all zero",
			    c->table->name, (unsigned long long)c->zero_rows,
			    (unsigned long long)c->table->rows);
}

/* Counts what will be read for the sketch as written. */
static int plan_sketch(struct pack *p)
{
	uint64_t rows = 0;
	const struct conversion *c = pack_sketched(p, &rows);

	if (p->sketch && !c)
		return source_fail(p->source,
				   "--sketch: there is no W_U to make it of");
	if (c)
		p->bytes += TK_SKETCH_PASSES * rows *
			    tk_row_stride(c->dtype, c->table->cols);
	return 0;
}

int pack_plan(struct pack *p)
{
	struct source *s = p->source;
	struct tk_error err = {0};

	if (pack_check_output(s, p->output) || pack_check(s) || gaps_mask(s))
		return -1;
	add_table(p, &s->embed_norm_weight, TK_KIND_EMBED_NORM_WEIGHT,
		  TK_BYTES);
	add_table(p, &s->embed_norm_bias, TK_KIND_EMBED_NORM_BIAS, TK_BYTES);
	add_table(p, &s->mix, TK_KIND_MIX, TK_F32);
	add_table(p, &s->final_norm_weight, TK_KIND_FINAL_NORM_WEIGHT,
		  TK_BYTES);
	add_table(p, &s->final_norm_bias, TK_KIND_FINAL_NORM_BIAS, TK_BYTES);
	add_table(p, &s->b_u, TK_KIND_B_U, TK_BYTES);
	add_table(p, &s->w_e, TK_KIND_W_E, p->dtype);
	add_table(p, &s->w_u, TK_KIND_W_U, p->dtype);
	for (size_t i = 0; i < p->n_tables; i++)
		if (conversion_is_lossy(&p->tables[i]) &&
		    conversion_run(s, &p->tables[i], NULL, p->kinds[i], NULL,
				   &err))
			return -1;
	return plan_sketch(p) || cases_plan(p) ? -1 : 0;
}

/* ---- key/value sections ---- */

/* As text if it is text, else as bytes; nothing is lost. */
static void set_text(struct tk_kv_builder *b, const char *key,
		     const char *text)
{
	struct tk_bytes t = {(const uint8_t *)text, text ? strlen(text) : 0};

	if (!text)
		return;
	if (text_is_utf8(t))
		tk_kv_set_text(b, key, t, false);
	else
		tk_kv_set_bytes(b, key, t, false);
}

static void note_table(struct tk_kv_builder *b, const struct pack *p,
		       uint32_t kind, const char *prefix)
{
	const struct conversion *c = pack_find(p, kind);
	char key[64];

	if (!c)
		return;
	snprintf(key, sizeof(key), "%s.source", prefix);
	set_text(b, key, c->table->name);
	snprintf(key, sizeof(key), "%s.source_dtype", prefix);
	set_text(b, key, elem_name(c->table->elem));
	if (!conversion_is_lossy(c))
		return;
	snprintf(key, sizeof(key), "%s.max_error", prefix);
	tk_kv_set_f64(b, key, c->max_error, false);
}

static void fill_note(struct tk_kv_builder *b, const struct pack *p)
{
	const struct source *s = p->source;

	set_text(b, "source_kind", s->kind);
	set_text(b, "architecture", s->architecture);
	set_text(b, "license", s->license);
	set_text(b, "tool",
		 TOOL_VERSION_TEXT(TK_VERSION_MAJOR, TK_VERSION_MINOR,
				   TK_VERSION_PATCH));
	note_table(b, p, TK_KIND_W_E, "w_e");
	note_table(b, p, TK_KIND_W_U, "w_u");
}

static void fill_tokenizer(struct tk_kv_builder *b, const struct source *s)
{
	static const char *const keys[TK_N_SPECIAL] = {
		"bos_id", "eos_id", "unk_id", "pad_id", "sep_id", "mask_id",
	};

	set_text(b, "kind", "none");
	set_text(b, "reason",
		 s->tokenizer ? "sub-word tokenizers are not stored yet"
			      : "the source has a vocabulary of words only");
	set_text(b, "source_kind", s->tokenizer);
	set_text(b, "pretokenizer", s->pretokenizer);
	set_text(b, "chat_template", s->chat_template);
	for (int i = 0; i < TK_N_SPECIAL; i++)
		if (s->special[i] != TK_NO_ID)
			tk_kv_set_u64(b, keys[i], s->special[i], false);
	if (s->n_eos_ids)
		tk_kv_set_u64s(b, "eos_ids", s->eos_ids, s->n_eos_ids, false);
	if (s->add_bos != UNKNOWN)
		tk_kv_set_bool(b, "add_bos", s->add_bos == YES, false);
	if (s->add_eos != UNKNOWN)
		tk_kv_set_bool(b, "add_eos", s->add_eos == YES, false);
}

static int add_keyvalues(struct tk_writer *w, uint32_t kind,
			 struct tk_kv_builder *b, struct tk_error *err)
{
	struct tk_bytes section;

	if (tk_kv_builder_finish(&section, b, err))
		return -1;
	return tk_writer_add(w, kind, section, NULL, err) ? -1 : 0;
}

static int add_tokenizer(struct tk_writer *w, const struct source *s,
			 struct tk_error *err)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	int failed = -1;

	if (b) {
		fill_tokenizer(b, s);
		failed = add_keyvalues(w, TK_KIND_TOKENIZER, b, err);
	}
	tk_kv_builder_free(b);
	return failed;
}

/* ---- writing ---- */

static int add_vocab(struct tk_writer *w, const struct source *s,
		     struct tk_error *err)
{
	const struct token_list *t = &s->tokens;
	struct tk_bytes *tokens = malloc(t->n * sizeof(*tokens));
	struct tk_vocab_parts parts = {
		.n_tokens = t->n,
		.tokens = tokens,
		.kinds = t->has_kinds ? t->kind : NULL,
		.scores = t->has_scores ? t->score : NULL,
	};
	int failed = -1;

	/* An id without a token is an unused one without bytes. */
	for (uint32_t i = 0; tokens && i < t->n; i++)
		tokens[i] = tokens_get(s, i);
	if (tokens)
		failed = tk_vocab_write(w, &parts, err) ? -1 : 0;
	free(tokens);
	return failed;
}

/* From rows that are read from the source again: nothing else is kept. */
static int add_sketch(struct pack *p, struct tk_writer *w,
		      struct tk_error *err)
{
	uint64_t n = 0;
	const struct conversion *c = pack_sketched(p, &n);
	struct tk_row_source rows = {.read = conversion_rows_read};
	int failed = -1;

	if (!c)
		return 0;
	rows.rows = n;
	rows.cols = c->table->cols;
	rows.dtype = c->dtype;
	rows.context = conversion_rows_new(p->source, c, p->progress);
	if (rows.context)
		failed = tk_sketch_write(w, &rows, &c->digest, err) ? -1 : 0;
	conversion_rows_free(rows.context);
	return failed;
}

static int write_sections(struct pack *p, struct tk_writer *w,
			  struct tk_error *err)
{
	struct source *s = p->source;

	fill_note(p->note, p);
	if (tk_hparams_write(w, &s->hparams, !p->n_tables, NULL, err) ||
	    add_keyvalues(w, TK_KIND_NOTE, p->note, err) ||
	    cases_add(p, w, err) || add_vocab(w, s, err) ||
	    add_tokenizer(w, s, err))
		return -1;
	for (size_t i = 0; i < p->n_tables; i++) {
		if (conversion_run(s, &p->tables[i], w, p->kinds[i],
				   p->progress, err))
			return -1;
		if (p->kinds[i] != TK_KIND_B_U)
			note_values(s, &p->tables[i]);
	}
	return add_sketch(p, w, err);
}

int pack_fail_output(const struct pack *p, struct source *s,
		     const struct tk_error *err)
{
	return source_fail(s, "%s: %s%s", p->output, err->message,
			   err->status == TK_E_EXISTS && !p->force
				   ? "; use --force to replace it"
				   : "");
}

int pack_write(struct pack *p)
{
	/* hparams, note, vocab, vocab-index, tokenizer; the others */
	size_t count = 5 + p->n_tables + p->sketch + (p->self_test > 0);
	struct source *s = p->source;
	struct tk_error err = {0};
	struct tk_writer *w = NULL;

	if (cli_writer_open(&w, p->output, count, p->force, &err))
		return pack_fail_output(p, s, &err);
	if ((p->paranoid && tk_writer_read_back(w, &err)) ||
	    write_sections(p, w, &err) || source_unchanged(s)) {
		tk_writer_abort(w);
		return source_fail(s, "%s: %s", p->output,
				   err.status ? err.message : "out of memory");
	}
	if (tk_writer_commit(w, &err))
		return source_fail(s, "%s: %s", p->output, err.message);
	return 0;
}
