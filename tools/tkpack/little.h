/* SPDX-License-Identifier: MIT */
/*
 * little.h - little-endian numbers at any address of a foreign file
 *
 * gcc and clang turn each into one load.
 */
#ifndef TKPACK_LITTLE_H
#define TKPACK_LITTLE_H

#include <stdint.h>
#include <string.h>

static inline uint16_t little_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t little_u32(const uint8_t *p)
{
	return little_u16(p) | (uint32_t)little_u16(p + 2) << 16;
}

static inline uint64_t little_u64(const uint8_t *p)
{
	return little_u32(p) | (uint64_t)little_u32(p + 4) << 32;
}

/* Floats travel as the integers of their bits. */
static inline float little_f32(const uint8_t *p)
{
	uint32_t bits = little_u32(p);
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static inline double little_f64(const uint8_t *p)
{
	uint64_t bits = little_u64(p);
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

#endif /* TKPACK_LITTLE_H */
