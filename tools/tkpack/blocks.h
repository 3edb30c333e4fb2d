/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - the element types of foreign files, and their value in f32
 *
 * Most are ggml's: an element stands in a block that shares a scale.  The
 * formulas are in blocks.c, one function a type.
 */
#ifndef TKPACK_BLOCKS_H
#define TKPACK_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

enum elem {
	ELEM_F32,
	ELEM_F16,
	ELEM_BF16,
	ELEM_F64,
	ELEM_Q4_0,
	ELEM_Q8_0,
	ELEM_Q4_K,
	ELEM_Q6_K,
	ELEM_Q4_1,
	ELEM_Q5_0,
	ELEM_Q5_1,
	ELEM_Q2_K,
	ELEM_Q3_K,
	ELEM_Q5_K,
	ELEM_IQ4_NL,
	ELEM_IQ4_XS,
	ELEM_COUNT
};

/* The name people know it by: "F32", "Q4_K". */
const char *elem_name(enum elem e);

/* Bytes of a row, or 0 if the blocks do not divide it. */
uint64_t elem_row_bytes(enum elem e, uint64_t cols);

/*
 * out[cols] = the row's values; little-endian input at any address.  False if
 * a finite F64 does not fit into f32.
 */
bool elem_row_to_f32(float *out, enum elem e, const uint8_t *row,
		     uint64_t cols);

#endif /* TKPACK_BLOCKS_H */
