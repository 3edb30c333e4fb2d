/* SPDX-License-Identifier: MIT */
/*
 * gguf_vocab.c - the vocabulary of a GGUF file
 *
 * Tokens stand there as their tokenizer writes them: in GPT-2's byte
 * alphabet, or as SentencePiece pieces with U+2581 for a space and "<0x0A>"
 * for a byte.  A source has the bytes that they stand for.
 */
#include "gguf_vocab.h"

#include <string.h>

#include "little.h"
#include "bytelevel.h"
#include "vocabfile.h"

#define MAX_TOKENS ((1U << 24) - 1)
#define MAX_TOKEN 65535
#define MAX_NAME_TEXT 255
#define MAX_TEMPLATE (1U << 20)

struct vocab {
	struct gguf *g;
	const struct gguf_kv *tokens;
	const uint8_t *kinds; /* enum tk_token_kind [tokens->n], or NULL */
	size_t (*decode)(uint8_t *dst, const uint8_t *src, size_t len,
			 enum tk_token_kind kind);
	uint8_t *text; /* [MAX_TOKEN] */
};

/* ---- from what is written to what is meant ---- */

static size_t decode_plain(uint8_t *dst, const uint8_t *src, size_t len,
			   enum tk_token_kind kind)
{
	(void)kind;
	memcpy(dst, src, len);
	return len;
}

/* Only normal tokens are in the alphabet; added ones are plain text. */
static size_t decode_alphabet(uint8_t *dst, const uint8_t *src, size_t len,
			      enum tk_token_kind kind)
{
	size_t n = SIZE_MAX;

	if (kind == TK_TOKEN_NORMAL)
		n = bytelevel_decode(dst, src, len);
	return n != SIZE_MAX ? n : decode_plain(dst, src, len, kind);
}

static size_t decode_pieces(uint8_t *dst, const uint8_t *src, size_t len,
			    enum tk_token_kind kind)
{
	size_t n = 0;

