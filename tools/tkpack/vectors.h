/* SPDX-License-Identifier: MIT */
/*
 * vectors.h - what files of word vectors have in common
 *
 * word2vec's two forms, GloVe's and fastText's .vec: a word and its row of
 * W_E, one after the other; there is no W_U in them.
 */
#ifndef TKPACK_VECTORS_H
#define TKPACK_VECTORS_H

#include "source.h"

/* Limits of the .tk format. */
#define VECTORS_MAX_WORDS ((UINT64_C(1) << 24) - 1)
#define VECTORS_MAX_DIMS (UINT64_C(1) << 17)

/* The line "400000 300". */
struct vectors_header {
	uint64_t words;
	uint64_t dims;
};

/* True if the line is two whole numbers and nothing else. */
bool vectors_header(struct vectors_header *out, struct tk_bytes line);

/* Refuses numbers that no file can have. */
int vectors_check_header(struct source *s, const struct file *f,
			 const struct vectors_header *h);

/*
 * The header at the start of a file, and the bytes after its LF; false if it
 * has none.
 */
bool vectors_start(struct vectors_header *out, struct tk_bytes *rest,
		   struct tk_bytes head);

/* A line of text without its end: CR, and the one space some writers leave. */
struct tk_bytes vectors_trim(struct tk_bytes line);

/*
 * A word may contain spaces, so its end is found from the other end of the
 * line: '*word' is what stands before the last 'dims' fields.  Fields are
 * separated by one space and have only bytes that a number can have; the
 * number itself is not looked at.  Returns NULL, or what is wrong, and puts
 * the field where that is into '*bad'.
 */
const char *vectors_split(struct tk_bytes *word, struct tk_bytes line,
			  uint64_t dims, struct tk_bytes *bad);

/*
 * True if the bytes after a header are lines of text.  'whole': they are all
 * there is.
 */
bool vectors_is_text(struct tk_bytes rest, uint64_t dims, bool whole);

/* Refuses the options that mean nothing to such a file. */
int vectors_check_options(struct source *s, const struct source_options *opt);

/* Appends a word; </s> ends a text, <unk> stands for unknown words. */
int vectors_add_word(struct source *s, struct tk_bytes word);

/* Fills in W_E and what is said about the file. */
void vectors_finish(struct source *s, const struct source_options *opt,
		    const char *kind, uint64_t dims);

#endif /* TKPACK_VECTORS_H */
