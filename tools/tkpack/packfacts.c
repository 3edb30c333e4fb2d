/* SPDX-License-Identifier: MIT */
/*
 * packfacts.c - what is known beside tables and tokens -> key/value sections
 */
#include "pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define TOOL_VERSION_TEXT2(a, b, c) "tkpack " #a "." #b "." #c
#define TOOL_VERSION_TEXT(a, b, c) TOOL_VERSION_TEXT2(a, b, c)

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

int pack_add_note(struct pack *p, struct tk_writer *w, struct tk_error *err)
{
	fill_note(p->note, p);
	return add_keyvalues(w, TK_KIND_NOTE, p->note, err);
}

int pack_add_tokenizer(const struct pack *p, struct tk_writer *w,
		       struct tk_error *err)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	int failed = -1;

	if (b) {
		fill_tokenizer(b, p->source);
		failed = add_keyvalues(w, TK_KIND_TOKENIZER, b, err);
	}
	tk_kv_builder_free(b);
	return failed;
}
