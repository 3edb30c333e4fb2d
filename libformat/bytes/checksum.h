/* SPDX-License-Identifier: MIT */
/*
 * checksum.h - XXH3: checksum.c is the only file that knows xxHash
 *
 * 128-bit results are in xxHash's canonical order, high half first, so that
 * their hex string is what `xxhsum -H2` prints.
 */
#ifndef TK_CHECKSUM_H
#define TK_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "libformat/bytes.h"

uint64_t tk_xxh64(const void *data, size_t len, uint64_t seed);

void tk_xxh128(uint8_t out[16], const void *data, size_t len, uint64_t seed);

/* The same over pieces. */
struct tk_xxh128_stream;

/* NULL if there is no memory. */
struct tk_xxh128_stream *tk_xxh128_new(void);
void tk_xxh128_free(struct tk_xxh128_stream *s);
void tk_xxh128_start(struct tk_xxh128_stream *s, uint64_t seed);
void tk_xxh128_add(struct tk_xxh128_stream *s, const void *data, size_t len);
void tk_xxh128_end(uint8_t out[16], const struct tk_xxh128_stream *s);

/*
 * Over pieces that next() gives, until one has no bytes; needs no memory but
 * the stack.
 */
void tk_xxh128_of(uint8_t out[16], uint64_t seed,
		  struct tk_bytes (*next)(void *context), void *context);

#endif /* TK_CHECKSUM_H */
