/* SPDX-License-Identifier: MIT */
/*
 * header.c - the first bytes of a file, checked
 */
#include "container/header.h"

#include <stdbool.h>
#include <string.h>

#include "base/fail.h"
#include "bytes/checksum.h"
#include "container/digest.h"

/* True if the 'len' bytes that there are begin with all of 'magic'. */
static bool starts_with(const uint8_t *head, size_t len, const char *magic,
			size_t magic_len)
{
	return len >= magic_len && !memcmp(head, magic, magic_len);
}

/* Looks at as many bytes as there are: what is short may be another file. */
static enum tk_status check_magic(const uint8_t *head, size_t len,
				  struct tk_error *err)
{
	size_t n = len < 8 ? len : 8;

	if (starts_with(head, len, TK_MAGIC_UNFINISHED, 8))
		return tk_fail(err, TK_E_UNFINISHED, 0,
			       "the program that wrote this file did not "
			       "finish");
	/* Less than the magic, as a cut file has it, is for the next check. */
	if (!n || !memcmp(head, TK_MAGIC, n) ||
	    !memcmp(head, TK_MAGIC_UNFINISHED, n))
		return TK_OK;
	/* What text-mode transfers make of \x89 T K F \r \n \x1a \n. */
	if (starts_with(head, len, "\x89TKF\r\r\n", 7) ||
	    starts_with(head, len, "\x89TKF\n\x1a", 6) ||
	    starts_with(head, len, "\tTKF", 4) ||
	    starts_with(head, len, "\xc2\x89TKF", 5))
		return tk_fail(err, TK_E_MAGIC, 0,
			       "a .tk file damaged by a transfer in text "
			       "mode; copy it again as binary");
	return tk_fail(err, TK_E_MAGIC, 0, "not a .tk file");
}

static enum tk_status check_version(const struct tk_disk_header *h,
				    struct tk_error *err)
{
	unsigned major = tk_get16(h->version_major);

	if (major == TK_FORMAT_MAJOR)
		return TK_OK;
	if (!(major & 255))
		return tk_fail(err, TK_E_VERSION, 0x08,
			       "version in the other byte order");
	return tk_fail(err, TK_E_VERSION, 0x08,
		       "format version %u.%u; this library reads %d.x (and "
		       "writes %d.%d): a newer tk is needed",
		       major, tk_get16(h->version_minor), TK_FORMAT_MAJOR,
		       TK_FORMAT_MAJOR, TK_FORMAT_MINOR);
}

/* Sizes are fixed for the minors we know and may grow in later ones. */
static enum tk_status check_sizes(const struct tk_header *h,
				  const struct tk_limits *limits,
				  struct tk_error *err)
{
	bool known = h->info.version_minor <= TK_FORMAT_MINOR;

	if (known ? h->header_size != TK_HEADER_SIZE
		  : h->header_size < TK_HEADER_SIZE || h->header_size % 8)
		return tk_fail(err, TK_E_LAYOUT, 0x0c,
			       "header size %u is not legal", h->header_size);
	if (known ? h->entry_size != TK_ENTRY_SIZE
		  : h->entry_size < TK_ENTRY_SIZE || h->entry_size % 8)
		return tk_fail(err, TK_E_LAYOUT, 0x14,
			       "entry size %u is not legal", h->entry_size);
	if (!h->section_count)
		return tk_fail(err, TK_E_LAYOUT, 0x10, "there are no sections");
	if (h->section_count > limits->sections || h->table_end > TK_HEAD_MAX)
		return tk_fail(err, TK_E_LIMIT, 0x10,
			       "%u sections are beyond the limit",
			       h->section_count);
	return TK_OK;
}

static enum tk_status check_reserved(const struct tk_disk_header *h,
				     struct tk_error *err)
{
	uint8_t all = 0;

	for (size_t i = 0; i < sizeof(h->reserved_0x2c); i++)
		all |= h->reserved_0x2c[i];
	for (size_t i = 0; i < sizeof(h->reserved_0x40); i++)
		all |= h->reserved_0x40[i];
	for (size_t i = 0; i < sizeof(h->reserved_0x50); i++)
		all |= h->reserved_0x50[i];
	if (all)
		return tk_fail(err, TK_E_RESERVED, 0x2c,
			       "reserved bytes of the header are not zero");
	return TK_OK;
}

