/* SPDX-License-Identifier: MIT */
/*
 * verify.h - the questions that verifying is made of
 *
 * 'i' is the index of a section, not of the digests section, but for
 * tk_padding_start().
 */
#ifndef TK_VERIFY_H
#define TK_VERIFY_H

#include <stdbool.h>

#include "libformat/container.h"

/* TK_E_ARGUMENT if there is no section i. */
enum tk_status tk_check_index(const struct tk_container *c, size_t i,
			      struct tk_error *err);

/* The leaf list of section i as it lies in the file. */
const uint8_t *tk_section_leaves(const struct tk_container *c, size_t i);

/* Does the leaf list give the digest in the table? */
bool tk_leaves_are_whole(const struct tk_container *c, size_t i);

/* Does chunk n of section i, which has no codec, give leaf n of these? */
bool tk_chunk_is_whole(const struct tk_container *c, size_t i,
		       const uint8_t *leaves, uint64_t n);

/*
 * Of a section in frames: which chunks of frame n are not whole, bit j for
 * chunk 16 n + j; all of them if the frame does not decode.  TK_E_MEMORY if
 * that could not be found out.  And: do its stored bytes give the digest in
 * the table?
 */
enum tk_status tk_frame_damage(uint16_t *bad, const struct tk_container *c,
			       size_t i, const uint8_t *leaves, uint64_t n);
bool tk_stored_is_whole(const struct tk_container *c, size_t i);

/* Frames 'first' to 'end' - 1: do they decode to what was written? */
enum tk_status tk_frames_verify(const struct tk_container *c, size_t i,
				uint64_t first, uint64_t end,
				struct tk_error *err);

/* The end of what lies before section i: offset in the file. */
uint64_t tk_padding_start(const struct tk_container *c, size_t i);

#endif /* TK_VERIFY_H */
