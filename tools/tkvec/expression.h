/* SPDX-License-Identifier: MIT */
/*
 * expression.h - "woman - man + 0.5 uncle" -> tokens with their weights
 *
 *     expression  [sign] term { sign term }
 *     term        [number [*]] token
 *     token       word | "quoted" | id:N | dim:N
 *
 * Words end at white space, so that e-mail is one; a sign stands by itself or
 * in front of a term.  A number is a weight if a token follows it, and else a
 * token.  In quotes \" \\ \n \t \r and \xHH stand for what tokens are shown
 * with.  Whether there are such tokens is not known here.
 */
#ifndef TKVEC_EXPRESSION_H
#define TKVEC_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libformat/bytes.h>

enum term_kind {
	TERM_WORD,
	TERM_ID,  /* id:N */
	TERM_DIM, /* dim:N: the unit vector of a dimension */
};

struct term {
	double weight;
	enum term_kind kind;
	struct tk_bytes token;	/* the bytes that are looked up */
	struct tk_bytes digits; /* N, unless it is a word */
};

/* Tokens are views of the text, or of 'bytes'. */
struct expression {
	struct term *terms; /* [n], at least one */
	size_t n;
	uint8_t *bytes; /* what stood in quotes */
};

/* What cannot be read, and at which byte of the text. */
struct mistake {
	const char *message; /* static */
	size_t at;
};

/*
 * False if it cannot be read, with '*mistake'; else freed by
 * expression_free().
 */
bool expression_parse(struct expression *out, struct tk_bytes text,
		      struct mistake *mistake);
void expression_free(struct expression *e);

/* The white space that words end at. */
bool expression_is_space(uint8_t c);

#endif /* TKVEC_EXPRESSION_H */