static enum tk_status check_features(const struct tk_disk_header *h,
				     struct tk_error *err)
{
	uint64_t features = tk_get64(h->features);

	if (features & ~TK_FEATURE_ARCHIVE)
		return tk_fail(err, TK_E_FEATURE, 0x18,
			       "feature bits 0x%llx are required and unknown "
			       "to this library: a newer tk is needed",
			       (unsigned long long)features);
	if (tk_get32(h->digest_scheme) != TK_DIGEST_SCHEME)
		return tk_fail(err, TK_E_FEATURE, 0x28,
			       "unknown digest scheme %u",
			       tk_get32(h->digest_scheme));
	return TK_OK;
}

static enum tk_status check_length(uint64_t says, uint64_t is, uint64_t most,
				   struct tk_error *err)
{
	if (says > most)
		return tk_fail(err, TK_E_LIMIT, 0x20,
			       "file size is %llu, the limit %llu",
			       (unsigned long long)says,
			       (unsigned long long)most);
	if (says > is)
		return tk_fail(err, TK_E_TRUNCATED, is,
			       "file has %llu bytes, its header says %llu",
			       (unsigned long long)is,
			       (unsigned long long)says);
	if (says < is)
		return tk_fail(err, TK_E_TRAILING, says,
			       "%llu bytes follow the end of the file",
			       (unsigned long long)(is - says));
	return TK_OK;
}

size_t tk_header_extent(struct tk_bytes file)
{
	uint64_t most = file.len < TK_HEAD_MAX ? file.len : TK_HEAD_MAX;
	struct tk_disk_header h;
	uint64_t table, end;

	if (file.len < sizeof(h))
		return file.len;
	memcpy(&h, file.ptr, sizeof(h));
	table = (uint64_t)tk_get32(h.section_count) * tk_get32(h.entry_size);
	end = table < most ? tk_get32(h.header_size) + table : most;
	if (end < sizeof(h))
		end = sizeof(h);
	return (size_t)(end < most ? end : most);
}

static enum tk_status check_root(struct tk_header *out, uint8_t *head,
				 size_t len, struct tk_error *err)
{
	uint8_t root[16];

	memcpy(out->info.file.b, head + 0x30, 16);
	if (out->table_end > len)
		return tk_fail(err, TK_E_LAYOUT, 0x10,
			       "the section table does not fit into the file");
	tk_digest_root(root, head, (size_t)out->table_end);
	if (memcmp(root, out->info.file.b, sizeof(root)))
		return tk_fail(err, TK_E_CHECKSUM, out->header_size,
			       "section table: digest mismatch");
	return TK_OK;
}

enum tk_status tk_header_parse(struct tk_header *out, uint8_t *head,
			       size_t len, uint64_t file_size,
			       const struct tk_limits *limits,
			       struct tk_error *err)
{
	const struct tk_disk_header *h = (const void *)head;
	enum tk_status status;

	if ((status = check_magic(head, len, err)))
		return status;
	if (!len)
		return tk_fail(err, TK_E_TRUNCATED, 0, "file is empty");
	if (len < TK_HEADER_SIZE)
		return tk_fail(err, TK_E_TRUNCATED, len,
			       "file has %zu bytes, a header has %d", len,
			       TK_HEADER_SIZE);
	if ((status = check_version(h, err)))
		return status;
	if (tk_xxh64(head, 0x78, 0) != tk_get64(h->header_checksum))
		return tk_fail(err, TK_E_CHECKSUM, 0,
			       "header: checksum mismatch");
	out->info.version_major = tk_get16(h->version_major);
	out->info.version_minor = tk_get16(h->version_minor);
	out->info.features = tk_get64(h->features);
	out->info.size = tk_get64(h->file_size);
	out->header_size = tk_get32(h->header_size);
	out->entry_size = tk_get32(h->entry_size);
	out->section_count = tk_get32(h->section_count);
	out->table_end = out->header_size +
			 (uint64_t)out->section_count * out->entry_size;
	if ((status = check_features(h, err)) ||
	    (status = check_sizes(out, limits, err)))
		return status;
	if (out->info.version_minor <= TK_FORMAT_MINOR &&
	    (status = check_reserved(h, err)))
		return status;
	if ((status = check_length(out->info.size, file_size,
				   limits->file_bytes, err)))
		return status;
	return check_root(out, head, len, err);
}
