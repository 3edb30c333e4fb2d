/* SPDX-License-Identifier: MIT */
/*
 * view.c - an archive as if it had been expanded, in memory
 *
 * Where everything lies in the mapped form follows from the decoded sizes, so
 * header and table can be made anew from the archive's; they are then opened
 * like those of any other file.
 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/checksum.h"
#include "bytes/map.h"
#include "container/digest.h"
#include "container/handle.h"
#include "container/header.h"
#include "container/kinds.h"
#include "libformat/archive.h"

bool tk_is_archive(const struct tk_container *c)
{
	return c->info.features & TK_FEATURE_ARCHIVE;
}

/* Of a section, when the view is made; a sketch is as large as a matrix. */
static uint64_t bytes_to_load(const struct tk_section *s)
{
	if (s->dtype != TK_BYTES)
		return 0;
	if (s->kind == TK_KIND_SKETCH && s->size > TK_FRAME_SIZE)
		return TK_FRAME_SIZE;
	return s->size;
}

/* ---- header and table ---- */

/* Turns the entries into those of the mapped form; gives the file's size. */
static uint64_t place_sections(uint8_t *head, const struct tk_container *a)
{
	uint64_t at = a->table_end;

	for (size_t i = 0; i < a->count; i++) {
		const struct tk_section *s = &a->sections[i];
		struct tk_disk_entry *e =
			(void *)(head + TK_HEADER_SIZE + i * TK_ENTRY_SIZE);
		const uint64_t align = tk_section_alignment(s->size, false);

		/* 256 sections below 2^47 bytes: sums are below 2^56. */
		at += align - 1;
		at -= at % align;
		e->codec = tk_put16(TK_CODEC_NONE);
		e->offset = tk_put64(at);
		e->stored_size = e->size;
		memset(e->stored_digest, 0, sizeof(e->stored_digest));
		at += s->size;
	}
	return at;
}

static void seal(uint8_t *head, size_t len, uint64_t size)
{
	struct tk_disk_header *h = (void *)head;
	uint8_t root[16];

	h->features = tk_put64(0);
	h->file_size = tk_put64(size);
	tk_digest_root(root, head, len);
	memcpy(h->root_digest, root, sizeof(root));
	h->header_checksum = tk_put64(tk_xxh64(head, 0x78, 0));
}

/* An empty image: header, table, and zeros. */
static enum tk_status make_image(struct tk_bytes *out,
				 const struct tk_container *a,
				 struct tk_error *err)
{
	size_t len = (size_t)a->table_end;
	enum tk_status status;
	uint8_t *head;
	uint64_t size;

	if (len != TK_HEADER_SIZE + a->count * TK_ENTRY_SIZE)
		return tk_fail(err, TK_E_FEATURE, 0x0c,
			       "an archive of a newer version");
	head = malloc(len);
	if (!head)
		return tk_fail_memory(err);
	memcpy(head, a->head, len);
	size = place_sections(head, a);
	if (size > a->limits.file_bytes)
		status = tk_fail(err, TK_E_LIMIT, 0x20,
				 "the expanded file is beyond %llu bytes",
				 (unsigned long long)a->limits.file_bytes);
	else
		status = tk_map_zeros(out, size, err);
	if (!status) {
		seal(head, len, size);
		memcpy((uint8_t *)(uintptr_t)out->ptr, head, len);
	}
	free(head);
	return status;
}

/* ---- sections ---- */

/* Decodes frame 'n' of section 'i' to its place. */
static enum tk_status load_frame(struct tk_container *view,
				 const struct tk_container *archive, size_t i,
				 uint64_t n, struct tk_coder *coder,
				 struct tk_error *err)
{
	const struct tk_section *s = &view->sections[i];
	uint64_t at = s->offset + n * TK_FRAME_SIZE;
	struct tk_bytes data = {0};
	enum tk_status status =
		tk_coder_decode(coder, &data, archive, i, n, err);

	if (!status)
		memcpy((uint8_t *)(uintptr_t)view->file.ptr + at, data.ptr,
		       data.len);
	return status;
}

