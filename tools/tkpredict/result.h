/* SPDX-License-Identifier: MIT */
/*
 * result.h - what is said of each token
 *
 * Needs no model: a result is the same whether it was made here or joined
 * from parts.
 */
#ifndef TKPREDICT_RESULT_H
#define TKPREDICT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libformat.h>

#include "request.h"

struct line {
	uint64_t rank; /* 0: never predicted */
	uint32_t id;
	struct tk_bytes token; /* not ours */
	float key;
	float logit;
	double prob;
	double logprob; /* -Inf if the probability is 0 */
	double bounds[2]; /* what the probability is certain to be between */
};

/* What a search has read. */
struct work {
	uint64_t rows_scanned;	/* of W_U, or of its sketch */
	uint64_t rows_rescored; /* of W_U, after those of the sketch */
	uint64_t bytes_read;	/* of both */
};

struct result {
	double temperature;
	enum probs probs;
	double log_normalizer; /* NaN with temperature 0 */
	struct line *lines;    /* [n], best first */
	size_t n;
	bool has_ranked;
	struct line ranked;
	struct work work;
};

/*
 * Fills in 'log_normalizer', and from key, logit and rank what else is said
 * of each line; probabilities only if they are asked for.
 */
void result_finish(struct result *r, const struct tk_normalizer *nz);

/*
 * logit_scale can carry a finite key out of the range of float: ends the
 * program if that has happened to the best of a result.
 */
void result_check_logit(const char *from, uint32_t id, float logit);

#endif /* TKPREDICT_RESULT_H */
