/* SPDX-License-Identifier: MIT */
/*
 * decimal.h - decimal numbers in foreign text, correctly rounded
 *
 *     [+-] digits [. digits] [e [+-] digits]      or      [+-] . digits ...
 *
 * and nothing else: no blanks, no hexadecimal, no nan, no inf, no decimal
 * comma.  The functions return NULL, or a static text that says what is wrong
 * with the number: "is not a decimal number".
 */
#ifndef TOOLS_DECIMAL_H
#define TOOLS_DECIMAL_H

#include <stdbool.h>

#include <libformat/bytes.h>

/* Rounded once, to nearest even.  Beyond the type's range is wrong. */
const char *decimal_f32(float *out, struct tk_bytes text);
const char *decimal_f64(double *out, struct tk_bytes text);

/* Digits only. */
const char *decimal_u64(uint64_t *out, struct tk_bytes text);

/*
 * Takes the next field, up to a space or the end, off the front of 'text';
 * len 0 if there is none.  Spaces before it are skipped.
 */
struct tk_bytes decimal_field(struct tk_bytes *text);

/*
 * The next n fields of 'text' as little-endian f32 at dst[4 * n], which may be
 * NULL.  If one is wrong it is put into '*field'.  'infinite': "inf" and
 * "-inf" are numbers.
 */
const char *decimal_row(uint8_t *dst, struct tk_bytes *text, uint64_t n,
			bool infinite, struct tk_bytes *field);

#endif /* TOOLS_DECIMAL_H */
