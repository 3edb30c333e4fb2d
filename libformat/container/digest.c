/* SPDX-License-Identifier: MIT */
/*
 * digest.c - the digests of spec/format.md 2
 */
#include "container/digest.h"

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

#define LEAVES 64 /* at a time */

struct chunks {
	const uint8_t *data;
	uint64_t left;
	uint64_t n; /* of the next chunk */
	uint8_t leaves[LEAVES][TK_LEAF_SIZE];
};

static struct tk_bytes next_leaves(void *context)
{
	struct chunks *c = context;
	size_t i = 0;

	for (; i < LEAVES && c->left; i++) {
		size_t len = c->left < TK_CHUNK_SIZE ? (size_t)c->left
						     : TK_CHUNK_SIZE;

		tk_digest_leaf(c->leaves[i], c->data, len, c->n++);
		c->data += len;
		c->left -= len;
	}
	return (struct tk_bytes){c->leaves[0], i * TK_LEAF_SIZE};
}

void tk_digest_bytes(uint8_t out[16], const void *data, uint64_t size)
{
	struct chunks c = {.data = data, .left = size};

	tk_xxh128_of(out, SEED_SECTION, next_leaves, &c);
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
