/* SPDX-License-Identifier: MIT */
/*
 * tokenizer_json.c - tokenizer.json, the file of the "fast" tokenizers
 *
 * How a vocabulary writes bytes is not said in one place: it follows from the
 * normalizer, the pre_tokenizer and the decoder, each of which may be a
 * Sequence of others.
 */
#include "tokenizer_json.h"

#include <math.h>
#include <string.h>

#include "merges.h"

#define SPACE_MARK "\xe2\x96\x81" /* U+2581 */

bool tokenizer_json_is(const struct doc *d)
{
	return json_is_object(json_object_get(d->root, "model"));
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

/* ---- steps: normalizer, pre_tokenizer, decoder ---- */

typedef bool (*step_test)(const json_t *step, struct hf_vocab *v);

/* The members of a Sequence; NULL if it is none. */
static const json_t *members(const json_t *step)
{
	static const char *const keys[] = {"normalizers", "pretokenizers",
					   "decoders"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *list = json_object_get(step, keys[i]);

		if (json_is_array(list))
			return list;
	}
	return NULL;
}

/* A step, its members, and theirs. */
static bool any_step(const json_t *step, step_test test, struct hf_vocab *v)
{
	const json_t *list = members(step), *inner;

	if (test(step, v))
		return true;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *member = json_array_get(list, i);

		if (test(member, v))
			return true;
		inner = members(member);
		for (size_t k = 0; k < json_array_size(inner); k++)
			if (test(json_array_get(inner, k), v))
				return true;
	}
	return false;
}

static bool is_byte_level(const json_t *step, struct hf_vocab *v)
{
	(void)v;
	return is_text(json_object_get(step, "type"), "ByteLevel");
}

static bool is_byte_fallback(const json_t *step, struct hf_vocab *v)
{
	(void)v;
	return is_text(json_object_get(step, "type"), "ByteFallback");
}

/* Metaspace says what it writes for a space. */
static bool marks_spaces(const json_t *step, struct hf_vocab *v)
{
	const json_t *type = json_object_get(step, "type");
	const json_t *mark = json_object_get(step, "replacement");
	const json_t *pattern = json_object_get(step, "pattern");

	v->space = SPACE_MARK;
	if (is_text(type, "Metaspace")) {
		if (json_is_string(mark))
			v->space = json_string_value(mark);
		return true;
	}
	return is_text(type, "Replace") &&
	       (is_text(json_object_get(step, "content"), SPACE_MARK) ||
		is_text(json_object_get(pattern, "String"), SPACE_MARK));
}

static bool in_any(const struct doc *d, step_test test, struct hf_vocab *v)
{
	static const char *const keys[] = {"pre_tokenizer", "decoder",
					   "normalizer"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (any_step(json_object_get(d->root, keys[i]), test, v))
			return true;
	return false;
}

static int find_style(struct hf_vocab *v, const struct doc *d,
		      const json_t *model)
{
	int fallback = NO;

	if (doc_bool(d, model, "byte_fallback", &fallback))
		return -1;
	v->style = HF_PLAIN;
	if (in_any(d, is_byte_level, v)) {
		v->style = HF_BYTES;
		return 0;
	}
	v->byte_tokens = fallback == YES || in_any(d, is_byte_fallback, v);
	if (in_any(d, marks_spaces, v))
		v->style = HF_PIECES;
	return 0;
}

/* ---- model ---- */

/* Old files have no model.type. */
static const char *infer_type(const json_t *model)
{
	if (json_object_get(model, "merges"))
		return "BPE";
	if (json_is_array(json_object_get(model, "vocab")))
		return "Unigram";
	if (json_object_get(model, "max_input_chars_per_word"))
		return "WordPiece";
	return "WordLevel";
}

static int read_type(struct hf_vocab *v, const struct doc *d,
		     const json_t *model)
{
	static const char *const known[][2] = {{"BPE", "bpe"},
					       {"WordPiece", "wordpiece"},
					       {"WordLevel", "wordlevel"},
					       {"Unigram", "unigram"}};
	const char *type = NULL;

	if (doc_text(d, model, "type", &type))
		return -1;
	if (!type)
		type = infer_type(model);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(type, known[i][0]))
			v->s->tokenizer = known[i][1];
	if (v->s->tokenizer)
		return 0;
	return source_fail(v->s, "%s: model.type is %s, not BPE, WordPiece, "
			      "WordLevel or Unigram",
			   d->path, source_quote(v->s, type, strlen(type), 40));
}

