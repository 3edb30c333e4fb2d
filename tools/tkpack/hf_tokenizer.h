/* SPDX-License-Identifier: MIT */
/*
 * hf_tokenizer.h - the vocabulary of a model, from whichever files it has
 */
#ifndef TKPACK_HF_TOKENIZER_H
#define TKPACK_HF_TOKENIZER_H

#include "hf_config.h"
#include "source.h"

/* A path in a directory; true if something is there. */
bool hf_in_directory(const char **path, struct source *s,
		     const char *directory, const char *name);

/* The part of a path before its last name: "." for "model.json". */
const char *hf_directory_of(struct source *s, const char *path);

/*
 * Reads --vocab, or what lies in 'directory': tokenizer.json, vocab.json,
 * encoder.json or vocab.txt; and, beside it, tokenizer_config.json,
 * added_tokens.json, generation_config.json.  'rows_of' names W_E for a
 * message ("wte.weight in model.safetensors"); NULL if there is none.
 */
int hf_tokenizer_read(struct source *s, const struct source_options *opt,
		      const char *directory, const struct hf_config *c,
		      const char *rows_of);

#endif /* TKPACK_HF_TOKENIZER_H */
