/* SPDX-License-Identifier: MIT */
/*
 * endian.h - little-endian integers as they lie in the file
 *
 * They are structs of bytes: alignment 1, no padding, and the compiler
 * rejects them where a number is expected.  gcc and clang turn the loads
 * below into one instruction.
 */
#ifndef TK_ENDIAN_H
#define TK_ENDIAN_H

#include <stdint.h>
#include <string.h>

typedef struct { uint8_t b[2]; } tk_le16;
typedef struct { uint8_t b[4]; } tk_le32;
typedef struct { uint8_t b[8]; } tk_le64;

static inline uint16_t tk_get16(tk_le16 v)
{
	return (uint16_t)(v.b[0] | v.b[1] << 8);
}

static inline uint32_t tk_get32(tk_le32 v)
{
	return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 |
	       (uint32_t)v.b[2] << 16 | (uint32_t)v.b[3] << 24;
}

static inline uint64_t tk_get64(tk_le64 v)
{
	return (uint64_t)v.b[0] | (uint64_t)v.b[1] << 8 |
	       (uint64_t)v.b[2] << 16 | (uint64_t)v.b[3] << 24 |
	       (uint64_t)v.b[4] << 32 | (uint64_t)v.b[5] << 40 |
	       (uint64_t)v.b[6] << 48 | (uint64_t)v.b[7] << 56;
}

static inline tk_le16 tk_put16(uint16_t x)
{
	return (tk_le16){{(uint8_t)x, (uint8_t)(x >> 8)}};
}

static inline tk_le32 tk_put32(uint32_t x)
{
	return (tk_le32){{(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16),
			  (uint8_t)(x >> 24)}};
}

static inline tk_le64 tk_put64(uint64_t x)
{
	return (tk_le64){{(uint8_t)x, (uint8_t)(x >> 8), (uint8_t)(x >> 16),
			  (uint8_t)(x >> 24), (uint8_t)(x >> 32),
			  (uint8_t)(x >> 40), (uint8_t)(x >> 48),
			  (uint8_t)(x >> 56)}};
}

/* The same at any address. */
static inline uint16_t tk_load16(const void *p)
{
	tk_le16 v;

	memcpy(&v, p, sizeof(v));
	return tk_get16(v);
}

static inline uint32_t tk_load32(const void *p)
{
	tk_le32 v;

	memcpy(&v, p, sizeof(v));
	return tk_get32(v);
}

static inline uint64_t tk_load64(const void *p)
{
	tk_le64 v;

	memcpy(&v, p, sizeof(v));
	return tk_get64(v);
}

static inline void tk_store32(void *p, uint32_t x)
{
	tk_le32 v = tk_put32(x);

	memcpy(p, &v, sizeof(v));
}

static inline void tk_store64(void *p, uint64_t x)
{
	tk_le64 v = tk_put64(x);

	memcpy(p, &v, sizeof(v));
}

/* Floats travel as the integers of their bits. */
static inline float tk_load_f32(const void *p)
{
	uint32_t bits = tk_load32(p);
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static inline double tk_load_f64(const void *p)
{
	uint64_t bits = tk_load64(p);
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static inline void tk_store_f32(void *p, float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	tk_store32(p, bits);
}

static inline void tk_store_f64(void *p, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	tk_store64(p, bits);
}

#endif /* TK_ENDIAN_H */
