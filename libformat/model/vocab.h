/* SPDX-License-Identifier: MIT */
/*
 * vocab.h - the vocab section as a view: id -> bytes
 */
#ifndef TK_VOCAB_H
#define TK_VOCAB_H

#include "libformat/model.h"

struct tk_vocab_view {
	uint32_t n_tokens;
	uint32_t n_distinct;
	uint32_t longest;
	uint32_t blob_size;
	uint64_t where;		/* file offset of the section, for errors */
	const uint8_t *offsets; /* [n_tokens + 1] le32 */
	const uint8_t *blob;	/* [blob_size] */
	const uint8_t *kinds;	/* [n_tokens], or NULL */
	const uint8_t *scores;	/* [n_tokens] le f32, or NULL */
};

/* Checks the section's header and its size; walks nothing. */
enum tk_status tk_vocab_bind(struct tk_vocab_view *out,
			     struct tk_bytes section, uint64_t where,
			     const struct tk_limits *limits,
			     struct tk_error *err);

/* The token's bytes; false if id or offsets are out of bounds. */
bool tk_vocab_token(struct tk_bytes *out, const struct tk_vocab_view *v,
		    uint64_t id);

/* A part of the section is padded to a multiple of 64. */
uint64_t tk_vocab_padded(uint64_t size);

/* Bytes of the section. */
uint64_t tk_vocab_size(uint32_t n, uint32_t blob_size, bool kinds,
		       bool scores);

#endif /* TK_VOCAB_H */
