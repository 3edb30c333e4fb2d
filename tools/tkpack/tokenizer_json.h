/* SPDX-License-Identifier: MIT */
/*
 * tokenizer_json.h - tokenizer.json, the file of the "fast" tokenizers
 */
#ifndef TKPACK_TOKENIZER_JSON_H
#define TKPACK_TOKENIZER_JSON_H

#include "hf_vocab.h"
#include "json.h"

/* True if the file is a tokenizer.json, and not a plain {token: id}. */
bool tokenizer_json_is(const struct doc *d);

/*
 * Puts all tokens, their kinds and scores, into the source, and the
 * tokenizer's name.  'v' has the limits; the rest is filled in here.
 */
int tokenizer_json_read(struct hf_vocab *v, const struct doc *d);

#endif /* TKPACK_TOKENIZER_JSON_H */