/* Compares the chunks that hold 'len' bytes at 'at' with their leaves. */
static enum tk_status check_chunks(const struct tk_container *archive,
				   const struct tk_container *view, size_t i,
				   uint64_t at, uint64_t len,
				   struct tk_error *err)
{
	const struct tk_section *s = &view->sections[i];
	const struct tk_section *d = &archive->sections[archive->count - 1];
	const uint8_t *leaves = archive->file.ptr + d->offset +
				archive->sections[i].first_leaf *
					TK_LEAF_SIZE;
	uint64_t last = (at + len - 1) / TK_CHUNK_SIZE;
	uint8_t leaf[16];

	for (uint64_t n = at / TK_CHUNK_SIZE; n <= last; n++) {
		uint64_t from = n * TK_CHUNK_SIZE, left = s->size - from;

		tk_digest_leaf(leaf, view->file.ptr + s->offset + from,
			       left < TK_CHUNK_SIZE ? (size_t)left
						    : TK_CHUNK_SIZE,
			       n);
		if (memcmp(leaf, leaves + n * TK_LEAF_SIZE, sizeof(leaf)))
			return tk_fail(err, TK_E_CHECKSUM, TK_NO_OFFSET,
				       "section %s, decoded bytes from %llu: "
				       "checksum mismatch",
				       s->name, (unsigned long long)from);
	}
	return TK_OK;
}

enum tk_status tk_archive_load(struct tk_container *view,
			       const struct tk_container *archive, size_t i,
			       uint64_t at, uint64_t len, struct tk_error *err)
{
	struct tk_coder *coder = NULL;
	enum tk_status status;
	uint64_t last;

	if (view->view_of != archive || i >= view->count || !len ||
	    !tk_inside(at, len, view->sections[i].size))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "no bytes of a section of this archive");
	last = (at + len - 1) / TK_FRAME_SIZE;
	status = tk_coder_open(&coder, err);
	for (uint64_t n = at / TK_FRAME_SIZE; n <= last && !status; n++)
		status = load_frame(view, archive, i, n, coder, err);
	tk_coder_close(coder);
	/* The digests section has no digests but those in the table. */
	if (!status && i < archive->count - 1)
		status = check_chunks(archive, view, i, at, len, err);
	return status;
}

/* A bomb ends here. */
static enum tk_status check_total(const struct tk_container *archive,
				  struct tk_error *err)
{
	uint64_t total = 0;

	for (size_t i = 0; i < archive->count; i++) {
		total += bytes_to_load(&archive->sections[i]);
		if (total > archive->limits.view_bytes)
			return tk_fail(err, TK_E_LIMIT,
				       archive->sections[i].offset,
				       "more than %llu bytes beside the "
				       "matrices are too many to look at: "
				       "expand the archive",
				       (unsigned long long)
					       archive->limits.view_bytes);
	}
	return TK_OK;
}

static enum tk_status load_all(struct tk_container *view,
			       const struct tk_container *archive,
			       struct tk_error *err)
{
	enum tk_status status = TK_OK;

	for (size_t i = 0; i < view->count && !status; i++)
		if (bytes_to_load(&view->sections[i]))
			status = tk_archive_load(
				view, archive, i, 0,
				bytes_to_load(&view->sections[i]), err);
	return status;
}

enum tk_status tk_archive_view(struct tk_container **out,
			       const struct tk_container *archive,
			       struct tk_error *err)
{
	struct tk_container *view = NULL;
	struct tk_bytes image = {0};
	enum tk_status status;

	if (!tk_is_archive(archive))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "the file is no archive");
	status = check_total(archive, err);
	if (!status)
		status = make_image(&image, archive, err);
	if (status)
		return status;
	status = tk_container_open_bytes_within(&view, image,
						&archive->limits, err);
	if (status) {
		tk_map_close(image);
		return status;
	}
	view->mapped = true;
	view->view_of = archive;
	status = load_all(view, archive, err);
	if (status)
		tk_container_close(view);
	else
		*out = view;
	return status;
}
