/* SPDX-License-Identifier: MIT */
/*
 * grammar.h - an endless supply of small true and untrue English texts
 *
 * Text 'index' is always the same text, on every machine.
 */
#ifndef SAMPLES_GRAMMAR_H
#define SAMPLES_GRAMMAR_H

#include <stddef.h>
#include <stdint.h>

#include <libformat/bytes.h>

/* No text is longer than this many words, punctuation included. */
#define TEXT_MAX 48

/* Words are lower case; a full stop, comma or question mark is a word. */
struct text {
	size_t n_words;
	struct tk_bytes words[TEXT_MAX]; /* static memory */
};

void grammar_text(struct text *out, uint64_t index);

#endif /* SAMPLES_GRAMMAR_H */
