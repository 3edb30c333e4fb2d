/* SPDX-License-Identifier: MIT */
/*
 * bytelevel.c - the byte alphabet of GPT-2's vocabulary files
 *
 * The printable bytes of Latin-1 stand for themselves; the 68 others were
 * given the characters from U+0100 on, in rising order.  So every character
 * is below U+0144 and takes one or two bytes of UTF-8.
 */
#include "bytelevel.h"

#include <stdbool.h>

/* The printable bytes: these, and nothing else, are their own character. */
static bool is_itself(unsigned c)
{
	return (c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0xac) ||
	       (c >= 0xae && c <= 0xff);
}

/* The byte that a character stands for, or -1. */
static int byte_of(unsigned c)
{
	if (c <= 0xff)
		return is_itself(c) ? (int)c : -1;
	if (c <= 0x120)
		return (int)(c - 0x100);
	if (c <= 0x142)
		return (int)(c - 0x121 + 0x7f);
	return c == 0x143 ? 0xad : -1;
}

size_t bytelevel_decode(uint8_t *dst, const void *src, size_t len)
{
	const uint8_t *p = src;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned c = p[i];
		int byte;

		if (c >= 0x80) {
			/* C0 and C1 would be overlong; E0 and up: too high. */
			if (c < 0xc2 || c > 0xdf || i + 1 == len ||
			    (p[i + 1] & 0xc0) != 0x80)
				return SIZE_MAX;
			c = (c & 0x1f) << 6 | (p[++i] & 0x3f);
		}
		byte = byte_of(c);
		if (byte < 0)
			return SIZE_MAX;
		dst[n++] = (uint8_t)byte;
	}
	return n;
}
