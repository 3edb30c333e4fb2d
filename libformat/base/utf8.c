/* SPDX-License-Identifier: MIT */
/*
 * utf8.c - is this UTF-8?
 */
#include "base/utf8.h"

/* Length of the character at p, or 0 if it is not one (RFC 3629, 4). */
static size_t character(const uint8_t *p, size_t len)
{
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc2 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf5 ? 4
				 : 0;

	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool tk_is_utf8(const uint8_t *p, size_t len)
{
	while (len) {
		size_t n = character(p, len);

		if (!n)
			return false;
		p += n;
		len -= n;
	}
	return true;
}
