/* SPDX-License-Identifier: MIT */
/*
 * libformat/model.h - the two ends of a language model, as views
 *
 * Shapes.  W_E and W_U are both stored one row per token, [rows, d_model].
 * (The literature draws W_U as [d_model, d_vocab]; here row t of W_U is the
 * output vector of token t, and a logit is one contiguous dot product.)
 * Ids count from 0.  A matrix may have more rows than there are tokens
 * (padding: never predicted) or fewer (that token has no row in it).
 *
 * Reading.  tk_model_open() walks the key/value sections (hparams, note,
 * tokenizer: at most 16 MiB each, and mostly a page) and reads the first 64
 * bytes of vocabulary and index; nothing else is looked at or copied, so its
 * cost does not depend on tokens and matrices.  Tokens, offsets and index
 * slots are data: they are checked at each use, and a bad one is TK_E_VALUE
 * or not found, never a read outside the file.  A model borrows its
 * container, never changes, and may be read by any number of threads.
 *
 * Writing.  A model file is written section by section, in the order of enum
 * tk_kind, through a struct tk_writer; see the last part of this header.
 */
#ifndef LIBFORMAT_MODEL_H
#define LIBFORMAT_MODEL_H

#include <stdbool.h>

#include "libformat/container.h"
#include "libformat/keyvalue.h"
#include "libformat/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum tk_norm {
	TK_NORM_NONE = 0,
	TK_NORM_LAYER = 1, /* (x - mean) / sqrt(var + eps), Ba et al. 2016 */
	TK_NORM_RMS = 2,   /* x / sqrt(mean(x^2) + eps), Zhang, Sennrich 2019 */
};

/* What stands between the last hidden vector and the right probability. */
struct tk_hparams {
	uint64_t n_ctx;		  /* tokens; 0 if unknown */
	bool tied;		  /* W_U is W_E */
	float embed_scale;	  /* each row of W_E is multiplied by it; 1 */
	float logit_scale;	  /* each logit is multiplied by it; 1 */
	float logit_softcap;	  /* c in c tanh(z / c); 0 for none */
	enum tk_norm final_norm;  /* before W_U */
	double final_norm_eps;	  /* 0 if there is no norm */
	float final_norm_offset;  /* added to the norm's weight in use; 0 */
	enum tk_norm embed_norm;  /* right after W_E (BLOOM, BERT) */
	double embed_norm_eps;
	uint64_t d_model;	  /* columns of W_U, or of W_E */
	/* Read only; the writer does not look at these. */
	uint64_t d_vocab;	  /* rows of W_U (of W_E if there is none) */
	uint64_t n_tokens;	  /* tokens that have a name */
};

/* Rows contiguous, elements little-endian.  'data' NULL: there is none. */
struct tk_matrix {
	const uint8_t *data; /* [rows, row_stride bytes], 64-byte aligned */
	uint64_t rows;
	uint64_t cols;
	uint64_t row_stride; /* bytes */
	enum tk_dtype dtype;
};

enum tk_token_kind {
	TK_TOKEN_NORMAL = 0,
	TK_TOKEN_UNKNOWN = 1, /* stands for what the vocabulary lacks */
	TK_TOKEN_CONTROL = 2, /* <|endoftext|> and the like */
	TK_TOKEN_USER = 3,    /* added by hand, matches in plain text */
	TK_TOKEN_UNUSED = 4,
	TK_TOKEN_BYTE = 5,    /* one byte that no other token covers */
};

/* The vocabulary section's own header, decoded. */
struct tk_vocab_info {
	uint32_t n_tokens;
	uint32_t n_distinct; /* n_tokens less later duplicates */
	uint32_t longest;    /* bytes of the longest token */
	uint32_t blob_size;  /* bytes of all tokens together */
	bool has_kinds;
	bool has_scores;
	bool has_index;	     /* false: absent or stale, look-ups are O(n) */
};

struct tk_model;

#pragma GCC visibility push(default)

/*
 * tk_model_open() binds the sections of 'c' and checks them against each
 * other.  Fails with
 *
 *   TK_E_FEATURE   a REQUIRED section, or the dtype of one, is unknown, or is
 *                  compressed: an archive
 *   TK_E_SECTION   one that a model needs is missing, one has the wrong form,
 *                  or hparams and sections contradict each other
 *   TK_E_SHAPE     shapes that do not go together
 *   TK_E_VALUE     a key, or a value, that it cannot be
 *   TK_E_LAYOUT    keys and values do not fill their section, or are unsorted
 *   TK_E_RESERVED  reserved bytes, unknown flags or padding are not zero
 *   TK_E_LIMIT     beyond a limit of spec/format.md 10
 *   TK_E_MEMORY
 *
 * 'c' must outlive the model.
 */
enum tk_status tk_model_open(struct tk_model **out,
			     const struct tk_container *c,
			     struct tk_error *err);

/* NULL is ok. */
void tk_model_close(struct tk_model *m);

/* Returns the container the model was opened on. */
const struct tk_container *tk_model_container(const struct tk_model *m);

