/* SPDX-License-Identifier: MIT */
/*
 * gguf_vocab.h - the vocabulary of a GGUF file
 */
#ifndef TKPACK_GGUF_VOCAB_H
#define TKPACK_GGUF_VOCAB_H

#include "gguf_parse.h"

/*
 * Fills in tokens (real bytes), kinds, scores, special ids and what the file
 * says of its tokenizer.  A file without tokens needs opt->vocab.
 */
int gguf_read_vocab(struct gguf *g, const struct source_options *opt);

/* The special ids alone, once the tokens are there. */
int gguf_read_special(const struct gguf *g);

#endif /* TKPACK_GGUF_VOCAB_H */
