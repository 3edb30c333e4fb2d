/* SPDX-License-Identifier: MIT */
/*
 * libformat/archive.h - compressed sections: the archive form of a file
 *
 * An archive is the same container with its sections in zstd frames of 1 MiB
 * (spec/format.md 9), for storage and transport.  Frames stand alone: they
 * may be coded by any number of threads, in any order, with a coder each.
 * A model is not used from an archive, but from the file it expands to; to
 * look at one there is tk_archive_view().
 */
#ifndef LIBFORMAT_ARCHIVE_H
#define LIBFORMAT_ARCHIVE_H

#include "libformat/container.h"
#include "libformat/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a section that one frame holds; the last one may hold fewer. */
#define TK_FRAME_SIZE 1048576

struct tk_coder;

#pragma GCC visibility push(default)

/* True if the file is an archive: its sections cannot be used in place. */
bool tk_is_archive(const struct tk_container *c);

/* Number of frames of a section of 'size' bytes once decoded. */
uint64_t tk_frame_count(uint64_t size);

/*
 * A coder holds what zstd needs and three buffers, about 4 MiB; one thread at
 * a time, any files one after the other.  TK_E_MEMORY.  tk_coder_close() frees
 * it; NULL is ok.
 */
enum tk_status tk_coder_open(struct tk_coder **out, struct tk_error *err);
void tk_coder_close(struct tk_coder *coder);

/*
 * Frame 'n' of section 'i': tk_coder_decode() gives the bytes it holds,
 * whatever the section's codec is, and tk_coder_encode() the frame itself,
 * made from the section of a file that is no archive.  '*out' is valid until
 * the coder's next call of that name; decoded bytes of a section without a
 * codec are where they lie.  They are not yet compared with their digests.
 *
 * tk_coder_decode() fails with TK_E_CODEC where a frame is not what the
 * specification says (it never makes more than TK_FRAME_SIZE bytes), with
 * TK_E_LIMIT for one of more bytes than the limit frame_bytes, and
 * with TK_E_FEATURE for an unknown codec; both fail with TK_E_MEMORY, and
 * with TK_E_ARGUMENT if there is no such frame.  Frames in rising order cost
 * nothing to find; any other, a sum over the sizes of those before it.
 */
enum tk_status tk_coder_decode(struct tk_coder *coder, struct tk_bytes *out,
			       const struct tk_container *c, size_t i,
			       uint64_t n, struct tk_error *err);
enum tk_status tk_coder_encode(struct tk_coder *coder, struct tk_bytes *out,
			       const struct tk_container *c, size_t i,
			       uint64_t n, struct tk_error *err);

/*
 * Compares 'data', what tk_coder_decode() gave for frame 'n' of section 'i',
 * with its digests.  TK_E_CHECKSUM; TK_E_ARGUMENT if it is not of that
 * frame's size.
 */
enum tk_status tk_frame_verify(const struct tk_container *c, size_t i,
			       uint64_t n, struct tk_bytes data,
			       struct tk_error *err);

/*
 * Makes the file that 'w' writes an archive: to be called before the first
 * section is begun (else TK_E_ARGUMENT).  From then on a section is given
 * by tk_writer_frame() instead of tk_writer_write(), frame after frame, each
 * as it is and as tk_coder_encode() made it.  Fail also with TK_E_MEMORY, and
 * tk_writer_frame() with TK_E_ARGUMENT for what is no frame of the section
 * and with TK_E_IO.
 */
enum tk_status tk_writer_archive(struct tk_writer *w, struct tk_error *err);
enum tk_status tk_writer_frame(struct tk_writer *w, struct tk_bytes data,
			       struct tk_bytes frame, struct tk_error *err);

/*
 * tk_archive_view() makes the mapped form of an archive in memory, without
 * the matrices, and with the first MiB of a sketch: the rest is zeros, which
 * take no room, until bytes of it are asked for by tk_archive_load().
 * Everything else is decoded and compared with its digests.  The view has the
 * identities (file, content) of the file that the archive expands to.  It must
 * be closed before 'archive' is.
 *
 * Fails with TK_E_CODEC, TK_E_CHECKSUM, TK_E_MEMORY; with TK_E_IO or
 * TK_E_LIMIT if there are no addresses for the file it expands to; with
 * TK_E_LIMIT if that is beyond a limit, or if what is decoded has more than
 * 1 GiB (libformat/limits.h); with TK_E_FEATURE for an unknown codec, or an
 * archive of a newer version; with TK_E_ARGUMENT if 'archive' is none.
 */
enum tk_status tk_archive_view(struct tk_container **out,
			       const struct tk_container *archive,
			       struct tk_error *err);

/*
 * Decodes the frames that hold 'len' bytes at 'at' of section 'i' into the
 * view, and compares them with their digests.  Not while other threads read
 * that section.  Fails with TK_E_CODEC, TK_E_CHECKSUM, TK_E_MEMORY, and with
 * TK_E_FEATURE for an unknown codec; TK_E_ARGUMENT if there are no such bytes,
 * or the view is not that of 'archive'.
 */
enum tk_status tk_archive_load(struct tk_container *view,
			       const struct tk_container *archive, size_t i,
			       uint64_t at, uint64_t len,
			       struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_ARCHIVE_H */
