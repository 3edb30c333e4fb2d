/* SPDX-License-Identifier: MIT */
/*
 * table.c - the section table, decoded and checked entry by entry
 *
 * Where a section lies is a function of the sizes before it, so overlap,
 * holes, strays and misalignment are one comparison.  All sums are checked;
 * ranges are compared as len <= size - off.
 */
#include "container/table.h"

#include <string.h>

#include "base/checked.h"
#include "base/dtype.h"
#include "base/fail.h"
#include "container/digest.h"
#include "container/kinds.h"

/* What is carried from one entry to the next. */
struct place {
	uint64_t end;	 /* of the previous section, or of the table */
	uint64_t leaves; /* of all sections so far */
	bool is_archive;
	bool has_codec;	 /* a section so far has one */
};

/* ---- one entry ---- */

static enum tk_status check_known_kind(const struct tk_section *s,
				       const struct tk_disk_entry *e,
				       uint64_t at, struct tk_error *err)
{
	const struct tk_kind_rule *rule = tk_kind_rule(s->kind);

	if (!tk_is_section_name(e->name))
		return tk_fail(err, TK_E_SECTION, at + 0x10,
			       "section of kind 0x%x: illegal name", s->kind);
	if (s->kind == TK_KIND_FREE && !strchr(s->name, '.'))
		return tk_fail(err, TK_E_SECTION, at + 0x10,
			       "section %s: a free name must have a dot",
			       s->name);
	if (!rule)
		return TK_OK;
	if (strcmp(s->name, rule->name))
		return tk_fail(err, TK_E_SECTION, at + 0x10,
			       "section of kind 0x%x is called %s, not %s",
			       s->kind, s->name, rule->name);
	if (s->flags != rule->flags)
		return tk_fail(err, TK_E_SECTION, at + 0x04,
			       "section %s: flags are 0x%x, must be 0x%x",
			       s->name, s->flags, rule->flags);
	if (s->dtype <= TK_Q8 && !(rule->dtypes >> s->dtype & 1))
		return tk_fail(err, TK_E_SECTION, at + 0x0a,
			       "section %s: cannot be of dtype %s", s->name,
			       tk_dtype_name(s->dtype));
	return TK_OK;
}

/* What the kind may have, less what the caller allows. */
static uint64_t lower(uint64_t most, uint64_t limit)
{
	return most < limit ? most : limit;
}

static enum tk_status check_shape(const struct tk_section *s,
				  const struct tk_limits *limits, uint64_t at,
				  struct tk_error *err)
{
	const struct tk_kind_rule *rule = tk_kind_rule(s->kind);
	uint64_t max_rows = lower(rule ? rule->max_rows : TK_MAX_ROWS,
				  s->kind == TK_KIND_MIX ? limits->mix_rows
							 : limits->rows);
	uint64_t max_cols = lower(rule ? rule->max_cols : TK_MAX_ROWS,
				  rule && s->kind != TK_KIND_B_U
					  ? limits->cols
					  : limits->rows);
	uint64_t size;

	if (s->dtype > TK_Q8)
		return TK_OK; /* offsets and digests are checked all the same */
	if (s->dtype == TK_BYTES) {
		if (s->rows || s->cols || s->row_stride)
			return tk_fail(err, TK_E_SHAPE, at + 0x48,
				       "section %s: bytes with a shape",
				       s->name);
		return TK_OK;
	}
	if (!s->rows || !s->cols)
		return tk_fail(err, TK_E_SHAPE, at + 0x48,
			       "section %s: no rows or no columns", s->name);
	if (s->rows > max_rows || s->cols > max_cols)
		return tk_fail(err, TK_E_LIMIT, at + 0x48,
			       "section %s: %llu x %llu is beyond the limit",
			       s->name, (unsigned long long)s->rows,
			       (unsigned long long)s->cols);
	if (s->row_stride != tk_row_stride(s->dtype, s->cols))
		return tk_fail(err, TK_E_SHAPE, at + 0x58,
			       "section %s: row stride is not the legal one",
			       s->name);
	if (!tk_mul(&size, s->rows, s->row_stride) || size != s->size)
		return tk_fail(err, TK_E_SHAPE, at + 0x40,
			       "section %s: size is not rows x row_stride",
			       s->name);
	return TK_OK;
}

