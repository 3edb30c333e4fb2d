/* SPDX-License-Identifier: MIT */
/*
 * libformat/dtype.h - what an element of a matrix is
 */
#ifndef LIBFORMAT_DTYPE_H
#define LIBFORMAT_DTYPE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the bytes of a section are; spec/format.md 5. */
enum tk_dtype {
	TK_BYTES = 0, /* no matrix */
	TK_F32 = 1,   /* IEEE binary32 */
	TK_F16 = 2,   /* IEEE binary16 */
	TK_BF16 = 3,  /* the upper half of a binary32 */
	TK_Q8 = 4,    /* int8 with an f16 scale a block of 32 columns */
};

#pragma GCC visibility push(default)

/*
 * Returns the bytes from one row to the next of a matrix in a file, or 0 if
 * 'dtype' is no matrix's or 'cols' is 0 or above 2^24.  Bytes of a row after
 * its last element (and, in q8, after the last scale) are zero.
 */
uint64_t tk_row_stride(enum tk_dtype dtype, uint64_t cols);

/* "f32", "f16", "bf16", "q8"; "bytes" for TK_BYTES, "?" if unknown. */
const char *tk_dtype_name(uint16_t dtype);

/* The value of an IEEE binary16; NaN keeps sign and payload, made quiet. */
float tk_f16_to_f32(uint16_t bits);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_DTYPE_H */
