/* SPDX-License-Identifier: MIT */
/*
 * hex.c - header and section table, field by field
 *
 * Made for files that do not open: nothing is believed but what is printed.
 * The two tables below are tables 1 and 2 of spec/format.md.
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>

#include "head.h"
#include "text.h"

#define HEADER_SIZE 128
#define ENTRY_SIZE 192
#define BYTES_A_LINE 8
#define VALUE_COLUMNS 30 /* what a line of 80 has left for a value */

/* How the value of a field is shown. */
enum view { DECIMAL, HEX, TEXT, FLAGS, CODEC, DTYPE, DIGEST, ZERO, OTHER };

struct field {
	uint32_t offset; /* from the start of header or entry */
	uint32_t size;	 /* bytes */
	const char *name;
	enum view view;
};

static const struct field header_fields[] = {
	{0x00, 8, "magic", TEXT},
	{0x08, 2, "version_major", DECIMAL},
	{0x0a, 2, "version_minor", DECIMAL},
	{0x0c, 4, "header_size", DECIMAL},
	{0x10, 4, "section_count", DECIMAL},
	{0x14, 4, "entry_size", DECIMAL},
	{0x18, 8, "features", HEX},
	{0x20, 8, "file_size", DECIMAL},
	{0x28, 4, "digest_scheme", DECIMAL},
	{0x2c, 4, "reserved", ZERO},
	{0x30, 16, "root_digest", DIGEST},
	{0x40, 16, "reserved", ZERO},
	{0x50, 40, "reserved", ZERO},
	{0x78, 8, "header_checksum", HEX},
	{0, 0, NULL, ZERO},
};

static const struct field entry_fields[] = {
	{0x00, 4, "kind", HEX},
	{0x04, 4, "flags", FLAGS},
	{0x08, 2, "codec", CODEC},
	{0x0a, 2, "dtype", DTYPE},
	{0x0c, 4, "reserved", ZERO},
	{0x10, 32, "name", TEXT},
	{0x30, 8, "offset", DECIMAL},
	{0x38, 8, "stored_size", DECIMAL},
	{0x40, 8, "size", DECIMAL},
	{0x48, 8, "rows", DECIMAL},
	{0x50, 8, "cols", DECIMAL},
	{0x58, 8, "row_stride", DECIMAL},
	{0x60, 8, "first_leaf", DECIMAL},
	{0x68, 8, "reserved", ZERO},
	{0x70, 16, "digest", DIGEST},
	{0x80, 16, "reserved", ZERO},
	{0x90, 32, "stored_digest", ZERO},
	{0xb0, 16, "reserved", ZERO},
	{0, 0, NULL, ZERO},
};

/* ---- one field ---- */

static void print_flags(uint64_t flags)
{
	unsigned n = 0;

	printf("0x%" PRIx64, flags);
	while (flag_name(n))
		n++;
	if (flags >> n)
		fputs(", not all known", stdout);
	for (unsigned bit = 0; bit < n && !(flags >> n); bit++)
		if (flags >> bit & 1)
			printf(" %s", flag_name(bit));
}

/* Text without the NULs that fill up its field. */
static void print_text(const struct head *h, size_t at, size_t size)
{
	while (size > 1 && !h->bytes[at + size - 1])
		size--;
	text_put_quoted(stdout, (struct tk_bytes){h->bytes + at, size},
			VALUE_COLUMNS);
}

static bool is_zero(const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

static void print_value(const struct head *h, size_t at, const struct field *f)
{
	uint64_t x = head_load(h, at, f->size < 8 ? f->size : 8);

	switch (f->view) {
	case DECIMAL:
		printf("%" PRIu64, x);
		break;
	case HEX:
		printf("0x%" PRIx64, x);
		break;
	case TEXT:
		print_text(h, at, f->size);
		break;
	case FLAGS:
		print_flags(x);
		break;
	case CODEC:
		printf("%" PRIu64 " %s", x, codec_name((uint16_t)x));
		break;
	case DTYPE:
		printf("%" PRIu64 " %s", x, tk_dtype_name((uint16_t)x));
		break;
	case DIGEST:
		fputs("as the bytes stand", stdout);
		break;
	case ZERO:
		fputs(is_zero(h->bytes + at, f->size) ? "zero" : "NOT ZERO",
		      stdout);
		break;
	case OTHER:
		fputs("of a later version", stdout);
	}
}

/* Bytes from..to of the file in hex, in columns for BYTES_A_LINE of them. */
static void print_bytes(const struct head *h, size_t from, size_t to)
{
	printf("0x%04zx ", from);
	for (size_t i = from; i < from + BYTES_A_LINE; i++) {
		if (i < to)
			printf(" %02x", h->bytes[i]);
		else
			fputs("   ", stdout);
	}
}

/* False if the file ends before the field does. */
static bool print_field(const struct head *h, size_t base,
			const struct field *f)
{
	size_t at = base + f->offset;
	size_t end = at + f->size;
	bool whole = end <= h->len;

	if (!whole)
		end = h->len;
	print_bytes(h, at, end);
	printf("  %-15s  ", f->name);
	if (whole)
		print_value(h, at, f);
	else
		fputs("cut off", stdout);
	putchar('\n');
	for (at += BYTES_A_LINE; at < end; at += BYTES_A_LINE) {
		print_bytes(h, at, end);
		putchar('\n');
	}
	return whole;
}

/* ---- header and table ---- */

/* All fields at 'base', and what a later version has behind them. */
static bool print_fields(const struct head *h, size_t base, size_t size,
			 size_t known, const struct field *fields)
{
	struct field tail = {(uint32_t)known, (uint32_t)(size - known),
			     "unknown", OTHER};

	for (const struct field *f = fields; f->name; f++)
		if (!print_field(h, base, f))
			return false;
	return size == known || print_field(h, base, &tail);
}

/* The size a damaged header gives is used only if it can be true. */
static size_t plausible(const struct head *h, size_t at, size_t known)
{
	uint64_t size = head_load(h, at, 4);

	return size >= known && size <= HEAD_MAX ? (size_t)size : known;
}

/* Other files have no table, and their bytes would make a long one. */
static bool has_table(const struct head *h)
{
	return head_is_tk(h) || (head_load(h, 0x0c, 4) == HEADER_SIZE &&
				 head_load(h, 0x14, 4) == ENTRY_SIZE);
}

void hex_print(const char *path)
{
	static struct head h;
	size_t header_size = HEADER_SIZE, entry_size = ENTRY_SIZE;
	uint64_t count = 0;

	head_read(&h, path);
	if (has_table(&h)) {
		header_size = plausible(&h, 0x0c, HEADER_SIZE);
		entry_size = plausible(&h, 0x14, ENTRY_SIZE);
		count = head_load(&h, 0x10, 4);
	}
	if (!print_fields(&h, 0, header_size, HEADER_SIZE, header_fields))
		return;
	for (uint64_t i = 0; i < count; i++) {
		size_t base = header_size + (size_t)i * entry_size;

		if (base >= h.len)
			break;
		printf("\nsection %" PRIu64 "\n", i);
		if (!print_fields(&h, base, entry_size, ENTRY_SIZE,
				  entry_fields))
			break;
	}
}
