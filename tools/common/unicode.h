/* SPDX-License-Identifier: MIT */
/*
 * unicode.h - characters of UTF-8, and which of them must not be shown
 */
#ifndef TOOLS_UNICODE_H
#define TOOLS_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character at the start of p[n], n > 0.  Returns its length, or
 * 0 if it is not well-formed UTF-8.
 */
size_t unicode_decode(uint32_t *code, const uint8_t *p, size_t n);

/*
 * Characters beyond ASCII that have a width and yet cannot be seen, or that
 * change what is around them: spaces that are no space, joiners, marks of
 * direction, fillers, variation selectors, tags, private use.
 */
bool unicode_is_deceptive(uint32_t c);

#endif /* TOOLS_UNICODE_H */
