/* SPDX-License-Identifier: MIT */
/*
 * planes.c - floats as planes of bytes: spec/format.md 9, codec 2
 *
 * Plain loops over a block that stays in the first cache: compilers make
 * vectors of them.
 */
#include "container/planes.h"

#include "base/endian.h"

static void split16(uint8_t *restrict hi, uint8_t *restrict lo,
		    const tk_le16 *restrict data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned x = tk_get16(data[i]);

		x = x << 1 | x >> 15;
		hi[i] = (uint8_t)(x >> 8);
		lo[i] = (uint8_t)x;
	}
}

static void join16(tk_le16 *restrict data, const uint8_t *restrict hi,
		   const uint8_t *restrict lo, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned x = (unsigned)hi[i] << 8 | lo[i];

		data[i] = tk_put16((uint16_t)(x >> 1 | x << 15));
	}
}

static void split32(uint8_t *restrict a, uint8_t *restrict b,
		    uint8_t *restrict c, uint8_t *restrict d,
		    const tk_le32 *restrict data, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t x = tk_get32(data[i]);

		x = x << 1 | x >> 31;
		a[i] = (uint8_t)(x >> 24);
		b[i] = (uint8_t)(x >> 16);
		c[i] = (uint8_t)(x >> 8);
		d[i] = (uint8_t)x;
	}
}

static void join32(tk_le32 *restrict data, const uint8_t *restrict a,
		   const uint8_t *restrict b, const uint8_t *restrict c,
		   const uint8_t *restrict d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t x = (uint32_t)a[i] << 24 | (uint32_t)b[i] << 16 |
			     (uint32_t)c[i] << 8 | d[i];

		data[i] = tk_put32(x >> 1 | x << 31);
	}
}

void tk_planes_split(uint8_t *planes, const uint8_t *data, size_t len,
		     size_t width)
{
	size_t n = len / width;

	if (width == 2)
		split16(planes, planes + n, (const void *)data, n);
	else
		split32(planes, planes + n, planes + 2 * n, planes + 3 * n,
			(const void *)data, n);
}

void tk_planes_join(uint8_t *data, const uint8_t *planes, size_t len,
		    size_t width)
{
	size_t n = len / width;

	if (width == 2)
		join16((void *)data, planes, planes + n, n);
	else
		join32((void *)data, planes, planes + n, planes + 2 * n,
		       planes + 3 * n, n);
}