static enum tk_status check_sizes(const struct tk_section *s, uint64_t most,
				  uint64_t at, struct tk_error *err)
{
	if (!s->size || !s->stored_size)
		return tk_fail(err, TK_E_LAYOUT, at + 0x38,
			       "section %s: is empty", s->name);
	if (s->size > most || s->stored_size > most)
		return tk_fail(err, TK_E_LIMIT, at + 0x38,
			       "section %s: size is beyond %llu", s->name,
			       (unsigned long long)most);
	if (s->codec == TK_CODEC_NONE && s->size != s->stored_size)
		return tk_fail(err, TK_E_LAYOUT, at + 0x38,
			       "section %s: stored size differs from size",
			       s->name);
	return TK_OK;
}

static enum tk_status check_codec(const struct tk_section *s, bool is_archive,
				  uint64_t at, struct tk_error *err)
{
	const char *wrong = NULL;

	if (s->codec != TK_CODEC_NONE && !is_archive)
		wrong = "a codec outside of an archive";
	else if (s->codec != TK_CODEC_NONE && s->kind == TK_KIND_DIGESTS)
		wrong = "must not have a codec";
	else if (s->codec == TK_CODEC_ZSTD_PLANES &&
		 tk_archive_codec(s->dtype) != s->codec)
		wrong = "planes of what are no floats";
	if (wrong)
		return tk_fail(err, TK_E_LAYOUT, at + 0x08, "section %s: %s",
			       s->name, wrong);
	return TK_OK;
}

static enum tk_status check_place(struct place *place,
				  const struct tk_section *s, uint64_t at,
				  uint64_t file_size, struct tk_error *err)
{
	uint64_t start;

	if (!tk_round_up(&start, place->end,
			 tk_section_alignment(s->stored_size,
					      place->is_archive)) ||
	    s->offset != start)
		return tk_fail(err, TK_E_LAYOUT, at + 0x30,
			       "section %s: does not begin where it must",
			       s->name);
	if (!tk_inside(s->offset, s->stored_size, file_size))
		return tk_fail(err, TK_E_LAYOUT, at + 0x38,
			       "section %s: does not lie inside the file",
			       s->name);
	place->end = s->offset + s->stored_size;
	if (s->kind == TK_KIND_DIGESTS) {
		if (s->first_leaf || s->size != place->leaves * TK_LEAF_SIZE)
			return tk_fail(err, TK_E_LAYOUT, at + 0x40,
				       "digests: not one for each chunk");
		return TK_OK;
	}
	if (s->first_leaf != place->leaves)
		return tk_fail(
			err, TK_E_LAYOUT, at + 0x60,
			"section %s: first_leaf is not the sum before it",
			s->name);
	place->leaves += tk_leaf_count(s->size);
	return TK_OK;
}

static bool is_zero(const void *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((const uint8_t *)p)[i])
			return false;
	return true;
}

static enum tk_status check_reserved(const struct tk_disk_entry *e,
				     const struct tk_section *s, uint64_t at,
				     struct tk_error *err)
{
	size_t used = s->codec == TK_CODEC_NONE ? 0 : 16;

	if (!is_zero(e->reserved_0x0c, sizeof(e->reserved_0x0c)) ||
	    !is_zero(e->reserved_0x68, sizeof(e->reserved_0x68)) ||
	    !is_zero(e->reserved_0x80, sizeof(e->reserved_0x80)) ||
	    !is_zero(e->stored_digest + used,
		     sizeof(e->stored_digest) - used) ||
	    !is_zero(e->reserved_0xb0, sizeof(e->reserved_0xb0)) ||
	    (s->kind == TK_KIND_DIGESTS && !is_zero(e->digest, 16)))
		return tk_fail(err, TK_E_RESERVED, at,
			       "section %s: reserved bytes are not zero",
			       s->name);
	return TK_OK;
}

