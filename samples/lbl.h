/* SPDX-License-Identifier: MIT */
/*
 * lbl.h - the log-bilinear model of Mnih and Hinton (2007), and its training
 *
 *     h = sum over j of C_j * x_j      x_j: row of W_E, j words before the last
 *     key = W_U h + b_U
 *
 * with C_j diagonal, that is a vector.  Multiply, then add, in this order: a
 * compiler that is told not to fuse the two gives the same bits everywhere.
 */
#ifndef SAMPLES_LBL_H
#define SAMPLES_LBL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpus.h"

#define D_MODEL 48
#define N_CTX 8
#define BATCH 32 /* contexts learned from at a time */

struct lbl {
	size_t n_ctx; /* words of context, at most N_CTX */
	size_t n_tokens;
	float w_e[MAX_TOKENS][D_MODEL];
	float w_u[MAX_TOKENS][D_MODEL];
	float b_u[MAX_TOKENS];
	float mix[N_CTX][D_MODEL]; /* row 0 weighs the last word */
};

/* What is known when the next word is asked for, and the next word. */
struct example {
	const uint16_t *next; /* the words before it lie before it */
	size_t n_before;      /* at least 1, at most N_CTX */
};

struct trainer;

/* Starts with small random numbers.  NULL if there is no memory. */
struct trainer *lbl_trainer_new(struct lbl *m, size_t n_ctx, size_t n_tokens);
void lbl_trainer_free(struct trainer *t);

/* Learns from BATCH examples; returns the sum of their losses, in nats. */
double lbl_train(struct trainer *t, const struct example *batch);

/* The loss of BATCH examples. */
double lbl_loss(struct trainer *t, const struct example *batch);

#endif /* SAMPLES_LBL_H */
