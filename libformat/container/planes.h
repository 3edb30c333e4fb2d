/* SPDX-License-Identifier: MIT */
/*
 * planes.h - floats as planes of bytes: spec/format.md 9, codec 2
 *
 * The highest byte of a float, once it is rotated left by one bit, is the
 * exponent: a few values, that an entropy coder makes small.  The others are
 * noise.  Told apart they compress; mixed they do not.
 */
#ifndef TK_PLANES_H
#define TK_PLANES_H

#include <stddef.h>
#include <stdint.h>

/*
 * 'len' bytes of elements of 'width' bytes, 2 or 4, which divides 'len', to
 * planes and back.  The buffers do not overlap.
 */
void tk_planes_split(uint8_t *planes, const uint8_t *data, size_t len,
		     size_t width);
void tk_planes_join(uint8_t *data, const uint8_t *planes, size_t len,
		    size_t width);

#endif /* TK_PLANES_H */