static void decode_entry(struct tk_section *s, const struct tk_disk_entry *e)
{
	s->kind = tk_get32(e->kind);
	s->flags = tk_get32(e->flags);
	s->codec = tk_get16(e->codec);
	s->dtype = tk_get16(e->dtype);
	memcpy(s->name, e->name, sizeof(s->name));
	s->name[sizeof(s->name) - 1] = 0;
	s->offset = tk_get64(e->offset);
	s->stored_size = tk_get64(e->stored_size);
	s->size = tk_get64(e->size);
	s->rows = tk_get64(e->rows);
	s->cols = tk_get64(e->cols);
	s->row_stride = tk_get64(e->row_stride);
	s->first_leaf = tk_get64(e->first_leaf);
	memcpy(s->digest.b, e->digest, sizeof(s->digest.b));
}

static enum tk_status parse_entry(struct place *place, struct tk_container *c,
				  size_t i, const struct tk_disk_entry *e,
				  uint64_t at, struct tk_error *err)
{
	struct tk_section *s = &c->sections[i];
	enum tk_status status;

	decode_entry(s, e);
	if (!s->kind)
		return tk_fail(err, TK_E_SECTION, at, "section %zu: kind is 0",
			       i);
	if (s->flags & ~UINT32_C(7))
		return tk_fail(err, TK_E_FEATURE, at + 0x04,
			       "section %zu: unknown flag 0x%x", i, s->flags);
	memcpy(c->stored[i], e->stored_digest, sizeof(c->stored[i]));
	place->has_codec |= s->codec != TK_CODEC_NONE;
	if ((status = check_known_kind(s, e, at, err)) ||
	    (status = check_sizes(s, c->limits.section_bytes, at, err)) ||
	    (status = check_codec(s, place->is_archive, at, err)) ||
	    (status = check_shape(s, &c->limits, at, err)))
		return status;
	if (i && (s[-1].kind > s->kind ||
		  (s[-1].kind == s->kind && strcmp(s[-1].name, s->name) >= 0)))
		return tk_fail(err, TK_E_LAYOUT, at,
			       "section %s: out of order or there twice",
			       s->name);
	if (c->info.version_minor <= TK_FORMAT_MINOR &&
	    (status = check_reserved(e, s, at, err)))
		return status;
	return check_place(place, s, at, c->info.size, err);
}

/* ---- the table ---- */

enum tk_status tk_table_parse(struct tk_container *c, const uint8_t *head,
			      const struct tk_header *h, struct tk_error *err)
{
	struct place place = {.end = h->table_end,
			      .is_archive = c->info.features &
					    TK_FEATURE_ARCHIVE};
	enum tk_status status;

	for (size_t i = 0; i < c->count; i++) {
		uint64_t at = h->header_size + i * (uint64_t)h->entry_size;
		const struct tk_disk_entry *e = (const void *)(head + at);

		status = parse_entry(&place, c, i, e, at, err);
		if (status)
			return status;
	}
	if (c->sections[c->count - 1].kind != TK_KIND_DIGESTS)
		return tk_fail(err, TK_E_SECTION, h->header_size,
			       "there is no digests section");
	if (place.end != c->info.size)
		return tk_fail(err, TK_E_LAYOUT, 0x20,
			       "the last section does not end the file");
	if (place.is_archive && !place.has_codec)
		return tk_fail(err, TK_E_LAYOUT, 0x18,
			       "an archive without an encoded section");
	return TK_OK;
}

/* Entries as they stand, less what layout and codec decide. */
void tk_table_content_digest(struct tk_container *c, uint8_t *head,
			     const struct tk_header *h)
{
	uint8_t *to = head;

	for (size_t i = 0; i < c->count; i++) {
		uint64_t at = h->header_size + i * (uint64_t)h->entry_size;
		struct tk_disk_entry e;

		if (c->sections[i].kind == TK_KIND_DIGESTS ||
		    c->sections[i].flags &
			    (TK_SECTION_DERIVED | TK_SECTION_NOTE))
			continue;
		memcpy(&e, head + at, sizeof(e));
		e.flags = tk_put32(0);
		e.codec = tk_put16(0);
		e.offset = e.stored_size = e.first_leaf = tk_put64(0);
		memset(e.stored_digest, 0, sizeof(e.stored_digest));
		memcpy(to, &e, sizeof(e));
		to += sizeof(e);
	}
	tk_digest_content(c->info.content.b, head, (size_t)(to - head));
}
