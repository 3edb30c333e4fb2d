/* SPDX-License-Identifier: MIT */
/*
 * reach.h - which tokens text cannot be split into, and which are no text
 *
 * Without the tokenizer this is known of some tokens only: whether merges, or
 * scores, ever lead to one is not.
 */
#ifndef TKINFO_REACH_H
#define TKINFO_REACH_H

#include "tkinfo.h"

/* What is known of a token; several bits may be set. */
enum {
	REACH_PART = 1,	   /* no UTF-8 by itself: a part of a character */
	REACH_NEVER = 2,   /* bytes that no UTF-8 text has */
	REACH_COPY = 4,	   /* another token has its bytes and is taken */
	REACH_UNUSED = 8,  /* its kind, or its name, says so */
	REACH_CONTROL = 16,
	REACH_BYTE = 32,   /* its kind is byte */
	REACH_EMPTY = 64,
};

/* Text never becomes a token with one of these. */
#define REACH_NOT (REACH_NEVER | REACH_COPY | REACH_UNUSED | REACH_EMPTY)

struct reach {
	uint32_t n;
	uint8_t *bits;	/* [n] */
	uint32_t *same; /* [n] of REACH_COPY: the token that is taken */
	bool has_copies; /* false: there is no index to find them by */
};

/* Looks at all tokens; ends the program if it cannot. */
void reach_read(struct reach *r, const struct info *info);
void reach_free(struct reach *r);

/* True if some UTF-8 text has these bytes in it. */
bool reach_is_part(struct tk_bytes b);

/*
 * True of "<unused7>", "[unused7]", "<|reserved_special_token_7|>",
 * "<madeupword0>" and the like.
 */
bool reach_is_unused_name(struct tk_bytes b);

#endif /* TKINFO_REACH_H */
