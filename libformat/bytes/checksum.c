/* SPDX-License-Identifier: MIT */
/*
 * checksum.c - XXH3: the only file that knows xxHash
 */
#include "bytes/checksum.h"

#include <xxhash.h>
#ifdef TK_XXH_DISPATCH
#include <xxh_x86dispatch.h> /* the same values, by what the CPU has */
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
	XXH3_128bits_update((XXH3_state_t *)s, data, len);
}

void tk_xxh128_end(uint8_t out[16], const struct tk_xxh128_stream *s)
{
	put_canonical(out, XXH3_128bits_digest((const XXH3_state_t *)s));
}
