/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - is this UTF-8?
 */
#ifndef TK_UTF8_H
#define TK_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629). */
bool tk_is_utf8(const uint8_t *p, size_t len);

#endif /* TK_UTF8_H */
