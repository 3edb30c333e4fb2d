/* SPDX-License-Identifier: MIT */
/*
 * checksum.c - XXH3: with checksum_avx2.c, the only file that knows xxHash
 *
 * xxHash is compiled in: Debian 12's shared library has half the speed, and
 * takes 50 us to load.
 */
#include "bytes/checksum.h"

#include <stdbool.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bytes/checksum_avx2.h"

#if defined(__x86_64__)
/* Includes that the system keeps the registers. */
static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#endif

uint64_t tk_xxh64(const void *data, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(data, len, seed);
}

static void put_canonical(uint8_t out[16], XXH128_hash_t h)
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, h);
	for (int i = 0; i < 16; i++)
		out[i] = c.digest[i];
}

void tk_xxh128(uint8_t out[16], const void *data, size_t len, uint64_t seed)
{
#if defined(__x86_64__)
	if (has_avx2()) {
		tk_xxh128_avx2(out, data, len, seed);
		return;
	}
#endif
	put_canonical(out, XXH3_128bits_withSeed(data, len, seed));
}

struct tk_xxh128_stream *tk_xxh128_new(void)
{
	return (struct tk_xxh128_stream *)XXH3_createState();
}

void tk_xxh128_free(struct tk_xxh128_stream *s)
{
	XXH3_freeState((XXH3_state_t *)s);
}

void tk_xxh128_start(struct tk_xxh128_stream *s, uint64_t seed)
{
	XXH3_128bits_reset_withSeed((XXH3_state_t *)s, seed);
}

void tk_xxh128_add(struct tk_xxh128_stream *s, const void *data, size_t len)
{
#if defined(__x86_64__)
	if (has_avx2()) {
		tk_xxh128_add_avx2(s, data, len);
		return;
	}
#endif
	XXH3_128bits_update((XXH3_state_t *)s, data, len);
}

void tk_xxh128_end(uint8_t out[16], const struct tk_xxh128_stream *s)
{
	put_canonical(out, XXH3_128bits_digest((const XXH3_state_t *)s));
}
