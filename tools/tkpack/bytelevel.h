/* SPDX-License-Identifier: MIT */
/*
 * bytelevel.h - the byte alphabet of GPT-2's vocabulary files
 *
 * Such a file writes every byte of a token as one printable character, so
 * that tokens can stand in JSON and in lines of text: a space is U+0120.
 */
#ifndef TKPACK_BYTELEVEL_H
#define TKPACK_BYTELEVEL_H

#include <stddef.h>
#include <stdint.h>

/*
 * dst = the bytes that the text src[len] stands for; dst has room for 'len'
 * bytes and may be 'src' itself.  Returns how many there are, or SIZE_MAX if
 * the text is not UTF-8 or has a character that is not in the alphabet; dst
 * is then undefined.
 */
size_t bytelevel_decode(uint8_t *dst, const void *src, size_t len);

#endif /* TKPACK_BYTELEVEL_H */
