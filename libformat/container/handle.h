/* SPDX-License-Identifier: MIT */
/*
 * handle.h - the description of an open file, held in the heap
 */
#ifndef TK_HANDLE_H
#define TK_HANDLE_H

#include <stdbool.h>

#include "libformat/container.h"
#include "libformat/limits.h"

struct tk_container {
	struct tk_bytes file;
	bool mapped; /* by us: unmap it at the end */
	const struct tk_container *view_of; /* an archive; else NULL */
	struct tk_limits limits; /* that the caller gave, or the format's */
	struct tk_file_info info;
	uint64_t table_end; /* bytes of header and table */
	size_t count;
	struct tk_section *sections; /* [count] */
	uint8_t (*stored)[16];	     /* [count] stored_digest, see 9 */
	uint8_t *head; /* of an archive: [table_end] header and table */
};

#endif /* TK_HANDLE_H */
