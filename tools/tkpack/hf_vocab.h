/* SPDX-License-Identifier: MIT */
/*
 * hf_vocab.h - from the entries of a JSON vocabulary to tokens
 *
 * The order of calls: hf_vocab_added() for every added token, hf_vocab_size(),
 * hf_vocab_put() for every entry, hf_vocab_finish().
 */
#ifndef TKPACK_HF_VOCAB_H
#define TKPACK_HF_VOCAB_H

#include "json.h"
#include "source.h"

/* How the vocabulary writes a token's bytes. */
enum hf_style {
	HF_PLAIN,  /* as they are */
	HF_BYTES,  /* in GPT-2's byte alphabet */
	HF_PIECES, /* SentencePiece: U+2581 for a space */
};

struct hf_added;

struct hf_vocab {
	struct source *s;
	const char *path;     /* of the vocabulary */
	enum hf_style style;
	const char *space;    /* HF_PIECES: what stands for a space */
	bool byte_tokens;     /* "<0x0A>" is a byte */
	uint64_t rows;	      /* of W_E; 0: there is none */
	const char *rows_of;  /* "wte.weight in model.safetensors" */
	uint64_t vocab_size;  /* config.json's; 0: not said */
	struct hf_added *added; /* sorted by id after hf_vocab_size() */
	size_t n_added;
	size_t added_capacity;
	uint8_t *scratch;
	size_t scratch_size;
	uint64_t undecoded; /* entries that are not in the byte alphabet */
};

/* A token that stands outside of the vocabulary, or again; in plain text. */
int hf_vocab_added(struct hf_vocab *v, uint64_t id, const char *text,
		   size_t len, bool special);

/*
 * The highest id of the vocabulary proper, plus 1, and the size of the file
 * in bytes, which bounds what is believed where there is no W_E.
 */
int hf_vocab_size(struct hf_vocab *v, uint64_t n, uint64_t file_size);

int hf_vocab_put(struct hf_vocab *v, uint64_t id, const char *text,
		 size_t len);

/* hf_vocab_size() and hf_vocab_put() for an object {token: id}. */
int hf_vocab_map(struct hf_vocab *v, json_t *map, uint64_t file_size);

int hf_vocab_finish(struct hf_vocab *v);

#endif /* TKPACK_HF_VOCAB_H */
