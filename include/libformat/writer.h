/* SPDX-License-Identifier: MIT */
/*
 * libformat/writer.h - write a file, all or nothing
 *
 * The sections are given in the order in which they lie in the file, that is
 * by rising (kind, name); each is hashed while it streams through.  Memory:
 * a buffer of 4 MiB and 16 bytes for every 64 KiB written.  Nothing is at
 * the path until tk_writer_commit() succeeds, and then the file is durable.
 * One writer, one thread.
 */
#ifndef LIBFORMAT_WRITER_H
#define LIBFORMAT_WRITER_H

#include <stdbool.h>

#include "libformat/container.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tk_writer;

/*
 * What a section will be.  The writer fills in name and flags for the kinds
 * of spec/format.md table 3, and the row stride for matrices.  A kind that
 * is neither there nor TK_KIND_FREE is only to be copied from another file.
 */
struct tk_section_spec {
	uint32_t kind;
	uint32_t flags;	     /* of a kind of table 3: its own, or 0 */
	const char *name;    /* of a kind of table 3: its own, or NULL */
	enum tk_dtype dtype; /* TK_BYTES: give size; else rows and cols */
	uint64_t size;	     /* bytes, > 0 */
	uint64_t rows;
	uint64_t cols;
};

#pragma GCC visibility push(default)

/*
 * tk_writer_open() starts a file that will have 'count' sections, not
 * counting the digests section, which the writer adds.  The bytes go to an
 * unnamed temporary file in the directory of 'path'; where there can be none,
 * to a hidden one, .NAME.tk-XXXXXXXXXXXXXXXX.tmp.  Unless 'replace' is true an
 * existing 'path' is refused, now and again by commit (TK_E_EXISTS); one that
 * is no regular file always is (TK_E_IO).  A 'path' that is a symbolic link is
 * itself replaced, never written through.  Fails also with TK_E_LIMIT
 * ('count' is not 1 ... 255), TK_E_MEMORY, and TK_E_IO if the directory cannot
 * be written to.
 */
enum tk_status tk_writer_open(struct tk_writer **out, const char *path,
			      size_t count, bool replace,
			      struct tk_error *err);

/*
 * Makes tk_writer_commit() read the file from the disk again and compare it
 * with what was written, before it is published: TK_E_CHECKSUM if a disk, a
 * cable or a memory module has changed it.  Costs a second pass over the file.
 * To be called before the first section, else TK_E_ARGUMENT; TK_E_MEMORY.
 */
enum tk_status tk_writer_read_back(struct tk_writer *w, struct tk_error *err);

/*
 * Returns the path of the hidden temporary file, whether there is one or not,
 * relative if 'path' was; valid until 'w' is ended.  A program that a signal
 * ends can unlink() it in its handler; an unnamed file needs no such care.
 */
const char *tk_writer_temporary(const struct tk_writer *w);

/*
 * tk_writer_begin() starts the next section; exactly its size must then be
 * given to tk_writer_write(), in pieces of any size, before tk_writer_end().
 *
 *   begin  TK_E_ARGUMENT (order, kind, name, flags, dtype or shape is not
 *          legal; one is not ended; all are there), TK_E_LIMIT, TK_E_IO
 *   write  TK_E_ARGUMENT (more bytes than the section is to have, none is
 *          begun, or the file is an archive), TK_E_IO, TK_E_MEMORY
 *   end    TK_E_ARGUMENT (fewer bytes), TK_E_MEMORY, TK_E_IO
 *
 * After TK_E_IO and TK_E_MEMORY the file cannot be committed any more; after
 * the others it is as if the call had not been made.
 */
enum tk_status tk_writer_begin(struct tk_writer *w,
			       const struct tk_section_spec *spec,
			       struct tk_error *err);
enum tk_status tk_writer_write(struct tk_writer *w, struct tk_bytes piece,
			       struct tk_error *err);

/* Ends the section; its digest goes to '*digest' unless that is NULL. */
enum tk_status tk_writer_end(struct tk_writer *w, struct tk_digest *digest,
			     struct tk_error *err);

/* Begin, write and end of a section of plain bytes; fails as they do. */
enum tk_status tk_writer_add(struct tk_writer *w, uint32_t kind,
			     struct tk_bytes bytes, struct tk_digest *digest,
			     struct tk_error *err);

/*
 * Writes digests, table and header, fsyncs, publishes under the path, fsyncs
 * the directory.  Ends 'w' either way.  Fails with what an earlier write has
 * failed with, or TK_E_ARGUMENT (not all sections are there), TK_E_LIMIT,
 * TK_E_IO or TK_E_EXISTS, or TK_E_CHECKSUM (tk_writer_read_back()).  If TK_E_IO
 * is for the directory's fsync, the file is there, whole, and may not survive a
 * loss of power.  An fsync that failed is never tried again.
 */
enum tk_status tk_writer_commit(struct tk_writer *w, struct tk_error *err);

/* Drops everything.  Ends 'w'.  NULL is ok. */
void tk_writer_abort(struct tk_writer *w);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_WRITER_H */
