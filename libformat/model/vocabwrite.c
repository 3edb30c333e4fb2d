/* SPDX-License-Identifier: MIT */
/*
 * vocabwrite.c - tokens -> the vocab section and its index
 *
 * The index is built first, because the vocabulary's header says how many
 * tokens are distinct; it is written second, because its header has the
 * digest of the vocabulary.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "container/layout.h"
#include "model/index.h"
#include "model/vocab.h"

static enum tk_status check_parts(struct tk_disk_vocab *h,
				  const struct tk_vocab_parts *p,
				  struct tk_error *err)
{
	uint64_t blob_size = 0;
	size_t longest = 0;

	if (!p->n_tokens || p->n_tokens > TK_MAX_TOKENS)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "%u tokens: 1 to %u are legal", p->n_tokens,
			       TK_MAX_TOKENS);
	for (uint32_t i = 0; i < p->n_tokens; i++) {
		if (p->tokens[i].len > TK_MAX_TOKEN_LEN)
			return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
				       "token %u has %zu bytes, the limit is "
				       "%d",
				       i, p->tokens[i].len, TK_MAX_TOKEN_LEN);
		if (p->kinds && p->kinds[i] > TK_TOKEN_BYTE)
			return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
				       "token %u: unknown kind %u", i,
				       p->kinds[i]);
		blob_size += p->tokens[i].len;
		if (p->tokens[i].len > longest)
			longest = p->tokens[i].len;
	}
	if (blob_size > UINT32_MAX)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "the tokens have more than 2^32 - 1 bytes");
	memset(h, 0, sizeof(*h));
	h->n_tokens = tk_put32(p->n_tokens);
	h->blob_size = tk_put32((uint32_t)blob_size);
	h->longest = tk_put32((uint32_t)longest);
	h->flags = tk_put32((p->kinds ? TK_VOCAB_KINDS : 0) |
			    (p->scores ? TK_VOCAB_SCORES : 0));
	return TK_OK;
}

static enum tk_status put(struct tk_writer *w, const void *p, size_t len,
			  struct tk_error *err)
{
	return tk_writer_write(w, (struct tk_bytes){p, len}, err);
}

/* Zeros after 'size' bytes of a part. */
static enum tk_status pad(struct tk_writer *w, uint64_t size,
			  struct tk_error *err)
{
	static const uint8_t zeros[64];

	return put(w, zeros, (size_t)(tk_vocab_padded(size) - size), err);
}

static enum tk_status put_offsets(struct tk_writer *w,
				  const struct tk_vocab_parts *p,
				  struct tk_error *err)
{
	enum tk_status status = TK_OK;
	uint32_t at = 0;

	for (uint32_t i = 0; i <= p->n_tokens && !status; i++) {
		tk_le32 v = tk_put32(at);

		status = put(w, &v, sizeof(v), err);
		if (i < p->n_tokens)
			at += (uint32_t)p->tokens[i].len;
	}
	if (!status)
		status = pad(w, 4 * ((uint64_t)p->n_tokens + 1), err);
	return status;
}

static enum tk_status put_blob(struct tk_writer *w,
			       const struct tk_vocab_parts *p,
			       struct tk_error *err)
{
	enum tk_status status = TK_OK;
	uint64_t size = 0;

	for (uint32_t i = 0; i < p->n_tokens && !status; i++) {
		status = tk_writer_write(w, p->tokens[i], err);
		size += p->tokens[i].len;
	}
	if (!status)
		status = pad(w, size, err);
	return status;
}

static enum tk_status put_attributes(struct tk_writer *w,
				     const struct tk_vocab_parts *p,
				     struct tk_error *err)
{
	enum tk_status status = TK_OK;

	if (p->kinds) {
		status = put(w, p->kinds, p->n_tokens, err);
		if (!status)
			status = pad(w, p->n_tokens, err);
	}
	for (uint32_t i = 0; p->scores && i < p->n_tokens && !status; i++) {
		uint8_t bytes[4];

		tk_store_f32(bytes, p->scores[i]);
		status = put(w, bytes, sizeof(bytes), err);
	}
	if (p->scores && !status)
		status = pad(w, 4 * (uint64_t)p->n_tokens, err);
	return status;
}

static enum tk_status write_vocab(struct tk_writer *w,
				  const struct tk_disk_vocab *h,
				  const struct tk_vocab_parts *p,
				  struct tk_digest *digest,
				  struct tk_error *err)
{
	struct tk_section_spec spec = {
		.kind = TK_KIND_VOCAB,
		.size = tk_vocab_size(p->n_tokens, tk_get32(h->blob_size),
				      p->kinds, p->scores),
	};
	enum tk_status status = tk_writer_begin(w, &spec, err);

	if (!status)
		status = put(w, h, sizeof(*h), err);
	if (!status)
		status = put_offsets(w, p, err);
	if (!status)
		status = put_blob(w, p, err);
	if (!status)
		status = put_attributes(w, p, err);
	if (!status)
		status = tk_writer_end(w, digest, err);
	return status;
}

/* Kinds that are all normal are left out: one encoding, and no other. */
static bool all_normal(const struct tk_vocab_parts *p)
{
	for (uint32_t i = 0; p->kinds && i < p->n_tokens; i++)
		if (p->kinds[i])
			return false;
	return true;
}

enum tk_status tk_vocab_write(struct tk_writer *w,
			      const struct tk_vocab_parts *p,
			      struct tk_error *err)
{
	struct tk_index index = {0};
	struct tk_disk_vocab head;
	struct tk_digest digest;
	struct tk_vocab_parts used = *p;
	enum tk_status status;

	if (all_normal(p))
		used.kinds = NULL;
	status = check_parts(&head, &used, err);
	if (!status)
		status = tk_index_build(&index, &used, err);
	if (!status) {
		head.n_distinct = tk_put32(index.n_distinct);
		status = write_vocab(w, &head, &used, &digest, err);
	}
	if (!status)
		status = tk_index_write(w, &index, p->n_tokens, &digest, err);
	free(index.slots);
	return status;
}
