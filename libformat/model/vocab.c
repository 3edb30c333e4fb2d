/* SPDX-License-Identifier: MIT */
/*
 * vocab.c - the vocab section as a view: id -> bytes
 *
 * spec/format.md 4.1: a header of 64 bytes, offsets, the tokens' bytes one
 * after the other, then kinds and scores if they are there; each part padded
 * to 64.
 */
#include "model/vocab.h"

#include <string.h>

#include "base/fail.h"
#include "container/layout.h"

uint64_t tk_vocab_padded(uint64_t size)
{
	return (size + 63) & ~UINT64_C(63);
}

/* Sums of these cannot overflow: each part is below 2^32 + 64. */
uint64_t tk_vocab_size(uint32_t n, uint32_t blob_size, bool kinds, bool scores)
{
	return sizeof(struct tk_disk_vocab) +
	       tk_vocab_padded(4 * ((uint64_t)n + 1)) +
	       tk_vocab_padded(blob_size) + (kinds ? tk_vocab_padded(n) : 0) +
	       (scores ? tk_vocab_padded(4 * (uint64_t)n) : 0);
}

static enum tk_status check_head(const struct tk_disk_vocab *h,
				 uint64_t where,
				 const struct tk_limits *limits,
				 struct tk_error *err)
{
	uint32_t n = tk_get32(h->n_tokens);

	if (!n)
		return tk_fail(err, TK_E_SECTION, where,
			       "vocab: has no tokens");
	if (n > limits->tokens || tk_get32(h->longest) > limits->token_bytes ||
	    tk_get32(h->blob_size) > limits->vocab_bytes)
		return tk_fail(err, TK_E_LIMIT, where,
			       "vocab: %u tokens of %u bytes, the longest of "
			       "%u, are beyond the limit",
			       n, tk_get32(h->blob_size),
			       tk_get32(h->longest));
	if (!tk_get32(h->n_distinct) || tk_get32(h->n_distinct) > n)
		return tk_fail(err, TK_E_SECTION, where + 0x0c,
			       "vocab: number of distinct tokens is wrong");
	if (tk_get32(h->flags) & ~UINT32_C(3))
		return tk_fail(err, TK_E_RESERVED, where + 0x10,
			       "vocab: unknown flags");
	for (size_t i = 0; i < sizeof(h->reserved_0x14); i++)
		if (h->reserved_0x14[i])
			return tk_fail(err, TK_E_RESERVED, where + 0x14,
				       "vocab: reserved bytes are not zero");
	return TK_OK;
}

enum tk_status tk_vocab_bind(struct tk_vocab_view *out,
			     struct tk_bytes section, uint64_t where,
			     const struct tk_limits *limits,
			     struct tk_error *err)
{
	struct tk_disk_vocab h;
	struct tk_vocab_view v = {.where = where};
	enum tk_status status;
	bool kinds, scores;
	const uint8_t *p;

	if (section.len < sizeof(h))
		return tk_fail(err, TK_E_SECTION, where,
			       "vocab: is shorter than its header");
	memcpy(&h, section.ptr, sizeof(h));
	if ((status = check_head(&h, where, limits, err)))
		return status;
	v.n_tokens = tk_get32(h.n_tokens);
	v.n_distinct = tk_get32(h.n_distinct);
	v.longest = tk_get32(h.longest);
	v.blob_size = tk_get32(h.blob_size);
	kinds = tk_get32(h.flags) & TK_VOCAB_KINDS;
	scores = tk_get32(h.flags) & TK_VOCAB_SCORES;
	if (tk_vocab_size(v.n_tokens, v.blob_size, kinds, scores) !=
	    section.len)
		return tk_fail(err, TK_E_SECTION, where,
			       "vocab: size is not what its header gives");
	p = section.ptr + sizeof(h);
	v.offsets = p;
	p += tk_vocab_padded(4 * ((uint64_t)v.n_tokens + 1));
	v.blob = p;
	p += tk_vocab_padded(v.blob_size);
	if (kinds) {
		v.kinds = p;
		p += tk_vocab_padded(v.n_tokens);
	}
	v.scores = scores ? p : NULL;
	*out = v;
	return TK_OK;
}

bool tk_vocab_token(struct tk_bytes *out, const struct tk_vocab_view *v,
		    uint64_t id)
{
	uint32_t from, to;

	if (id >= v->n_tokens)
		return false;
	from = tk_load32(v->offsets + 4 * id);
	to = tk_load32(v->offsets + 4 * id + 4);
	if (from > to || to > v->blob_size)
		return false;
	*out = (struct tk_bytes){v->blob + from, to - from};
	return true;
}
