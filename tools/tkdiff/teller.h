/* SPDX-License-Identifier: MIT */
/*
 * teller.h - what one model says to some contexts
 */
#ifndef TELLER_H
#define TELLER_H

#include <pthread.h>

#include "tkdiff.h"

/* One model, and what it says to some contexts. */
struct teller {
	const struct side *side;
	size_t d;	/* columns of W_U */
	size_t n;	/* ids that can be predicted */
	uint32_t *ids;	/* [length] the context under way */
	float *vectors; /* [TK_BATCH, d] */
	float *scratch; /* [d] */
	float *keys;	/* [batch, n] */
	pthread_mutex_t lock;
	size_t failed; /* lowest block that did; SIZE_MAX: none */
	struct tk_error err;
};

/*
 * Ends the program, and says why, if the model does not predict from tokens;
 * verifies what is read of it.
 */
void teller_check(const struct side *side);

void teller_open(struct teller *t, const struct side *side);

/* Room for 'batch' contexts, at most TK_BATCH, of 'length' tokens. */
void teller_allocate(struct teller *t, size_t length, size_t batch);
void teller_close(struct teller *t);

/* Vector i, from the ids. */
void teller_embed(struct teller *t, size_t i, size_t length);

/* The keys of the first n vectors. */
void teller_ask(struct teller *t, size_t n_vectors, size_t threads);

#endif /* TELLER_H */
