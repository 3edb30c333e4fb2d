/* SPDX-License-Identifier: MIT */
/*
 * checked.h - size arithmetic that cannot overflow unnoticed
 */
#ifndef TK_CHECKED_H
#define TK_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool tk_add(uint64_t *out, uint64_t a, uint64_t b)
{
	if (b > UINT64_MAX - a)
		return false;
	*out = a + b;
	return true;
}

static inline bool tk_mul(uint64_t *out, uint64_t a, uint64_t b)
{
	if (a && b > UINT64_MAX / a)
		return false;
	*out = a * b;
	return true;
}

/* Rounds up to a multiple of 'to', a power of two. */
static inline bool tk_round_up(uint64_t *out, uint64_t x, uint64_t to)
{
	if (!tk_add(&x, x, to - 1))
		return false;
	*out = x & ~(to - 1);
	return true;
}

/* True if 'len' bytes at 'off' lie inside 'size' bytes. */
static inline bool tk_inside(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

#endif /* TK_CHECKED_H */
