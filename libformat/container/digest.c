/* SPDX-License-Identifier: MIT */
/*
 * digest.c - the digests of spec/format.md 2
 */
#include "container/digest.h"

#include <stdlib.h>
#include <string.h>

#include "bytes/checksum.h"
#include "container/layout.h"
#include "libformat/container.h"

/* Seeds tell the uses apart; chunk numbers stay below 2^31. */
#define SEED_SECTION UINT64_C(0x8000000000000001)
#define SEED_ROOT UINT64_C(0x8000000000000002)
#define SEED_CONTENT UINT64_C(0x8000000000000003)

void tk_digest_leaf(uint8_t out[16], const void *data, size_t len,
		    uint64_t index)
{
	tk_xxh128(out, data, len, index);
}

void tk_digest_leaves(uint8_t out[16], const void *leaves, uint64_t count)
{
	tk_xxh128(out, leaves, (size_t)(count * TK_LEAF_SIZE), SEED_SECTION);
}

enum tk_status tk_digest_bytes(uint8_t out[16], const void *data,
			       uint64_t size)
{
	uint64_t count = tk_leaf_count(size);
	uint8_t *leaves = malloc((size_t)(count * TK_LEAF_SIZE) + 1);

	if (!leaves)
		return TK_E_MEMORY;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = i * TK_CHUNK_SIZE;
		uint64_t len = size - at < TK_CHUNK_SIZE ? size - at
							 : TK_CHUNK_SIZE;

		tk_digest_leaf(leaves + i * TK_LEAF_SIZE,
			       (const uint8_t *)data + at, (size_t)len, i);
	}
	tk_digest_leaves(out, leaves, count);
	free(leaves);
	return TK_OK;
}

void tk_digest_root(uint8_t out[16], uint8_t *head, size_t len)
{
	struct tk_disk_header *h = (void *)head;

	memset(h->root_digest, 0, sizeof(h->root_digest));
	memset(h->reserved_0x40, 0, sizeof(h->reserved_0x40));
	memset(&h->header_checksum, 0, sizeof(h->header_checksum));
	tk_xxh128(out, head, len, SEED_ROOT);
}

void tk_digest_content(uint8_t out[16], const void *entries, size_t len)
{
	tk_xxh128(out, entries, len, SEED_CONTENT);
}
