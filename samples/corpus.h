/* SPDX-License-Identifier: MIT */
/*
 * corpus.h - the text as ids, and its vocabulary
 *
 * Token 0 ends a text; the words follow, the most frequent first.
 */
#ifndef SAMPLES_CORPUS_H
#define SAMPLES_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libformat/bytes.h>

#define N_TEXTS 30000	/* of the sample model */
#define MAX_TOKENS 1024 /* kinds of words */
#define END_OF_TEXT 0

struct corpus {
	size_t n_texts;
	size_t n_tokens;
	struct tk_bytes tokens[MAX_TOKENS]; /* [n_tokens], static memory */
	size_t *start;			    /* [n_texts + 1] into ids */
	uint16_t *ids; /* of all texts, END_OF_TEXT around each */
};

/* False if there is no memory, or if there are too many words. */
bool corpus_make(struct corpus *c, size_t n_texts);
void corpus_free(struct corpus *c);

/* One text in ten is never trained on. */
static inline bool corpus_is_held_out(size_t text)
{
	return text % 10 == 9;
}

#endif /* SAMPLES_CORPUS_H */
