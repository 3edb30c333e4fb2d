/* SPDX-License-Identifier: MIT */
/*
 * tokenizer.c - what a file says of its tokenizer; words by white space
 */
#include "libformat/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

/* A text of the source that is no UTF-8 is stored as bytes. */
static struct tk_bytes text_of(const struct tk_model *m, const char *key)
{
	struct tk_bytes s = tk_model_keyvalues(m, TK_KIND_TOKENIZER);
	struct tk_kv kv;

	if (!s.len || !tk_kv_find(&kv, s, key) ||
	    (kv.type != TK_KV_TEXT && kv.type != TK_KV_BYTES))
		return (struct tk_bytes){NULL, 0};
	return kv.value;
}

struct tk_bytes tk_tokenizer_kind(const struct tk_model *m)
{
	return text_of(m, "kind");
}

struct tk_bytes tk_tokenizer_reason(const struct tk_model *m)
{
	return text_of(m, "reason");
}

uint32_t tk_tokenizer_special(const struct tk_model *m, enum tk_special which)
{
	static const char *const keys[TK_N_SPECIAL] = {
		"bos_id", "eos_id", "unk_id", "pad_id", "sep_id", "mask_id",
	};
	struct tk_bytes s = tk_model_keyvalues(m, TK_KIND_TOKENIZER);
	struct tk_kv kv;

	if (!s.len || (unsigned)which >= TK_N_SPECIAL ||
	    !tk_kv_find(&kv, s, keys[which]) || kv.type != TK_KV_U64 ||
	    tk_kv_u64(&kv, 0) >= tk_model_vocab(m).n_tokens)
		return TK_NO_ID;
	return (uint32_t)tk_kv_u64(&kv, 0);
}

bool tk_tokenizer_is_end(const struct tk_model *m, uint32_t id)
{
	struct tk_bytes s = tk_model_keyvalues(m, TK_KIND_TOKENIZER);
	struct tk_kv kv;

	if (id == TK_NO_ID)
		return false;
	if (id == tk_tokenizer_special(m, TK_SPECIAL_EOS))
		return true;
	if (!s.len || !tk_kv_find(&kv, s, "eos_ids") || kv.type != TK_KV_U64S)
		return false;
	for (size_t i = 0; i < kv.value.len / 8; i++)
		if (tk_kv_u64(&kv, i) == id)
			return true;
	return false;
}

/* A byte that is spelt as a token of its own, "<0x41>", may have the lowest
   id; a word is the token that text is written with, where there is one. */
static uint32_t not_byte(const struct tk_model *m, uint32_t id)
{
	uint32_t n = tk_model_vocab(m).n_tokens;
	struct tk_bytes own, other;

	if (tk_model_token_kind(m, id) != TK_TOKEN_BYTE ||
	    tk_model_token(&own, m, id, NULL))
		return id;
	for (uint32_t i = id + 1; i < n; i++)
		if (tk_model_token_kind(m, i) != TK_TOKEN_BYTE &&
		    !tk_model_token(&other, m, i, NULL) &&
		    other.len == own.len &&
		    !memcmp(other.ptr, own.ptr, own.len))
			return i;
	return id;
}

/* " word" is looked up from a buffer: a small one, unless tokens are long. */
static enum tk_status find_with_space(uint32_t *id, const struct tk_model *m,
				      struct tk_bytes word,
				      struct tk_error *err)
{
	uint8_t small[512], *spaced = small;
	enum tk_status status;

	if (word.len >= tk_model_vocab(m).longest)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "no token is that long");
	if (word.len >= sizeof(small))
		spaced = malloc(word.len + 1);
	if (!spaced)
		return tk_fail_memory(err);
	spaced[0] = ' ';
	memcpy(spaced + 1, word.ptr, word.len);
	status = tk_model_find(id, m, (struct tk_bytes){spaced, word.len + 1},
			       err);
	if (spaced != small)
		free(spaced);
	return status;
}

enum tk_status tk_word_find(uint32_t *id, enum tk_word_match *how,
			    const struct tk_model *m, struct tk_bytes word,
			    struct tk_error *err)
{
	enum tk_word_match match = TK_WORD_EXACT;
	enum tk_status status = tk_model_find(id, m, word, err);

	if (status == TK_E_NOT_FOUND && word.len > 1 && word.ptr[0] == ' ') {
		match = TK_WORD_SPACE_REMOVED;
		status = tk_model_find(
			id, m, (struct tk_bytes){word.ptr + 1, word.len - 1},
			err);
	} else if (status == TK_E_NOT_FOUND && word.len) {
		match = TK_WORD_SPACE_ADDED;
		status = find_with_space(id, m, word, err);
	}
	if (status)
		return status;
	*id = not_byte(m, *id);
	if (how)
		*how = match;
	return TK_OK;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct tk_bytes tk_word_next(struct tk_bytes *text)
{
	struct tk_bytes word;

	while (text->len && is_space(*text->ptr)) {
		text->ptr++;
		text->len--;
	}
	word = (struct tk_bytes){text->ptr, 0};
	while (text->len && !is_space(*text->ptr)) {
		text->ptr++;
		text->len--;
		word.len++;
	}
	return word;
}
