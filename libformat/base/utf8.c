/* SPDX-License-Identifier: MIT */
/*
 * utf8.c - is this UTF-8?
 *
 * A machine of nine states, whatever the text: files may have 48 MiB of it, and
 * text made for that would mislead every branch.  A state is a shift: a class
 * of bytes is one number that has, at each state's shift, the shift of the next
 * state.  So nothing but a shift and a mask depends on the byte before.
 */
#include "base/utf8.h"

/* Shifts of the states, 6 bits each (RFC 3629, 4). */
enum {
	BAD = 0,
	DONE = 6,    /* between characters */
	ONE = 12,    /* so many more bytes */
	TWO = 18,
	THREE = 24,
	AFTER_E0 = 30, /* a0 ... bf, then one more */
	AFTER_ED = 36, /* 80 ... 9f, then one more */
	AFTER_F0 = 42, /* 90 ... bf, then two more */
	AFTER_F4 = 48, /* 80 ... 8f, then two more */
};

#define FROM(state, next) ((uint64_t)(next) << (state))
#define START(next) FROM(DONE, next)
/* Bytes that go on with a character, wherever they may be from 80 to bf. */
#define GO_ON (FROM(ONE, DONE) | FROM(TWO, ONE) | FROM(THREE, TWO))

enum { ASCII, C80, C90, CA0, L2, LE0, L3, LED, LF0, L4, LF4, NONE };

static const uint64_t moves[] = {
	[ASCII] = START(DONE),
	[C80] = GO_ON | FROM(AFTER_ED, ONE) | FROM(AFTER_F4, TWO),
	[C90] = GO_ON | FROM(AFTER_ED, ONE) | FROM(AFTER_F0, TWO),
	[CA0] = GO_ON | FROM(AFTER_E0, ONE) | FROM(AFTER_F0, TWO),
	[L2] = START(ONE),
	[LE0] = START(AFTER_E0),
	[L3] = START(TWO),
	[LED] = START(AFTER_ED),
	[LF0] = START(AFTER_F0),
	[L4] = START(THREE),
	[LF4] = START(AFTER_F4),
	[NONE] = 0,
};

#define TWICE(c) c, c
#define TIMES4(c) TWICE(c), TWICE(c)
#define TIMES16(c) TIMES4(c), TIMES4(c), TIMES4(c), TIMES4(c)

static const uint8_t classes[256] = {
	TIMES16(ASCII), TIMES16(ASCII), TIMES16(ASCII), TIMES16(ASCII),
	TIMES16(ASCII), TIMES16(ASCII), TIMES16(ASCII), TIMES16(ASCII),
	TIMES16(C80),	TIMES16(C90),	TIMES16(CA0),	TIMES16(CA0),
	/* c0 */ TWICE(NONE), TWICE(L2), TIMES4(L2), TIMES4(L2), TIMES4(L2),
	/* d0 */ TIMES16(L2),
	/* e0 */ LE0, L3, L3, L3, TIMES4(L3), TIMES4(L3), L3, LED, L3, L3,
	/* f0 */ LF0, L4, L4, L4, LF4, NONE, NONE, NONE, TIMES4(NONE),
	TIMES4(NONE),
};

bool tk_is_utf8(const uint8_t *p, size_t len)
{
	uint64_t state = DONE;

	for (size_t i = 0; i < len; i++)
		state = moves[classes[p[i]]] >> (state & 63);
	return (state & 63) == DONE;
}
