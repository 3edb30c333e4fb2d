/* SPDX-License-Identifier: MIT */
/*
 * verify.c - are these the bytes that were written?
 */
#include <string.h>

#include "base/fail.h"
#include "container/handle.h"
#include "container/digest.h"

/* Padding from the end of what lies before section i. */
static enum tk_status check_padding(const struct tk_container *c, size_t i,
				    struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	uint64_t from = i ? s[-1].offset + s[-1].stored_size : c->table_end;

	for (uint64_t at = from; at < s->offset; at++)
		if (c->file.ptr[at])
			return tk_fail(err, TK_E_RESERVED, at,
				       "padding before section %s is not zero",
				       s->name);
	return TK_OK;
}

/* The leaf list of section i must give the digest in the table. */
static enum tk_status check_leaves(const struct tk_container *c, size_t i,
				   const uint8_t *leaves, struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	const struct tk_section *d = &c->sections[c->count - 1];
	uint8_t digest[16];

	tk_digest_leaves(digest, leaves, tk_leaf_count(s->size));
	if (memcmp(digest, s->digest.b, sizeof(digest)))
		return tk_fail(err, TK_E_CHECKSUM,
			       d->offset + s->first_leaf * TK_LEAF_SIZE,
			       "digests of section %s: checksum mismatch",
			       s->name);
	return TK_OK;
}

static enum tk_status check_chunks(const struct tk_container *c, size_t i,
				   const uint8_t *leaves, struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	const uint8_t *data = c->file.ptr + s->offset;
	uint8_t leaf[16];

	for (uint64_t n = 0; n < tk_leaf_count(s->size); n++) {
		uint64_t at = n * TK_CHUNK_SIZE;
		uint64_t len = s->size - at;

		if (len > TK_CHUNK_SIZE)
			len = TK_CHUNK_SIZE;
		tk_digest_leaf(leaf, data + at, (size_t)len, n);
		if (memcmp(leaf, leaves + n * TK_LEAF_SIZE, sizeof(leaf)))
			return tk_fail(err, TK_E_CHECKSUM, s->offset + at,
				       "section %s, bytes %llu to %llu: "
				       "checksum mismatch",
				       s->name, (unsigned long long)at,
				       (unsigned long long)(at + len - 1));
	}
	return TK_OK;
}

enum tk_status tk_container_verify(const struct tk_container *c, size_t i,
				   struct tk_error *err)
{
	const struct tk_section *d = &c->sections[c->count - 1];
	const uint8_t *leaves = c->file.ptr + d->offset;
	enum tk_status status = check_padding(c, i, err);

	/* The digests section is covered by the sections that it serves. */
	for (size_t j = 0; i == c->count - 1 && j < i && !status; j++)
		status = check_leaves(c, j,
				      leaves + c->sections[j].first_leaf *
						       TK_LEAF_SIZE,
				      err);
	if (status || i == c->count - 1)
		return status;
	leaves += c->sections[i].first_leaf * TK_LEAF_SIZE;
	if ((status = check_leaves(c, i, leaves, err)))
		return status;
	return check_chunks(c, i, leaves, err);
}
