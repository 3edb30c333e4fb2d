/* SPDX-License-Identifier: MIT */
/*
 * grown.h - the sample's trained model, made as large as GPT-2's
 *
 * DIR/kingdom.tk is what samples/train has written: 715 tokens, d_model 48.
 * Its rows go to more columns by a matrix with 48 orthonormal columns, which
 * changes no dot product: row r < 715 is A w_r.  Each further row is a random
 * one of these and half the difference of two others, A (w_a + (w_b - w_c) /
 * 2), with the bias of a.  Hidden vectors are A h, of real contexts.
 *
 * So logits and the vectors that ask for them are distributed as training
 * left them, but the matrix has rank 48, no outlier columns, and some 70
 * variants of each trained row, which crowd around the best.
 */
#ifndef BENCH_GROWN_H
#define BENCH_GROWN_H

#include <stddef.h>

/* Writes an f16 model of N_TOKENS rows, with a sketch, to DIR/NAME. */
void make_grown(const char *dir, const char *name, size_t cols);

/* h[n][cols]: what follows n contexts of the texts that were held out. */
void grown_hidden(float *h, size_t n, size_t cols, const char *dir);

#endif /* BENCH_GROWN_H */
