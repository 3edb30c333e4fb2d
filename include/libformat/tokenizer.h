/* SPDX-License-Identifier: MIT */
/*
 * libformat/tokenizer.h - from text to ids
 *
 * A file may say which tokenizer its model was trained with, and which ids
 * are special.  No sub-word kind is built yet: such a file states its kind as
 * `none` with a reason, and text is split into words at ASCII white space.
 * Nothing is ever approximated in silence.
 */
#ifndef LIBFORMAT_TOKENIZER_H
#define LIBFORMAT_TOKENIZER_H

#include "libformat/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a word was found. */
enum tk_word_match {
	TK_WORD_EXACT = 0,
	TK_WORD_SPACE_ADDED = 1,   /* as the token " word" */
	TK_WORD_SPACE_REMOVED = 2, /* " word" as the token "word" */
};

/* Special ids, in the order of the keys of spec/format.md 3. */
enum tk_special {
	TK_SPECIAL_BOS = 0,
	TK_SPECIAL_EOS = 1,
	TK_SPECIAL_UNK = 2,
	TK_SPECIAL_PAD = 3,
	TK_SPECIAL_SEP = 4,
	TK_SPECIAL_MASK = 5,
};
#define TK_N_SPECIAL 6

/* No such special id. */
#define TK_NO_ID UINT32_MAX

#pragma GCC visibility push(default)

/* The kind of the stored tokenizer as text; len 0 if none is stored. */
struct tk_bytes tk_tokenizer_kind(const struct tk_model *m);

/* Why the kind is `none`; len 0 if the file gives no reason. */
struct tk_bytes tk_tokenizer_reason(const struct tk_model *m);

/* The id of a special token, or TK_NO_ID. */
uint32_t tk_tokenizer_special(const struct tk_model *m, enum tk_special which);

/*
 * True if 'id' ends a text: the eos id, or one of the key `eos_ids` (a model
 * may have several).
 */
bool tk_tokenizer_is_end(const struct tk_model *m, uint32_t id);

/*
 * Looks a word up: its exact bytes; if there is no such token, the same word
 * with a leading space added or, if it has one, removed.  TK_E_NOT_FOUND if
 * neither is there.  'how' may be NULL.  Of words from 512 bytes on a copy is
 * made where there are tokens that long: TK_E_MEMORY.
 *
 * A token of kind BYTE gives way to another of the same bytes.  Looking for
 * that one goes through all tokens: microseconds, and only where a word is a
 * byte.
 */
enum tk_status tk_word_find(uint32_t *id, enum tk_word_match *how,
			    const struct tk_model *m, struct tk_bytes word,
			    struct tk_error *err);

/*
 * Takes the next word (a run of bytes without ASCII white space) off the
 * front of 'text'; len 0 at the end.
 */
struct tk_bytes tk_word_next(struct tk_bytes *text);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_TOKENIZER_H */
