/* SPDX-License-Identifier: MIT */
/*
 * sketchrow.h - one row of a matrix as the sketch has it
 */
#ifndef TK_SKETCHROW_H
#define TK_SKETCHROW_H

#include "compute/sketch.h"

/* One row, and its buffers for so many columns. */
struct tk_sketch_row {
	float *values; /* [cols] */
	int8_t *q;     /* [64 n_blocks], 0 beyond the row's end */
	uint16_t *scale; /* [n_blocks] bf16 */
	float error_hi;
	float error_8;
	float norm;
};

/* What of a panel is wanted: NULL for the rest. */
struct tk_sketch_panel {
	uint8_t *scale; /* [64 n_blocks] */
	uint8_t *hi;	/* [1024 n_blocks] */
	uint8_t *lo;	/* [1024 n_blocks] */
	/*
	 * [32] each.  Given by the caller if is_measured is true, when 'norm'
	 * alone is looked at; else put there.
	 */
	float *error_hi;
	float *error_8;
	float *norm;
	bool is_measured;
};

/* False if there is no memory. */
bool tk_sketch_row_new(struct tk_sketch_row *r, uint64_t cols);
void tk_sketch_row_free(struct tk_sketch_row *r);

/* The n <= 32 rows from 'first' of a matrix as one panel. */
void tk_sketch_fill(const struct tk_sketch_panel *out, struct tk_matrix m,
		    uint64_t first, uint64_t n, struct tk_sketch_row *r);

#endif /* TK_SKETCHROW_H */
