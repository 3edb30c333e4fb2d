/* SPDX-License-Identifier: MIT */
/*
 * leaves.h - bytes that stream by -> the digests of their chunks
 */
#ifndef TK_LEAVES_H
#define TK_LEAVES_H

#include <stddef.h>
#include <stdint.h>

#include "libformat/error.h"

struct tk_leaves {
	struct tk_xxh128_stream *hash; /* of the chunk under way */
	uint64_t fill;		       /* bytes in it */
	uint64_t chunk;		       /* its number */
	uint8_t *list;		       /* count * TK_LEAF_SIZE bytes */
	uint64_t count;
	uint64_t capacity;
};

enum tk_status tk_leaves_new(struct tk_leaves *l, struct tk_error *err);
void tk_leaves_free(struct tk_leaves *l);

/* The next byte is the first of a section; the list goes on. */
void tk_leaves_start(struct tk_leaves *l);

enum tk_status tk_leaves_add(struct tk_leaves *l, const uint8_t *data,
			     size_t len, struct tk_error *err);

/* Ends the last chunk of a section. */
enum tk_status tk_leaves_end(struct tk_leaves *l, struct tk_error *err);

#endif /* TK_LEAVES_H */
