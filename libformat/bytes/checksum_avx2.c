/* SPDX-License-Identifier: MIT */
/*
 * checksum_avx2.c - XXH3 with vectors of 256 bits
 */
#include "bytes/checksum_avx2.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* xxHash's own functions are to be compiled for it as well. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), \
			     apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX2
#include <xxhash.h>

void tk_xxh128_avx2(uint8_t out[16], const void *data, size_t len,
		    uint64_t seed)
{
	XXH128_canonicalFromHash((XXH128_canonical_t *)(void *)out,
				 XXH3_128bits_withSeed(data, len, seed));
}

void tk_xxh128_add_avx2(void *state, const void *data, size_t len)
{
	XXH3_128bits_update(state, data, len);
}

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
