/* SPDX-License-Identifier: MIT */
/*
 * index.h - the vocab-index section: bytes -> id
 */
#ifndef TK_INDEX_H
#define TK_INDEX_H

#include "model/vocab.h"

/* ---- reading ---- */

struct tk_index_view {
	const uint8_t *slots; /* [mask + 1] le32; NULL: there is no index */
	uint32_t mask;
	uint32_t max_probe;
	uint32_t id_bits;
	uint64_t seed;
};

/*
 * Checks the section's header and size against the vocabulary.  An index made
 * from another vocabulary is stale: TK_OK with slots NULL.
 */
enum tk_status tk_index_bind(struct tk_index_view *out,
			     struct tk_bytes section, uint64_t where,
			     const struct tk_vocab_view *v,
			     const struct tk_digest *vocab,
			     struct tk_error *err);

/* The lowest id with these bytes; false if there is none. */
bool tk_index_find(uint32_t *id, const struct tk_index_view *x,
		   const struct tk_vocab_view *v, struct tk_bytes token);

/* ---- writing ---- */

struct tk_index {
	uint32_t *slots; /* [n_slots], native; freed by the caller */
	uint32_t n_slots;
	uint32_t max_probe;
	uint32_t n_distinct;
	uint32_t seed;
};

enum tk_status tk_index_build(struct tk_index *out,
			      const struct tk_vocab_parts *p,
			      struct tk_error *err);

enum tk_status tk_index_write(struct tk_writer *w, const struct tk_index *x,
			      uint32_t n_tokens,
			      const struct tk_digest *vocab,
			      struct tk_error *err);

#endif /* TK_INDEX_H */
