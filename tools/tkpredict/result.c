/* SPDX-License-Identifier: MIT */
/*
 * result.c - the probabilities of a result's lines
 */
#include "result.h"

#include <math.h>

#include "cli.h"

static void finish_line(struct line *l, const struct result *r,
			const struct tk_normalizer *nz)
{
	if (r->temperature > 0 && l->rank) {
		l->prob = tk_prob(nz, l->logit);
		l->logprob = tk_logprob(nz, l->logit);
	} else {
		l->prob = l->rank == 1 ? 1 : 0;
		l->logprob = l->rank == 1 ? 0 : -(double)INFINITY;
	}
	l->bounds[0] = l->bounds[1] = l->prob;
}

void result_finish(struct result *r, const struct tk_normalizer *nz)
{
	r->log_normalizer = (double)NAN;
	if (r->probs == PROBS_NONE)
		return;
	if (r->temperature > 0)
		r->log_normalizer = tk_log_normalizer(nz);
	for (size_t i = 0; i < r->n; i++)
		finish_line(&r->lines[i], r, nz);
	if (r->has_ranked)
		finish_line(&r->ranked, r, nz);
}

void result_check_logit(const char *from, uint32_t id, float logit)
{
	if (!isfinite(logit))
		cli_die("%s: the logit of id %u is not finite", from, id);
}
