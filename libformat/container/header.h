/* SPDX-License-Identifier: MIT */
/*
 * header.h - the first bytes of a file, checked
 */
#ifndef TK_HEADER_H
#define TK_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "container/layout.h"
#include "libformat/container.h"
#include "libformat/limits.h"

/* Header and table always end before this. */
#define TK_HEAD_MAX 65536

struct tk_header {
	struct tk_file_info info; /* less the content digest */
	uint32_t header_size;
	uint32_t entry_size;
	uint32_t section_count;
	uint64_t table_end; /* bytes of header and table */
};

/*
 * Bytes of header and table as the header states them, unchecked, but not
 * more than the file has, nor than TK_HEAD_MAX: how much to copy, so that
 * opening a file touches one page of it.
 */
size_t tk_header_extent(struct tk_bytes file);

/*
 * Checks header and root digest.  'head' is a copy of the first 'len' bytes,
 * as many as tk_header_extent() says; its digest and checksum fields are
 * overwritten.
 */
enum tk_status tk_header_parse(struct tk_header *out, uint8_t *head,
			       size_t len, uint64_t file_size,
			       const struct tk_limits *limits,
			       struct tk_error *err);

#endif /* TK_HEADER_H */
