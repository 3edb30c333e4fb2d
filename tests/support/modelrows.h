/* SPDX-License-Identifier: MIT */
/*
 * modelrows.h - the tables of an open model, as if they were still to be
 * written
 */
#ifndef TESTS_MODELROWS_H
#define TESTS_MODELROWS_H

#include <libformat.h>

#define N_MODEL_KINDS (TK_KIND_W_U - TK_KIND_EMBED_NORM_WEIGHT + 1)

struct model_rows {
	struct tk_matrix matrix[N_MODEL_KINDS];
	uint64_t n_reads; /* rows that were asked for */
	uint64_t fail_at; /* number of the read() that fails; 0: none */
	uint64_t n_calls;
	struct model_reader {
		struct model_rows *rows;
		size_t kind;
	} reader[N_MODEL_KINDS];
};

/* Views of 'm', which must outlive them; '*rows' must not move. */
struct tk_selftest_source source_of_model(struct model_rows *rows,
					  const struct tk_model *m);

/* A report() that counts into '*context', an unsigned, unless it is NULL. */
void count_failure(void *context, const struct tk_selftest_failure *f);

#endif /* TESTS_MODELROWS_H */
