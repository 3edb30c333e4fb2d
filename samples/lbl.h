/* SPDX-License-Identifier: MIT */
/*
 * lbl.h - the log-bilinear model of Mnih and Hinton (2007), and its training
 *
 *     h = sum over j of C_j * x_j     x_j: row of W_E, of the word j before
 *     key = W_U h + b_U                    the last one
 *
 * with C_j diagonal, that is a vector.  Words that are not there add nothing.
 */
#ifndef SAMPLES_LBL_H
#define SAMPLES_LBL_H

#include <stddef.h>
#include <stdint.h>

#include "corpus.h"

#define D_MODEL 48 /* a multiple of 16 */
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

/* A word to predict, and how many of the words before it are known. */
struct example {
	const uint16_t *next; /* the words before it lie before it */
	size_t n_before;
};

struct trainer;

/* Starts 'm' with small random numbers.  NULL if there is no memory. */
struct trainer *lbl_trainer_new(struct lbl *m, size_t n_ctx, size_t n_tokens);
void lbl_trainer_free(struct trainer *t);

/* Learns from BATCH examples; returns the sum of their losses in nats. */
double lbl_learn(struct trainer *t, const struct example *batch, float rate);

/* The sum of the losses of BATCH examples in nats. */
double lbl_loss(struct trainer *t, const struct example *batch);

#endif /* SAMPLES_LBL_H */
