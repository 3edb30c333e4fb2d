/* SPDX-License-Identifier: MIT */
/*
 * unicode.c - characters of UTF-8, and which of them must not be shown
 */
#include "unicode.h"

size_t unicode_decode(uint32_t *code, const uint8_t *p, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc0 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf8 ? 4
				   : 0;
	uint32_t c;

	if (!len || len > n)
		return 0;
	c = len == 1 ? p[0] : p[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return len;
}

bool unicode_is_deceptive(uint32_t c)
{
	static const uint32_t ranges[][2] = {
		{0x80, 0xa0},	    {0xad, 0xad},	{0x34f, 0x34f},
		{0x61c, 0x61c},	    {0x115f, 0x1160},	{0x1680, 0x1680},
		{0x17b4, 0x17b5},   {0x180b, 0x180f},	{0x2000, 0x200f},
		{0x2028, 0x202f},   {0x205f, 0x206f},	{0x2800, 0x2800},
		{0x3000, 0x3000},   {0x3164, 0x3164},	{0xe000, 0xf8ff},
		{0xfe00, 0xfe0f},   {0xfeff, 0xfeff},	{0xffa0, 0xffa0},
		{0xfff0, 0xfffb},   {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}
