/* SPDX-License-Identifier: MIT */
/*
 * sink.h - bytes -> file, all or nothing
 *
 * Bytes go to a temporary file in the directory of the path: one without a
 * name where the file system can do that, so that nothing is left whatever
 * ends the process; else a hidden one called .tkpart-XXXXXXXXXXXXXXXX.
 *
 * They are written in pieces of 4 MiB that begin at multiples of 4 MiB: a
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
 * Gives the file its name and syncs the directory.  The sink must still be
 * closed.
 */
enum tk_status tk_sink_publish(struct tk_sink *s, struct tk_error *err);

/* Closes the sink; what was not published is gone.  NULL is ok. */
void tk_sink_close(struct tk_sink *s);

#endif /* TK_SINK_H */
