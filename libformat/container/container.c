/* SPDX-License-Identifier: MIT */
/*
 * container.c - bytes -> sections
 *
 *   1. The start of the file is copied to the heap; only the copy is looked
 *      at, so a file that changes under the mapping cannot change its mind.
 *   2. header.c: magic, version, checksum, sizes, root digest.
 *   3. table.c: the entries in order.
 */
#include "container/handle.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bytes/map.h"
#include "container/header.h"
#include "container/limits.h"
#include "container/table.h"

/* A view is made of them, which must not look at the mapping again. */
static enum tk_status keep_head(struct tk_container *c, const uint8_t *head,
				size_t len, struct tk_error *err)
{
	const struct tk_disk_header *h = (const void *)head;

	if (len < sizeof(*h) || !(tk_get64(h->features) & TK_FEATURE_ARCHIVE))
		return TK_OK;
	c->head = malloc(len);
	if (!c->head)
		return tk_fail_memory(err);
	memcpy(c->head, head, len);
	return TK_OK;
}

static enum tk_status parse(struct tk_container *c, struct tk_error *err)
{
	size_t head_len = tk_header_extent(c->file);
	struct tk_header h = {0};
	enum tk_status status;
	uint8_t *head = malloc(head_len + 1);

	if (!head)
		return tk_fail_memory(err);
	if (head_len)
		memcpy(head, c->file.ptr, head_len);
	/* Before the digests of it are made, which changes it. */
	status = keep_head(c, head, head_len, err);
	if (!status)
		status = tk_header_parse(&h, head, head_len, c->file.len,
					 &c->limits, err);
	if (status)
		goto out;
	c->count = h.section_count;
	c->info = h.info;
	c->table_end = h.table_end;
	c->sections = calloc(c->count, sizeof(*c->sections));
	c->stored = calloc(c->count, sizeof(*c->stored));
	if (!c->sections || !c->stored) {
		status = tk_fail_memory(err);
		goto out;
	}
	status = tk_table_parse(c, head, &h, err);
	if (!status)
		tk_table_content_digest(c, head, &h);
out:
	free(head);
	return status;
}

/* ---- opening and asking ---- */

enum tk_status tk_container_open(struct tk_container **out, const char *path,
				 struct tk_error *err)
{
	return tk_container_open_flags(out, path, 0, err);
}

enum tk_status tk_container_open_flags(struct tk_container **out,
				       const char *path, unsigned flags,
				       struct tk_error *err)
{
	return tk_container_open_within(out, path, flags, NULL, err);
}

enum tk_status tk_container_open_within(struct tk_container **out,
					const char *path, unsigned flags,
					const struct tk_limits *limits,
					struct tk_error *err)
{
	enum tk_status status;
	struct tk_container *c;

	if (flags & ~(unsigned)(TK_OPEN_COPY | TK_OPEN_POPULATE))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "unknown flags 0x%x", flags);
	c = calloc(1, sizeof(*c));
	if (!c)
		return tk_fail_memory(err);
	c->mapped = true;
	c->limits = tk_limits_of(limits);
	status = flags & TK_OPEN_COPY
			 ? tk_map_copy(&c->file, path, c->limits.file_bytes,
				       err)
			 : tk_map_open(&c->file, path, c->limits.file_bytes,
				       flags & TK_OPEN_POPULATE, err);
	if (!status)
		status = parse(c, err);
	if (status)
		tk_container_close(c);
	else
		*out = c;
	return status;
}

enum tk_status tk_container_open_bytes(struct tk_container **out,
				       struct tk_bytes file,
				       struct tk_error *err)
{
	return tk_container_open_bytes_within(out, file, NULL, err);
}

enum tk_status tk_container_open_bytes_within(struct tk_container **out,
					      struct tk_bytes file,
					      const struct tk_limits *limits,
					      struct tk_error *err)
{
	struct tk_container *c;
	enum tk_status status;

	if ((uintptr_t)file.ptr % 64)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "the address is not a multiple of 64");
	c = calloc(1, sizeof(*c));
	if (!c)
		return tk_fail_memory(err);
	c->file = file;
	c->limits = tk_limits_of(limits);
	status = parse(c, err);
	if (status)
		tk_container_close(c);
	else
		*out = c;
	return status;
}

void tk_container_close(struct tk_container *c)
{
	if (!c)
		return;
	if (c->mapped)
		tk_map_close(c->file);
	free(c->sections);
	free(c->stored);
	free(c->head);
	free(c);
}

struct tk_file_info tk_container_info(const struct tk_container *c)
{
	return c->info;
}

size_t tk_container_count(const struct tk_container *c)
{
	return c->count;
}

size_t tk_container_find(const struct tk_container *c, uint32_t kind)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->sections[i].kind == kind)
			return i;
	return TK_NO_SECTION;
}

struct tk_section tk_container_section(const struct tk_container *c, size_t i)
{
	return c->sections[i];
}

struct tk_bytes tk_container_stored(const struct tk_container *c, size_t i)
{
	const struct tk_section *s = &c->sections[i];

	return (struct tk_bytes){c->file.ptr + s->offset,
				 (size_t)s->stored_size};
}

struct tk_bytes tk_container_file(const struct tk_container *c)
{
	return c->file;
}
