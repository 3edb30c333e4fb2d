/* SPDX-License-Identifier: MIT */
/*
 * leaves.c - bytes that stream by -> the digests of their chunks
 */
#include "container/leaves.h"

#include <stdlib.h>

#include "base/fail.h"
#include "bytes/checksum.h"
#include "container/digest.h"
#include "libformat/container.h"

enum tk_status tk_leaves_new(struct tk_leaves *l, struct tk_error *err)
{
	*l = (struct tk_leaves){.hash = tk_xxh128_new()};
	return l->hash ? TK_OK : tk_fail_memory(err);
}

void tk_leaves_free(struct tk_leaves *l)
{
	tk_xxh128_free(l->hash);
	free(l->list);
}

void tk_leaves_start(struct tk_leaves *l)
{
	l->chunk = l->fill = 0;
	tk_xxh128_start(l->hash, 0);
}

static enum tk_status end_chunk(struct tk_leaves *l, struct tk_error *err)
{
	if (l->count == l->capacity) {
		uint64_t capacity = l->capacity ? 2 * l->capacity : 1024;
		uint8_t *p = realloc(l->list,
				     (size_t)(capacity * TK_LEAF_SIZE));

		if (!p)
			return tk_fail_memory(err);
		l->list = p;
		l->capacity = capacity;
	}
	tk_xxh128_end(l->list + l->count++ * TK_LEAF_SIZE, l->hash);
	l->fill = 0;
	tk_xxh128_start(l->hash, ++l->chunk);
	return TK_OK;
}

enum tk_status tk_leaves_add(struct tk_leaves *l, const uint8_t *data,
			     size_t len, struct tk_error *err)
{
	enum tk_status status = TK_OK;

	while (len && !status) {
		size_t room = TK_CHUNK_SIZE - (size_t)l->fill;
		size_t n = len < room ? len : room;

		tk_xxh128_add(l->hash, data, n);
		l->fill += n;
		data += n;
		len -= n;
		if (l->fill == TK_CHUNK_SIZE)
			status = end_chunk(l, err);
	}
	return status;
}

enum tk_status tk_leaves_end(struct tk_leaves *l, struct tk_error *err)
{
	return l->fill ? end_chunk(l, err) : TK_OK;
}
