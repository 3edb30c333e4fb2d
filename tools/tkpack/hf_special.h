/* SPDX-License-Identifier: MIT */
/*
 * hf_special.h - which ids are special, as the JSON files of a model say it
 *
 * config.json and generation_config.json give ids, tokenizer_config.json
 * gives texts; they often disagree.  The text wins, then
 * generation_config.json; every end of text that any of them gives by id is
 * kept.
 */
#ifndef TKPACK_HF_SPECIAL_H
#define TKPACK_HF_SPECIAL_H

#include "json.h"

#define HF_MAX_EOS 64

struct hf_special {
	uint64_t id[TK_N_SPECIAL]; /* HF_NO_ID: not said */
	uint64_t eos[HF_MAX_EOS];
	size_t n_eos;
};

#define HF_NO_ID UINT64_MAX

void hf_special_init(struct hf_special *sp);

/* Keys bos_token_id, eos_token_id (a number or a list), ... of an object. */
int hf_special_ids(struct hf_special *sp, const struct doc *d,
		   const json_t *object);

/*
 * Keys bos_token, eos_token, ... of tokenizer_config.json: texts, or objects
 * with a "content".  The tokens must be in the source already.  A text that
 * is no token is noted.
 */
int hf_special_texts(struct hf_special *sp, const struct doc *d);

/* Moves everything into the source; ids without a token are noted. */
int hf_special_finish(const struct hf_special *sp, struct source *s);

#endif /* TKPACK_HF_SPECIAL_H */
