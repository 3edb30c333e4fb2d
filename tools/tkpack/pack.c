/* SPDX-License-Identifier: MIT */
/*
 * pack.c - tables, tokens and facts -> a .tk file
 *
 * The one place that knows both a source and the sections of a file.
 */
#include "pack.h"

#include <stdlib.h>

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

/* A vector must have as many elements as what it belongs to. */
static int check_vector(struct source *s, const struct table *v,
			uint64_t cols, const char *of)
{
	if (!v->name || (v->rows == 1 && v->cols == cols))
		return 0;
	return source_fail(s, "%s has %llu x %llu elements, but %s needs %llu",
			   v->name, (unsigned long long)v->rows,
			   (unsigned long long)v->cols, of,
			   (unsigned long long)cols);
}

/* A row for each distance from the end, of one weight or one a dimension. */
static int check_mix(struct source *s)
{
	const struct table *mix = &s->mix;

	if (!mix->name)
		return 0;
	if (mix->cols != 1 && mix->cols != s->w_e.cols)
		return source_fail(s,
				   "the context mix has %llu columns, neither "
				   "1 nor those of W_E",
				   (unsigned long long)mix->cols);
	if (s->hparams.n_ctx && mix->rows > s->hparams.n_ctx)
		return source_fail(s,
				   "the context mix has %llu rows, more than "
				   "n_ctx",
				   (unsigned long long)mix->rows);
	return 0;
}

static int check_vectors(struct source *s)
{
	const struct table *e = &s->w_e;
	const struct table *u = s->w_u.name ? &s->w_u : e;

	if (check_vector(s, &s->embed_norm_weight, e->cols, "W_E") ||
	    check_vector(s, &s->embed_norm_bias, e->cols, "W_E") ||
	    check_vector(s, &s->final_norm_weight, u->cols, "W_U") ||
	    check_vector(s, &s->final_norm_bias, u->cols, "W_U"))
		return -1;
	if (s->b_u.name && !s->w_u.name && !s->hparams.tied)
		return source_fail(s, "%s is a bias of W_U, but there is no "
				      "W_U",
				   s->b_u.name);
	return check_vector(s, &s->b_u, u->rows, "W_U");
}

/*
 * Rows without a token are padding; a token without a row can neither be
 * embedded nor predicted, and is a mistake unless one of the two has it.
 */
static int check_rows(struct source *s)
{
	uint64_t n = s->tokens.n;
	uint64_t e = s->w_e.name ? s->w_e.rows : 0;
	uint64_t u = s->w_u.name ? s->w_u.rows : e;
	uint64_t most = e > u ? e : u;

	if (!n)
		return source_fail(s, "the source has no tokens");
	if (!most)
		return 0;
	if (n > most)
		return source_fail(s,
				   "the vocabulary has %llu tokens, but %s has "
				   "%llu rows: they do not belong together",
				   (unsigned long long)n,
				   e ? s->w_e.name : s->w_u.name,
				   (unsigned long long)most);
	if (n > u)
		source_note(s,
			    "%llu tokens have no row in W_U and are never "
			    "predicted",
			    (unsigned long long)(n - u));
	if (e && n > e)
		source_note(s, "%llu tokens have no row in W_E",
			    (unsigned long long)(n - e));
	if (e && s->w_u.name && s->w_e.cols != s->w_u.cols)
		source_note(s,
			    "W_E has %llu columns and W_U %llu: prediction "
			    "needs --hidden",
			    (unsigned long long)s->w_e.cols,
			    (unsigned long long)s->w_u.cols);
	return 0;
}

static int check_specials(struct source *s)
{
	static const char *const names[TK_N_SPECIAL] = {"bos", "eos", "unk",
							"pad", "sep", "mask"};

	for (int i = 0; i < TK_N_SPECIAL; i++)
		if (s->special[i] != TK_NO_ID &&
		    s->special[i] >= s->tokens.n)
			return source_fail(s,
					   "the %s id is %u, but there are "
					   "%u tokens",
					   names[i], s->special[i],
					   s->tokens.n);
	for (size_t i = 0; i < s->n_eos_ids; i++)
		if (s->eos_ids[i] >= s->tokens.n)
			return source_fail(s,
					   "an end-of-text id is %llu, but "
					   "there are %u tokens",
					   (unsigned long long)s->eos_ids[i],
					   s->tokens.n);
	return 0;
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

	if (check_rows(s) || check_vectors(s) || check_mix(s) ||
	    check_specials(s))
		return -1;
	if (tk_hparams_check(&s->hparams, &err))
		return source_fail(s, "%s", err.message);
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
	return plan_sketch(p);
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

	if (tk_hparams_write(w, &s->hparams, !p->n_tables, NULL, err) ||
	    pack_add_note(p, w, err) || add_vocab(w, s, err) ||
	    pack_add_tokenizer(p, w, err))
		return -1;
	for (size_t i = 0; i < p->n_tables; i++) {
		if (conversion_run(s, &p->tables[i], w, p->kinds[i],
				   p->progress, err))
			return -1;
		note_values(s, &p->tables[i]);
	}
	return add_sketch(p, w, err);
}

/* An output that is one of the inputs would be read while it is replaced. */
static int check_output(struct pack *p)
{
	struct source *s = p->source;
	struct stat out;

	if (stat(p->output, &out))
		return 0;
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i]->stat.st_dev == out.st_dev &&
		    s->files[i]->stat.st_ino == out.st_ino)
			return source_fail(s, "%s: is the input %s",
					   p->output, s->files[i]->path);
	return 0;
}

int pack_write(struct pack *p)
{
	/* hparams, note, vocab, vocab-index, tokenizer */
	size_t count = 5 + p->n_tables + p->sketch;
	struct source *s = p->source;
	struct tk_error err = {0};
	struct tk_writer *w = NULL;

	if (check_output(p))
		return -1;
	if (tk_writer_open(&w, p->output, count, p->force, &err))
		return source_fail(s, "%s: %s%s", p->output, err.message,
				   err.status == TK_E_EXISTS && !p->force
					   ? "; use --force to replace it"
					   : "");
	if (write_sections(p, w, &err) || source_unchanged(s)) {
		tk_writer_abort(w);
		return source_fail(s, "%s: %s", p->output,
				   err.status ? err.message : "out of memory");
	}
	if (tk_writer_commit(w, &err))
		return source_fail(s, "%s: %s", p->output, err.message);
	return 0;
}
