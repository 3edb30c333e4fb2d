/* SPDX-License-Identifier: MIT */
/*
 * digest.h - the digests of spec/format.md 2
 *
 *     leaf <- 64 KiB of a section       digests section <- leaves
 *     D    <- the leaves of a section   table entry     <- D
 *     root <- header and table
 */
#ifndef TK_DIGEST_H
#define TK_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define TK_LEAF_SIZE 16

/* Number of leaves of a section: one for each chunk begun. */
static inline uint64_t tk_leaf_count(uint64_t size)
{
	return size / 65536 + (size % 65536 != 0);
}

/* Leaf 'index': of at most 65536 bytes. */
void tk_digest_leaf(uint8_t out[16], const void *data, size_t len,
		    uint64_t index);

/* D of the section whose leaves are given. */
void tk_digest_leaves(uint8_t out[16], const void *leaves, uint64_t count);

/* D of bytes in memory, without making a list of leaves. */
void tk_digest_bytes(uint8_t out[16], const void *data, uint64_t size);

/*
 * The root over 'len' bytes of header and table, of which the root digest and
 * the header checksum are taken as zero.  Changes those bytes of 'head'.
 */
void tk_digest_root(uint8_t out[16], uint8_t *head, size_t len);

/* The content digest over the entries E of spec/format.md 2. */
void tk_digest_content(uint8_t out[16], const void *entries, size_t len);

#endif /* TK_DIGEST_H */
