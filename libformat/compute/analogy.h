/* SPDX-License-Identifier: MIT */
/*
 * analogy.h - questions whose words are multiplied with the rows together
 */
#ifndef TK_ANALOGY_H
#define TK_ANALOGY_H

#include <stdatomic.h>

#include "compute/kernels/kernels.h"

/* Rows that a thread takes at a time. */
#define TK_PIECE_ROWS 4096

/* Some of the questions, with their words. */
struct tk_group {
	const struct tk_matrix *m;
	uint64_t n_rows;
	enum tk_analogy_rule rule;
	const struct tk_analogy *questions;
	size_t n;
	struct tk_analogy *places; /* [n] of their words, in 'ids' */
	_Atomic uint64_t *best;	   /* [n] see tk_answer() */
	uint64_t *is_word;	   /* [n_rows] bits */
	uint32_t *ids;		   /* [most] the words, rising */
	size_t n_ids, most;
	size_t unit_size; /* floats of one of them: cols, and some more */
	float *units; /* [n_ids][unit_size]; NaN: has no direction */
	atomic_bool failed;
};

/* 'n' floats, at a place where vectors load fastest; or NULL. */
float *tk_floats(size_t n);

/* Asks all questions of rows piece * TK_PIECE_ROWS ...; 'g' a tk_group. */
void tk_ask_piece(void *g, size_t piece);

/* The best answer so far, as it is kept. */
struct tk_candidate tk_answer(uint64_t packed);

#endif /* TK_ANALOGY_H */
