/* SPDX-License-Identifier: MIT */
/*
 * map.h - a file as read-only bytes, and room for one: the only mmap
 */
#ifndef TK_MAP_H
#define TK_MAP_H

#include <stdbool.h>

#include "libformat/bytes.h"
#include "libformat/error.h"

/*
 * Maps the regular file at 'path'; an empty one is TK_E_TRUNCATED, one of more
 * than 'most' bytes TK_E_LIMIT.  The descriptor is closed again: the mapping
 * is all that is held.  'populate' reads all of it ahead.
 */
enum tk_status tk_map_open(struct tk_bytes *out, const char *path,
			   uint64_t most, bool populate, struct tk_error *err);

/* The same bytes in memory of their own; no room is TK_E_MEMORY. */
enum tk_status tk_map_copy(struct tk_bytes *out, const char *path,
			   uint64_t most, struct tk_error *err);

/*
 * 'size' bytes of zeros that may be written and take no room until they are;
 * closed by tk_map_close().
 */
enum tk_status tk_map_zeros(struct tk_bytes *out, uint64_t size,
			    struct tk_error *err);

void tk_map_close(struct tk_bytes map);

#endif /* TK_MAP_H */