struct tk_hparams tk_model_hparams(const struct tk_model *m);
struct tk_vocab_info tk_model_vocab(const struct tk_model *m);

/* [rows of W_E, d_model]; its data is NULL in a vocabulary-only file. */
struct tk_matrix tk_model_w_e(const struct tk_model *m);

/* [d_vocab, d_model]: W_E if tied; its data is NULL if the file has none. */
struct tk_matrix tk_model_w_u(const struct tk_model *m);

/*
 * Returns the matrix or vector (one row) of a kind from TK_KIND_EMBED_NORM_
 * WEIGHT to TK_KIND_W_U; data NULL if it is absent.  A tied W_U is absent.
 */
struct tk_matrix tk_model_matrix(const struct tk_model *m, uint32_t kind);

/*
 * Are the bytes of row 'row' of W_E, W_U (TK_KIND_W_U; W_E if tied) or another
 * matrix those that were written?  For who uses few rows and can't wait for
 * all: call it when a row is used first.  Reads the 64 KiB chunks that have
 * the row: some microseconds if they are in memory.  Once before, for the
 * matrix: tk_container_verify_outside(), which says what goes unnoticed
 * without.  TK_E_CHECKSUM, TK_E_NOT_FOUND if there is no such matrix or row.
 */
enum tk_status tk_model_verify_row(const struct tk_model *m, uint32_t kind,
				   uint64_t row, struct tk_error *err);

/*
 * Are the bytes of token 'id', and the offsets that say where they are, those
 * that were written?  The same for tokens, with tk_container_verify_outside()
 * of the vocabulary once before: for who uses few of them.  TK_E_CHECKSUM;
 * TK_E_NOT_FOUND and TK_E_VALUE as tk_model_token().
 */
enum tk_status tk_model_verify_token(const struct tk_model *m, uint64_t id,
				     struct tk_error *err);

/*
 * Number of ids that can be predicted: min(n_tokens, rows of W_U).  Rows from
 * there on are padding.
 */
uint64_t tk_model_n_predictable(const struct tk_model *m);

/*
 * The bytes of token 'id', where they lie in the file: any bytes, NUL and bad
 * UTF-8 included.  TK_E_NOT_FOUND if 'id' has no name, TK_E_VALUE if the file
 * is damaged there.
 */
enum tk_status tk_model_token(struct tk_bytes *out, const struct tk_model *m,
			      uint64_t id, struct tk_error *err);

/* Kind and score of a token; NORMAL and 0 if the file does not say. */
enum tk_token_kind tk_model_token_kind(const struct tk_model *m, uint64_t id);
float tk_model_token_score(const struct tk_model *m, uint64_t id);

/*
 * The lowest id whose token has exactly these bytes; TK_E_NOT_FOUND if none.
 * Cost: one hash and a few cache lines; at most 256 probes whatever the file
 * says.  Without an index (has_index) all tokens are compared.
 */
enum tk_status tk_model_find(uint32_t *id, const struct tk_model *m,
			     struct tk_bytes token, struct tk_error *err);

/* Key/value section 'kind' of the model, checked; len 0 if absent. */
struct tk_bytes tk_model_keyvalues(const struct tk_model *m, uint32_t kind);

/*
 * The first hyperparameter that must be understood to predict and is not;
 * len 0 if there is none.  Everything but prediction works with such a file.
 */
struct tk_bytes tk_model_unknown_key(const struct tk_model *m);

/* ------------------------------------------------------------------------
 * Writing
 */

/* A vocabulary in memory; every pointer is borrowed. */
struct tk_vocab_parts {
	uint32_t n_tokens;
	const struct tk_bytes *tokens; /* [n_tokens], index = id */
	const uint8_t *kinds;	       /* [n_tokens] tk_token_kind, or NULL */
	const float *scores;	       /* [n_tokens], or NULL */
};

/*
 * Adds the vocabulary and its index: two sections.  Memory: the sections
 * themselves.  Fails with TK_E_ARGUMENT, TK_E_LIMIT, TK_E_MEMORY, TK_E_IO.
 */
enum tk_status tk_vocab_write(struct tk_writer *w,
			      const struct tk_vocab_parts *parts,
			      struct tk_error *err);

/*
 * Adds the hparams section: the keys of 'hp' that differ from their default
 * (d_model only if 'without_matrices'), and those in 'others', which may be
 * NULL.  Adds the former to the latter on the way.  Fails with TK_E_VALUE as
 * tk_hparams_check(), as tk_kv_builder_finish() and as tk_writer_add().
 */
enum tk_status tk_hparams_write(struct tk_writer *w,
				const struct tk_hparams *hp,
				bool without_matrices,
				struct tk_kv_builder *others,
				struct tk_error *err);

/*
 * Checks 'hp' as a writer must: finite scales, a positive logit_scale, a
 * softcap that is 0 or positive, eps not negative.  TK_E_VALUE says which.
 */
enum tk_status tk_hparams_check(const struct tk_hparams *hp,
				struct tk_error *err);

/* The defaults: everything 0, scales 1. */
struct tk_hparams tk_hparams_default(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_MODEL_H */
