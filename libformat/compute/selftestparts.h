/* SPDX-License-Identifier: MIT */
/*
 * selftestparts.h - what of a model that is not written yet must be in memory
 */
#ifndef TK_SELFTESTPARTS_H
#define TK_SELFTESTPARTS_H

#include "compute/chain.h"
#include "compute/selftest.h"

#define TK_ROWS_AT_A_TIME 32 /* no read() is asked for more */

enum tk_part {
	TK_PART_W_E,
	TK_PART_B_U,
	TK_PART_MIX,
	TK_PART_EMBED_WEIGHT,
	TK_PART_EMBED_BIAS,
	TK_PART_FINAL_WEIGHT,
	TK_PART_FINAL_BIAS,
	TK_N_PARTS,
};

struct tk_parts {
	struct tk_chain chain;
	struct tk_matrix bias;
	/* Rising: row i of chain.w_e is that of ids[i]. */
	uint32_t *ids;
	size_t n_ids;
	uint8_t *memory[TK_N_PARTS];
};

/* Loads what these inputs need, which have been checked. */
enum tk_status tk_parts_load(struct tk_parts *p,
			     const struct tk_selftest_source *source,
			     const struct tk_selftest_input *inputs, size_t n,
			     struct tk_error *err);
void tk_parts_free(struct tk_parts *p);

/* h[d_model] of an input of ids. */
enum tk_status tk_parts_context(float *h, const struct tk_parts *p,
				const struct tk_selftest_input *in,
				struct tk_error *err);

#endif /* TK_SELFTESTPARTS_H */
