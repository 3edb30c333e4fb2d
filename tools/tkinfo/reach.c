/* SPDX-License-Identifier: MIT */
/*
 * reach.c - which tokens text cannot be split into, and which are no text
 */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "text.h"

/* ---- bytes ---- */

static bool is_inner(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the character that begins with c; 0: none does. */
static size_t length_of(uint8_t c)
{
	return c < 0x80			 ? 1
	       : c >= 0xc2 && c <= 0xdf	 ? 2
	       : c >= 0xe0 && c <= 0xef	 ? 3
	       : c >= 0xf0 && c <= 0xf4	 ? 4
					 : 0;
}

/* Some second bytes would make a surrogate, too long or too large a number. */
static bool is_second(uint8_t first, uint8_t c)
{
	const int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	const int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

	return c >= least && c <= most;
}

/* The first character of p[n], or what is there of it; 0: it is none. */
static size_t character(const uint8_t *p, size_t n)
{
	const size_t len = length_of(p[0]);

	if (len > 1 && n > 1 && !is_second(p[0], p[1]))
		return 0;
	for (size_t i = 2; i < len && i < n; i++)
		if (!is_inner(p[i]))
			return 0;
	return len < n ? len : n;
}

bool reach_is_part(struct tk_bytes b)
{
	size_t at = 0;

	/* The end of a character that began before. */
	while (at < b.len && at < 3 && is_inner(b.ptr[at]))
		at++;
	while (at < b.len) {
		const size_t n = length_of(b.ptr[at])
					 ? character(b.ptr + at, b.len - at)
					 : 0;

		if (!n)
			return false;
		at += n;
	}
	return true;
}

static bool has_word(struct tk_bytes b, const char *word)
{
	const size_t len = strlen(word);

	for (size_t at = 0; at + len <= b.len; at++) {
		size_t i = 0;

		while (i < len && (b.ptr[at + i] | 0x20) == (uint8_t)word[i])
			i++;
		if (i == len)
			return true;
	}
	return false;
}

bool reach_is_unused_name(struct tk_bytes b)
{
	if (b.len < 3)
		return false;
	if (!(b.ptr[0] == '<' && b.ptr[b.len - 1] == '>') &&
	    !(b.ptr[0] == '[' && b.ptr[b.len - 1] == ']'))
		return false;
	return has_word(b, "unused") || has_word(b, "reserved") ||
	       has_word(b, "madeup");
}

/* ---- tokens ---- */

static uint8_t bits_of(const struct tk_model *m, uint32_t id,
		       struct tk_bytes token)
{
	const enum tk_token_kind kind = tk_model_token_kind(m, id);
	uint8_t bits = 0;

	if (!token.len)
		bits |= REACH_EMPTY;
	if (!text_is_utf8(token))
		bits |= REACH_PART;
	if (!reach_is_part(token))
		bits |= REACH_NEVER;
	if (kind == TK_TOKEN_UNUSED || reach_is_unused_name(token))
		bits |= REACH_UNUSED;
	if (kind == TK_TOKEN_CONTROL)
		bits |= REACH_CONTROL;
	if (kind == TK_TOKEN_BYTE)
		bits |= REACH_BYTE;
	return bits;
}

static void set_copy(struct reach *r, uint32_t id, uint32_t same)
{
	r->bits[id] |= REACH_COPY;
	r->same[id] = same;
}

/*
 * 'first' is the lowest id with the bytes of 'id'.  A look-up takes it, but
 * tokens that stand for a byte are what is left when nothing else fits.
 */
static void find_copy(struct reach *r, uint32_t id, uint32_t first)
{
	const bool is_byte = r->bits[first] & REACH_BYTE;

	if (is_byte && r->bits[first] & REACH_COPY)
		set_copy(r, id, r->same[first]);
	else if (is_byte && !(r->bits[id] & REACH_BYTE))
		set_copy(r, first, id);
	else
		set_copy(r, id, first);
}

void reach_read(struct reach *r, const struct info *info)
{
	const struct tk_vocab_info v = tk_model_vocab(info->model);
	struct tk_bytes token = {0};
	struct tk_error err;
	uint32_t first;

	*r = (struct reach){.n = v.n_tokens, .has_copies = v.has_index};
	r->bits = calloc((size_t)r->n + 1, sizeof(*r->bits));
	r->same = calloc((size_t)r->n + 1, sizeof(*r->same));
	if (!r->bits || !r->same)
		cli_die("out of memory for the vocabulary");
	for (uint32_t id = 0; id < r->n; id++) {
		if (tk_model_token(&token, info->model, id, &err))
			cli_die_error(info->path, &err);
		r->bits[id] = bits_of(info->model, id, token);
		if (v.has_index && v.n_distinct < v.n_tokens &&
		    !tk_model_find(&first, info->model, token, &err) &&
		    first < id)
			find_copy(r, id, first);
	}
}

void reach_free(struct reach *r)
{
	free(r->bits);
	free(r->same);
}
