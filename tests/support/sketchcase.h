/* SPDX-License-Identifier: MIT */
/*
 * sketchcase.h - a matrix, its sketch and a hidden vector, made to be hard
 */
#ifndef TESTS_SKETCHCASE_H
#define TESTS_SKETCHCASE_H

#include "compute/sketch.h"
#include "rng.h"

/* What a row is like. */
enum row_kind {
	ROW_UNIFORM,
	ROW_HUGE,	/* squares overflow f32 */
	ROW_CANCELLING, /* products come in pairs of opposite signs */
	ROW_SUBNORMAL,
	ROW_CONSTANT,
	ROW_DUPLICATE,	/* of the row before */
	ROW_OUTLIERS,	/* a few dimensions are large */
	ROW_PARALLEL,	/* to h */
	ROW_ZERO,
	ROW_SIGNS,	/* +c and -c */
	ROW_ERROR,	/* what the sketch leaves out is parallel to h */
	ROW_EXACT,	/* the sketch leaves nothing out */
	ROW_HEAVY,	/* heavy tails */
	ROW_BITS,	/* any finite f32 */
	ROW_BROKEN,	/* a NaN or an Inf */
	N_ROW_KINDS,
	ROW_ANY,	/* each row another, but none broken */
	ROW_ANY_BROKEN, /* and one in a hundred broken */
};

enum hidden_kind {
	HIDDEN_UNIFORM,
	HIDDEN_ONE,	  /* a single element */
	HIDDEN_HUGE,
	HIDDEN_SUBNORMAL,
	HIDDEN_CONSTANT,
	HIDDEN_ZERO,
	HIDDEN_EXACT,	  /* two digits lose nothing */
	HIDDEN_OUTLIERS,
	N_HIDDEN_KINDS,
};

struct sketch_case {
	struct tk_sketch s;
	uint8_t *matrix;
	uint8_t *section;
	uint8_t *bias;
	float *h;
	float *row;	/* [cols] */
	void *scratch;
	float *keys;	/* [rows] of the full scan */
	struct tk_candidate *best, *expected; /* [rows] */
};

/* h first: some rows are made from it. */
void case_new(struct sketch_case *c, size_t rows, size_t cols,
	      enum tk_dtype dtype);
void case_free(struct sketch_case *c);

void case_hidden(struct sketch_case *c, struct rng *r, enum hidden_kind kind);
void case_matrix(struct sketch_case *c, struct rng *r, enum row_kind kind);

/* With 'broken', NaN and +Inf are among the biases as well as -Inf. */
void case_bias(struct sketch_case *c, struct rng *r, bool broken);
void case_no_bias(struct sketch_case *c);

/* Makes the sketch of the matrix, in memory. */
void case_sketch(struct sketch_case *c);

/* The query of h. */
struct tk_query *case_query(struct sketch_case *c);

/* Of panel p: approximate keys and bounds, by one plane or by both. */
void case_bounds(struct sketch_case *c, size_t p, enum tk_scan scan,
		 float approx[32], float upper[32], float lower[32]);

#endif /* TESTS_SKETCHCASE_H */
