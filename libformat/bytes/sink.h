/* SPDX-License-Identifier: MIT */
/*
 * sink.h - bytes -> file, all or nothing
 *
 * Bytes are written in pieces of 4 MiB that begin at multiples of 4 MiB: a
 * page cache filled that way uses large pages, and the first scan of a
 * mapping then takes a fraction of the faults.
 */
#ifndef TK_SINK_H
#define TK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libformat/error.h"

struct tk_sink;

/* Fails with TK_E_EXISTS, TK_E_IO or TK_E_MEMORY. */
enum tk_status tk_sink_open(struct tk_sink **out, const char *path,
			    bool replace, struct tk_error *err);

/* Appends 'len' bytes, or 'len' zeros. */
enum tk_status tk_sink_write(struct tk_sink *s, const void *data, size_t len,
			     struct tk_error *err);
enum tk_status tk_sink_zeros(struct tk_sink *s, uint64_t len,
			     struct tk_error *err);

/* Bytes appended so far. */
uint64_t tk_sink_offset(const struct tk_sink *s);

/* Writes what is buffered, then everything to the disk. */
enum tk_status tk_sink_sync(struct tk_sink *s, struct tk_error *err);

/* Overwrites bytes that have been synced before. */
enum tk_status tk_sink_rewrite(struct tk_sink *s, uint64_t offset,
			       const void *data, size_t len,
			       struct tk_error *err);

/*
 * tk_sink_remember() lets tk_sink_read_back() be called later, for the bytes
 * that come after those appended so far: at most 4 MiB, of which 'head' is
 * then a copy as they shall be.  Everything must have been synced; it is read
 * from the disk again, where the system lets go of its copy in memory, and
 * compared.  Fails with TK_E_CHECKSUM, TK_E_IO or TK_E_MEMORY.
 */
enum tk_status tk_sink_remember(struct tk_sink *s, struct tk_error *err);
enum tk_status tk_sink_read_back(struct tk_sink *s, const uint8_t *head,
				 struct tk_error *err);

/* Path of the hidden file, whether it is there or not; never NULL. */
const char *tk_sink_temporary(const struct tk_sink *s);

/*
 * Gives the file its name and syncs the directory.  The sink must still be
 * closed.
 */
enum tk_status tk_sink_publish(struct tk_sink *s, struct tk_error *err);

/* Closes the sink; what was not published is gone.  NULL is ok. */
void tk_sink_close(struct tk_sink *s);

#endif /* TK_SINK_H */
