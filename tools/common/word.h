/* SPDX-License-Identifier: MIT */
/*
 * word.h - what people type for a token
 *
 *     id:1234    an id
 *     aunt       the token with exactly these bytes; without one, that with a
 *                leading space added or removed, and that is said
 *
 * A word that is not there is answered with the tokens that are spelt nearly
 * like it.
 */
#ifndef TOOLS_WORD_H
#define TOOLS_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include <libformat.h>

#include "cli.h"

/* What else a word may be found as. */
enum word_variants {
	WORD_SPACE,	     /* with or without a leading space */
	WORD_SPACE_AND_CASE, /* and with other letters as capitals */
};

/* True if the word is "id:" and digits; '*digits' is what follows. */
bool word_is_id(struct tk_bytes *digits, struct tk_bytes word);

/*
 * The decimal number 'digits', which is 'word' or a part of it, if it is below
 * 'rows'.  Returns EXIT_YES; EXIT_NO if it is not below, EXIT_TROUBLE if it is
 * no number.  'what' has that many: "W_E has rows".
 */
int word_number(uint32_t *out, struct cli_reason *why, struct tk_bytes word,
		struct tk_bytes digits, uint64_t rows, const char *what);

/*
 * The id of a word; stderr says which token it was found as, if not as it is.
 * Returns EXIT_YES; EXIT_NO if the vocabulary does not have it; EXIT_TROUBLE
 * if the file is damaged there.  Cost: that of tk_word_find(), or all tokens
 * compared.
 */
int word_find(uint32_t *id, struct cli_reason *why, const struct tk_model *m,
	      struct tk_bytes word, enum word_variants variants);

#endif /* TOOLS_WORD_H */
