/* SPDX-License-Identifier: MIT */
/*
 * libformat/output.h - a file that is whole, or not there
 *
 * For what is written beside .tk files, which tk_writer does in the same way:
 * until it is committed, a new file has no name, or a hidden one in the same
 * directory.
 */
#ifndef LIBFORMAT_OUTPUT_H
#define LIBFORMAT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "libformat/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tk_output;

#pragma GCC visibility push(default)

/*
 * Begins a file at 'path'.  An existing one is TK_E_EXISTS unless 'replace',
 * and stays as it is until the commit; what is no regular file is TK_E_IO.
 * Also TK_E_MEMORY.  Ended by tk_output_commit() or tk_output_abort().
 * Memory: 4 MiB.  One thread.
 */
enum tk_status tk_output_open(struct tk_output **out, const char *path,
			      bool replace, struct tk_error *err);

/* Appends bytes.  TK_E_IO; then only tk_output_abort() is left to do. */
enum tk_status tk_output_write(struct tk_output *o, const void *data,
			       size_t len, struct tk_error *err);

/*
 * Writes all of it to the disk, then gives the file its name.  'o' is ended,
 * whatever comes of it; if that is TK_E_IO or TK_E_EXISTS, there is no file,
 * or the old one, unless only the directory could not be synced.
 */
enum tk_status tk_output_commit(struct tk_output *o, struct tk_error *err);

/* Leaves nothing behind.  NULL is ok. */
void tk_output_abort(struct tk_output *o);

/* The path of the hidden file, whether it is there or not; for handlers. */
const char *tk_output_temporary(const struct tk_output *o);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_OUTPUT_H */
