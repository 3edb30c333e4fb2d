/* SPDX-License-Identifier: MIT */
/*
 * libformat/selftest.h - do the numbers of a file still mean the same?
 *
 * Digests say that the bytes are those that were written.  A file may also
 * have a self-test: contexts and hidden vectors, and the best tokens that were
 * predicted of them when the file was written, with the bits of their keys and
 * logits.  Whoever computes these again and gets the same bits has the model
 * that was meant, and a library that computes as the specification says.  A
 * W_U that was exchanged, digests and all, does not pass (spec/format.md 7.3).
 *
 * It is a note: nothing else depends on it, tk_model_open() does not look at
 * it, and a file without one is as good.
 *
 *     if (!tk_selftest_open(&s, model, &err))
 *             status = tk_selftest_verify(&n_bad, &s, model, NULL, report,
 *                                         NULL, &err);
 */
#ifndef LIBFORMAT_SELFTEST_H
#define LIBFORMAT_SELFTEST_H

#include "libformat/compute.h"
#include "libformat/parallel.h"
#include "libformat/sketch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of spec/format.md 10: cases, and results asked for of each. */
#define TK_SELFTEST_CASES 1024
#define TK_SELFTEST_BEST 1024

/* What goes in. */
enum tk_selftest_form {
	TK_SELFTEST_IDS = 0,	/* a context, last id last */
	TK_SELFTEST_HIDDEN = 1, /* a hidden vector before the final norm */
};

/* One of the best tokens. */
struct tk_selftest_result {
	uint32_t id;
	float key;
	float logit;
};

/* A view of the section, checked. */
struct tk_selftest {
	struct tk_bytes section;
	uint64_t offset; /* of the section in the file */
	uint32_t n_cases;
};

/* One case, a view into it. */
struct tk_selftest_case {
	enum tk_selftest_form form;
	uint32_t n_in;	    /* ids, or elements of the vector */
	uint32_t k;	    /* results that were asked for */
	uint32_t n_out;	    /* results there were */
	const uint8_t *in;  /* [n_in] as they lie in the file */
	const uint8_t *out; /* [n_out] likewise */
};

/* A case that does not come out as the file says. */
struct tk_selftest_failure {
	uint32_t number; /* of the case, from 0 */
	uint64_t offset; /* of the case in the file */
	/* The first result that differs, counted from 1; 0: 'error' says why
	   there is none. */
	uint32_t rank;
	bool has_says, has_is; /* either may have fewer results */
	struct tk_selftest_result says; /* what the file says */
	struct tk_selftest_result is;	/* what was computed */
	struct tk_error error;
};

#pragma GCC visibility push(default)

/* ---- reading and verifying ---- */

/*
 * Finds the self-test of a model and checks its form, all of it (rules R80 to
 * R85): TK_E_NOT_FOUND if there is none, TK_E_LIMIT, TK_E_LAYOUT,
 * TK_E_RESERVED, TK_E_VALUE or TK_E_SHAPE if it has a wrong one; the model is
 * usable all the same.  A view: valid as long as the model.  Cost: O(section),
 * which has at most 16 MiB.
 */
enum tk_status tk_selftest_open(struct tk_selftest *out,
				const struct tk_model *m,
				struct tk_error *err);

/*
 * Puts the next case into '*out' and returns true; false at the end.  '*pos'
 * is 0 at first, and afterwards where the next case begins in the section.
 * Does not read outside even if the bytes have changed since.
 */
bool tk_selftest_next(struct tk_selftest_case *out,
		      const struct tk_selftest *s, size_t *pos);

/* Id i of a context; element i of a hidden vector; result i. */
uint32_t tk_selftest_id(const struct tk_selftest_case *c, size_t i);
float tk_selftest_element(const struct tk_selftest_case *c, size_t i);
struct tk_selftest_result tk_selftest_out(const struct tk_selftest_case *c,
					  size_t i);

/*
 * Computes every case anew and calls report() on the calling thread for each
 * that is another, by rising number; '*n_bad' is how many there were.
 * 'parallel' may be NULL.  Not of a tk_archive_view(), which lacks the
 * matrices.
 *
 * Fails as tk_can_predict(), with nothing computed, and with TK_E_MEMORY.
 * Cost: W_U is read once for all cases, unless their hidden vectors have more
 * than 16 MiB; as much memory, and up to 9 MiB more.
 */
enum tk_status tk_selftest_verify(
	uint32_t *n_bad, const struct tk_selftest *s, const struct tk_model *m,
	const struct tk_parallel *parallel,
	void (*report)(void *context, const struct tk_selftest_failure *f),
	void *context, struct tk_error *err);

/* ---- making ---- */

/* What goes into a case; all of it is borrowed. */
struct tk_selftest_input {
	const uint32_t *ids; /* [n_ids]; NULL: a hidden vector */
	size_t n_ids;
	const float *hidden; /* [d_model] */
};

/*
 * What the model will consist of, before it is written: 'cols' is 0 where
 * there is no such table.  'rows' is how many the table has.  A pass over
 * a table begins at row 0; W_E and W_U take one each, and of a tied W_U, which
 * is given as w_u too, there are two.  n_tokens is how many have a name.
 */
struct tk_selftest_source {
	struct tk_hparams hparams;
	uint64_t n_tokens;
	struct tk_row_source w_e, w_u, b_u, mix;
	struct tk_row_source embed_norm_weight, embed_norm_bias;
	struct tk_row_source final_norm_weight, final_norm_bias;
};

/*
 * Computes the k best tokens of each of the n inputs and adds the section,
 * which comes before the vocabulary.  The same source and inputs give the same
 * bytes.  Fails with
 *
 *   TK_E_SECTION    there is no W_U, or an input of ids and no W_E
 *   TK_E_NOT_FOUND  an id without a row in W_E
 *   TK_E_SHAPE      an input of ids, and W_E has other columns than W_U
 *   TK_E_VALUE      a hidden vector, or a key, that is not finite; or every
 *                   key is -Inf
 *   TK_E_LIMIT      n or k is 0 or beyond the limits above; a context of more
 *                   than 65,536 ids; a section of more than 16 MiB
 *   TK_E_IO         read() has failed
 *   TK_E_MEMORY, and as tk_writer_add()
 *
 * Nothing is begun in 'w' before all is computed: after a failure but that of
 * the writer it can be called again, with other inputs.  Memory: the rows of
 * W_E that are needed, the vectors, b_U, and n vectors of d floats.
 */
enum tk_status tk_selftest_write(struct tk_writer *w,
				 const struct tk_selftest_source *source,
				 const struct tk_selftest_input *inputs,
				 size_t n, size_t k, struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_SELFTEST_H */
