/* SPDX-License-Identifier: MIT */
/*
 * kinds.h - what the specification says about each kind of section
 */
#ifndef TK_KINDS_H
#define TK_KINDS_H

#include <stdbool.h>
#include <stdint.h>

struct tk_kind_rule {
	uint32_t kind;
	uint32_t flags;	     /* exactly these */
	const char *name;    /* exactly this */
	uint32_t dtypes;     /* bit d: enum tk_dtype d is legal */
	uint64_t max_rows;   /* of matrices; 0 otherwise */
	uint64_t max_cols;
};

/* The rule of a kind, or NULL if this library does not know it. */
const struct tk_kind_rule *tk_kind_rule(uint32_t kind);

/*
 * Where a section of that stored size must begin: a multiple of this.  An
 * archive is not used in place, and its sizes are not known in advance.
 */
uint64_t tk_section_alignment(uint64_t stored_size, bool is_archive);

/* The codec of a section of that dtype in an archive. */
uint16_t tk_archive_codec(uint16_t dtype);

/* True if the 32 bytes are a legal name: 1-31 of a-z 0-9 _ . -, then NULs. */
bool tk_is_section_name(const uint8_t name[32]);

#endif /* TK_KINDS_H */
