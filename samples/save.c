/* SPDX-License-Identifier: MIT */
/*
 * save.c - the trained model as sections of a .tk file
 *
 * Sections are written by rising kind: enum tk_kind is the outline.
 */
#include "save.h"

#include <string.h>

#include <libformat/compute.h>
#include <libformat/model.h>

static enum tk_status set_text(struct tk_kv_builder *b, const char *key,
			       const char *text)
{
	struct tk_bytes bytes = {(const uint8_t *)text, strlen(text)};

	return tk_kv_set_text(b, key, bytes, false);
}

static enum tk_status no_memory(struct tk_error *err)
{
	*err = (struct tk_error){.status = TK_E_MEMORY, .offset = TK_NO_OFFSET};
	strcpy(err->message, "out of memory");
	return TK_E_MEMORY;
}

/* Adds the section and ends the builder, which may be NULL. */
static enum tk_status save_keys(struct tk_writer *w, uint32_t kind,
				struct tk_kv_builder *b, struct tk_error *err)
{
	struct tk_bytes section;
	enum tk_status s;

	if (!b)
		return no_memory(err);
	s = tk_kv_builder_finish(&section, b, err);
	if (!s)
		s = tk_writer_add(w, kind, section, NULL, err);
	tk_kv_builder_free(b);
	return s;
}

static enum tk_status save_note(struct tk_writer *w, struct tk_error *err)
{
	struct tk_kv_builder *b = tk_kv_builder_new();

	/* a failure to set a key comes back from save_keys() */
	if (b) {
		set_text(b, "title", "kingdom, a small log-bilinear model");
		set_text(b, "license", "MIT");
		set_text(b, "source_kind", "samples/train");
	}
	return save_keys(w, TK_KIND_NOTE, b, err);
}

static enum tk_status save_tokenizer(struct tk_writer *w, struct tk_error *err)
{
	struct tk_kv_builder *b = tk_kv_builder_new();

	if (b) {
		set_text(b, "kind", "none");
		set_text(b, "reason",
			 "the source has a vocabulary of words only");
		tk_kv_set_u64(b, "eos_id", END_OF_TEXT, false);
	}
	return save_keys(w, TK_KIND_TOKENIZER, b, err);
}

static enum tk_status save_vocab(struct tk_writer *w, const struct corpus *c,
				 struct tk_error *err)
{
	uint8_t kinds[MAX_TOKENS] = {TK_TOKEN_NORMAL};
	const struct tk_vocab_parts parts = {
	    .n_tokens = (uint32_t)c->n_tokens,
	    .tokens = c->tokens,
	    .kinds = kinds,
	};

	kinds[END_OF_TEXT] = TK_TOKEN_CONTROL;
	return tk_vocab_write(w, &parts, err);
}

/* Rows lie one behind the other in 'elements'. */
static enum tk_status save_matrix(struct tk_writer *w, uint32_t kind,
				  const float *elements, size_t rows,
				  size_t cols, struct tk_error *err)
{
	const struct tk_section_spec spec = {
	    .kind = kind, .dtype = TK_F32, .rows = rows, .cols = cols};
	uint8_t row[MAX_TOKENS * sizeof(float)];
	const struct tk_bytes piece = {
		row, (size_t)tk_row_stride(TK_F32, cols)};
	enum tk_status s = tk_writer_begin(w, &spec, err);

	for (size_t r = 0; !s && r < rows; r++) {
		s = tk_row_from_f32(row, TK_F32, elements + r * cols, cols,
				    err);
		if (!s)
			s = tk_writer_write(w, piece, err);
	}
	return s ? s : tk_writer_end(w, NULL, err);
}

static enum tk_status save_matrices(struct tk_writer *w, const struct lbl *m,
				    struct tk_error *err)
{
	const size_t n = m->n_tokens;
	enum tk_status s;

	s = save_matrix(w, TK_KIND_MIX, m->mix[0], m->n_ctx, D_MODEL, err);
	if (!s)
		s = save_matrix(w, TK_KIND_B_U, m->b_u, 1, n, err);
	if (!s)
		s = save_matrix(w, TK_KIND_W_E, m->w_e[0], n, D_MODEL, err);
	if (!s)
		s = save_matrix(w, TK_KIND_W_U, m->w_u[0], n, D_MODEL, err);
	return s;
}

enum tk_status save_model(struct tk_writer *w, const struct lbl *m,
			  const struct corpus *c, struct tk_error *err)
{
	struct tk_hparams hp = tk_hparams_default();
	enum tk_status s;

	hp.n_ctx = m->n_ctx;
	s = tk_hparams_write(w, &hp, false, NULL, err);
	if (!s)
		s = save_note(w, err);
	if (!s)
		s = save_vocab(w, c, err);
	if (!s)
		s = save_tokenizer(w, err);
	if (!s)
		s = save_matrices(w, m, err);
	return s;
}