static int read_added(struct hf_vocab *v, const struct doc *d)
{
	const json_t *list = NULL;

	if (doc_array(d, d->root, "added_tokens", &list))
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *text = json_object_get(entry, "content");
		int special = NO;
		uint64_t id;

		if (!json_is_string(text) ||
		    !json_whole(json_object_get(entry, "id"), &id))
			return source_fail(v->s, "%s: added_tokens[%zu] has "
					      "no content or no id",
					   d->path, i);
		if (doc_bool(d, entry, "special", &special) ||
		    hf_vocab_added(v, id, json_string_value(text),
				   json_string_length(text), special == YES))
			return -1;
	}
	return 0;
}

/* "a b", or ["a", "b"] */
static bool is_merge(const json_t *merge)
{
	struct tk_bytes text = {(const uint8_t *)json_string_value(merge),
				json_string_length(merge)};

	if (json_is_array(merge))
		return json_array_size(merge) == 2 &&
		       json_is_string(json_array_get(merge, 0)) &&
		       json_is_string(json_array_get(merge, 1));
	return merge_is_pair(text);
}

static int check_merges(const struct hf_vocab *v, const struct doc *d,
			const json_t *model)
{
	const json_t *list = NULL;

	if (doc_array(d, model, "merges", &list))
		return -1;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!is_merge(json_array_get(list, i)))
			return source_fail(v->s, "%s: merges[%zu] is not two "
					      "tokens",
					   d->path, i);
	return 0;
}

/* ---- vocab ---- */

/* vocab as [[piece, score], ...], by id */
static int read_pieces(struct hf_vocab *v, const struct doc *d,
		       const json_t *vocab)
{
	size_t n = json_array_size(vocab);

	if (hf_vocab_size(v, n, d->size))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const json_t *pair = json_array_get(vocab, i);
		const json_t *piece = json_array_get(pair, 0);
		const json_t *score = json_array_get(pair, 1);
		float value = (float)json_number_value(score);

		if (json_array_size(pair) != 2 || !json_is_string(piece) ||
		    !json_is_number(score) || !isfinite(value))
			return source_fail(v->s, "%s: vocab[%zu] is not a "
					      "text and a score",
					   v->path, i);
		if (hf_vocab_put(v, i, json_string_value(piece),
				 json_string_length(piece)))
			return -1;
		v->s->tokens.score[i] = value;
	}
	v->s->tokens.has_scores = true;
	return 0;
}

static int read_vocab(struct hf_vocab *v, const struct doc *d, json_t *model)
{
	json_t *vocab = json_object_get(model, "vocab");

	if (json_is_object(vocab))
		return hf_vocab_map(v, vocab, d->size);
	if (json_is_array(vocab) && !strcmp(v->s->tokenizer, "unigram"))
		return read_pieces(v, d, vocab);
	return source_fail(v->s, "%s: the vocab of a %s tokenizer is %s",
			   v->path, v->s->tokenizer, json_kind(vocab));
}

static void mark_unknown(struct source *s, uint64_t id)
{
	if (!tokens_has(s, id))
		return;
	s->tokens.kind[id] = TK_TOKEN_UNKNOWN;
	s->tokens.has_kinds = true;
	s->special[TK_SPECIAL_UNK] = (uint32_t)id;
}

/* unk_id, or unk_token as it stands in the vocabulary */
static int read_unknown(struct hf_vocab *v, const struct doc *d,
			const json_t *model)
{
	const char *text = NULL;
	uint64_t id = NO_TOKEN;

	if (doc_u64(d, model, "unk_id", &id) ||
	    doc_text(d, model, "unk_token", &text))
		return -1;
	if (text)
		json_whole(json_object_get(json_object_get(model, "vocab"),
					   text),
			   &id);
	mark_unknown(v->s, id);
	return 0;
}

int tokenizer_json_read(struct hf_vocab *v, const struct doc *d)
{
	json_t *model = json_object_get(d->root, "model");
	const json_t *steps = json_object_get(d->root, "pre_tokenizer");
	const json_t *step = json_object_get(steps, "type");

	v->path = d->path;
	if (read_type(v, d, model) || find_style(v, d, model) ||
	    read_added(v, d) || check_merges(v, d, model) ||
	    read_vocab(v, d, model) || hf_vocab_finish(v) ||
	    read_unknown(v, d, model))
		return -1;
	if (json_is_string(step) && !is_text(step, "Sequence"))
		v->s->pretokenizer =
			source_strdup(v->s, json_string_value(step));
	/* 'space' may point into the tree */
	v->space = SPACE_MARK;
	return 0;
}
