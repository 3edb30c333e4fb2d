/* SPDX-License-Identifier: MIT */
/*
 * npy.h - the header of a NumPy .npy file, versions 1 to 3
 *
 * A fixed grammar; nothing is evaluated.
 */
#ifndef TOOLS_NPY_H
#define TOOLS_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No header is longer, as in numpy itself; a buffer of this size will do. */
#define NPY_MAX_HEADER (10000 + 12)
#define NPY_MAX_DIMS 8

enum npy_type { NPY_F2, NPY_F4, NPY_F8, NPY_V2 };

struct npy_header {
	enum npy_type type; /* '<f2' '<f4' '<f8', or '|V2' (bf16, perhaps) */
	bool fortran;	    /* first index fastest */
	unsigned n_dims;
	uint64_t shape[NPY_MAX_DIMS];
	uint64_t elements;    /* their product */
	uint64_t data_offset; /* of the first element in the file */
};

/*
 * Parses the first 'len' bytes (at least min(file size, NPY_MAX_HEADER)) of a
 * file of 'file_size' bytes, and checks that exactly the elements follow.
 * Returns NULL, or a static text that says what is wrong.
 */
const char *npy_parse(struct npy_header *out, const uint8_t *head, size_t len,
		      uint64_t file_size);

/* Bytes of an element. */
size_t npy_size(enum npy_type type);

#endif /* TOOLS_NPY_H */
