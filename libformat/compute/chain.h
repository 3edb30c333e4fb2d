/* SPDX-License-Identifier: MIT */
/*
 * chain.h - from an id to the vector that is dotted with W_U
 *
 * What of a model takes part in it; its parts need not lie in one file.  The
 * functions are those of compute.h of the same names.
 */
#ifndef TK_CHAIN_H
#define TK_CHAIN_H

#include "libformat/compute.h"

struct tk_chain {
	struct tk_hparams hparams; /* with d_model */
	uint64_t w_u_cols;	   /* 0: there is no W_U */
	/* data NULL: there is none */
	struct tk_matrix w_e;
	struct tk_matrix mix;
	struct tk_matrix embed_weight, embed_bias;
	struct tk_matrix final_weight, final_bias;
};

struct tk_chain tk_chain_of(const struct tk_model *m);

enum tk_status tk_chain_context(float *h, float *scratch,
				const struct tk_chain *c, const uint32_t *ids,
				size_t n, struct tk_error *err);
enum tk_status tk_chain_final_norm(float *h, const struct tk_chain *c,
				   struct tk_error *err);

#endif /* TK_CHAIN_H */