	if (kind != TK_TOKEN_NORMAL && kind != TK_TOKEN_USER)
		return decode_plain(dst, src, len, kind);
	for (size_t i = 0; i < len; i++) {
		if (len - i >= 3 && !memcmp(src + i, "\xe2\x96\x81", 3)) {
			dst[n++] = ' ';
			i += 2;
			continue;
		}
		dst[n++] = src[i];
	}
	return n;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte of exactly "<0xNN>", or -1. */
static int byte_token(const uint8_t *src, size_t len)
{
	int high, low;

	if (len != 6 || memcmp(src, "<0x", 3) || src[5] != '>')
		return -1;
	high = hex_digit(src[3]);
	low = hex_digit(src[4]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* tokenizer.ggml.model */
static int find_decoder(struct vocab *v)
{
	static const struct {
		const char *model;
		size_t (*decode)(uint8_t *, const uint8_t *, size_t,
				 enum tk_token_kind);
	} known[] = {
		{"gpt2", decode_alphabet}, {"llama", decode_pieces},
		{"t5", decode_pieces},	   {"bert", decode_pieces},
		{"gemma4", decode_pieces},
	};
	struct source *s = v->g->s;

	if (!s->tokenizer)
		return source_fail(s,
				   "%s: has tokens, but no key "
				   "tokenizer.ggml.model that says how they "
				   "are written",
				   v->g->file->path);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(s->tokenizer, known[i].model))
			v->decode = known[i].decode;
	if (!v->decode) {
		v->decode = decode_plain;
		source_note(s,
			    "tokenizer %s is not known: tokens are kept as "
			    "they are written",
			    source_quote(s, s->tokenizer,
					 strlen(s->tokenizer), 40));
	}
	if (!strcmp(s->tokenizer, "bert"))
		source_note(s, "WordPiece: a token that starts a word has a "
			       "space in front");
	return 0;
}

/* ---- arrays beside the tokens ---- */

/* An array with one element a token, or NULL if there is none. */
static int find_array(const struct gguf_kv **out, const struct vocab *v,
		      const char *key, enum gguf_type type)
{
	const struct gguf *g = v->g;
	const struct gguf_kv *kv = gguf_find(g, key);

	*out = kv;
	if (!kv)
		return 0;
	if (!kv->is_array || kv->type != type)
		return source_fail(g->s, "%s: %s is %s %s, not an array of %s",
				   g->file->path, key,
				   kv->is_array ? "an array of" : "of type",
				   gguf_type_name(kv->type),
				   gguf_type_name(type));
	if (kv->n != v->tokens->n)
		return source_fail(g->s,
				   "%s: %s has %llu elements for %llu tokens",
				   g->file->path, key,
				   (unsigned long long)kv->n,
				   (unsigned long long)v->tokens->n);
	return 0;
}

/* GGUF's number of a kind as ours, or -1. */
static int kind_of(uint32_t type)
{
	static const int8_t kinds[] = {
		[0] = -1,
		[1] = TK_TOKEN_NORMAL,
		[2] = TK_TOKEN_UNKNOWN,
		[3] = TK_TOKEN_CONTROL,
		[4] = TK_TOKEN_USER,
		[5] = TK_TOKEN_UNUSED,
		[6] = TK_TOKEN_BYTE,
	};

	return type < sizeof(kinds) ? kinds[type] : -1;
}

static int read_kinds(struct vocab *v)
{
	static const char key[] = "tokenizer.ggml.token_type";
	struct gguf *g = v->g;
	const struct gguf_kv *kv;
	const uint8_t *p;
	uint8_t *kinds;

	if (find_array(&kv, v, key, GGUF_I32))
		return -1;
	if (!kv)
		return 0;
	kinds = source_alloc(g->s, (size_t)kv->n);
	if (!kinds)
		return -1;
	scan_seek(&g->scan, kv->offset);
	for (uint64_t i = 0; i < kv->n; i++) {
		int kind;

		if (gguf_take(&p, g, 4, key))
			return -1;
		kind = kind_of(little_u32(p));
		if (kind < 0)
			return source_fail(g->s,
					   "%s: %s of token %llu is %ld; there "
					   "are 1 to 6",
					   g->file->path, key,
					   (unsigned long long)i,
					   (long)(int32_t)little_u32(p));
		kinds[i] = (uint8_t)kind;
	}
	v->kinds = kinds;
	return 0;
}

/* After the tokens: the scores go where those have made room. */
static int read_scores(struct vocab *v)
{
	static const char key[] = "tokenizer.ggml.scores";
	struct gguf *g = v->g;
	const struct gguf_kv *kv;
	const uint8_t *p;

	if (find_array(&kv, v, key, GGUF_F32))
		return -1;
	if (!kv)
		return 0;
	scan_seek(&g->scan, kv->offset);
	for (uint64_t i = 0; i < kv->n; i++) {
		if (gguf_take(&p, g, 4, key))
			return -1;
		g->s->tokens.score[i] = little_f32(p);
	}
	g->s->tokens.has_scores = true;
	return 0;
}

/* ---- the tokens ---- */

static int put_token(const struct vocab *v, uint64_t id, const uint8_t *src,
		     size_t len)
{
	enum tk_token_kind kind = TK_TOKEN_NORMAL;
	uint8_t byte;
	int value;

	if (v->kinds)
		kind = (enum tk_token_kind)v->kinds[id];
	if (kind != TK_TOKEN_BYTE)
		return tokens_put(v->g->s, id, v->text,
				  v->decode(v->text, src, len, kind), kind);
	value = byte_token(src, len);
	if (value < 0)
		return tokens_put(v->g->s, id, v->text,
				  v->decode(v->text, src, len,
					    TK_TOKEN_NORMAL),
				  TK_TOKEN_NORMAL);
	byte = (uint8_t)value;
	return tokens_put(v->g->s, id, &byte, 1, kind);
}

static int read_tokens(struct vocab *v)
{
	struct gguf *g = v->g;
	const uint8_t *p;
	uint64_t len;

	v->text = source_alloc(g->s, MAX_TOKEN);
	if (!v->text)
		return -1;
	scan_seek(&g->scan, v->tokens->offset);
	for (uint64_t id = 0; id < v->tokens->n; id++) {
		if (gguf_take_len(&len, g, "a token"))
			return -1;
		if (len > MAX_TOKEN)
			return source_fail(g->s,
					   "%s: token %llu has %llu bytes, the "
					   "limit is %d",
					   g->file->path,
					   (unsigned long long)id,
					   (unsigned long long)len, MAX_TOKEN);
		if (gguf_take(&p, g, (size_t)len, "a token") ||
		    put_token(v, id, p, (size_t)len))
			return -1;
	}
	return 0;
}

static int check_tokens(const struct vocab *v)
{
	const struct gguf_kv *kv = v->tokens;

	if (!kv->is_array || kv->type != GGUF_STRING)
		return source_fail(v->g->s,
				   "%s: tokenizer.ggml.tokens is %s %s, not an "
				   "array of strings",
				   v->g->file->path,
				   kv->is_array ? "an array of" : "of type",
				   gguf_type_name(kv->type));
	if (!kv->n || kv->n > MAX_TOKENS)
		return source_fail(v->g->s,
				   "%s: %llu tokens; legal are 1 to %u",
				   v->g->file->path, (unsigned long long)kv->n,
				   MAX_TOKENS);
	return 0;
}

/* ---- all of it ---- */

static int read_own_tokens(struct vocab *v)
{
	struct source *s = v->g->s;
	bool found;

	if (gguf_get_text(&s->tokenizer, &found, v->g, "tokenizer.ggml.model",
			  MAX_NAME_TEXT) ||
	    gguf_get_text(&s->pretokenizer, &found, v->g, "tokenizer.ggml.pre",
			  MAX_NAME_TEXT))
		return -1;
	if (!v->tokens)
		return source_fail(s,
				   "%s: has no vocabulary: give one, a word a "
				   "line, with --vocab FILE",
				   v->g->file->path);
	if (check_tokens(v) || find_decoder(v) || read_kinds(v) ||
	    read_tokens(v))
		return -1;
	return read_scores(v);
}

int gguf_read_vocab(struct gguf *g, const struct source_options *opt)
{
	struct vocab v = {.g = g};
	struct source *s = g->s;
	bool found;

	v.tokens = gguf_find(g, "tokenizer.ggml.tokens");
	if (opt->vocab ? vocabfile_read(s, opt->vocab) : read_own_tokens(&v))
		return -1;
	if (gguf_read_special(g))
		return -1;
	return gguf_get_text(&s->chat_template, &found, g,
			     "tokenizer.chat_template", MAX_TEMPLATE);
}
