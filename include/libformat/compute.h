/* SPDX-License-Identifier: MIT */
/*
 * libformat/compute.h - from ids to probabilities
 *
 *     x = W_E[id] * embed_scale, then the embed norm     tk_embed
 *     h = mix of the last x, or the last x itself        tk_context
 *     h = final norm of h                                tk_final_norm
 *     key = W_U h + b_U                                  tk_keys
 *     z = softcap(logit_scale * key)                     tk_logit
 *     p = softmax(z / T)                                 tk_normalizer
 *     the next token by chance                           tk_sample
 *
 * Rows may be shared out among threads, processes or hosts: each makes a
 * partial result (tk_block_sums, tk_top_k), and tk_merge joins them.
 *
 * The key decides rank and ties; z is what is reported as the logit.  Every
 * operation and its order are written down in spec/compute.md, so results are
 * the same bits on every machine, for any split of the rows.
 *
 * All buffers are the caller's; nothing allocates, and 100 KiB of stack are
 * enough.  Any number of threads may call; the rounding mode and
 * flush-to-zero flags of the calling thread are saved, set and restored.  d
 * stands for d_model.
 */
#ifndef LIBFORMAT_COMPUTE_H
#define LIBFORMAT_COMPUTE_H

#include "libformat/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tk_candidate {
	uint32_t id;
	float key;
};

/* Rows of one block of the softmax's sums: spec/compute.md 4. */
#define TK_BLOCK_ROWS 1024

/* Vectors for which a row is read once by the functions for a batch. */
#define TK_BATCH 8

/* max and sum of exp(z / T - max), and what T they are for. */
struct tk_normalizer {
	double temperature;
	double max;
	double sum;
};

/* Sums of one block of TK_BLOCK_ROWS rows; the last block may have fewer. */
struct tk_block {
	uint64_t index; /* rows index * TK_BLOCK_ROWS and up */
	double max;	/* largest z / T; -Inf if no row can be predicted */
	double sum;	/* of exp(z / T - max); 0 if max is -Inf */
};

/* What a range of rows contributes; or several ranges, their lists joined. */
struct tk_partial {
	struct tk_block *blocks;
	size_t n_blocks;
	struct tk_candidate *best;
	size_t n_best;
};

/* xoshiro256**; any state but four zeros is a good one. */
struct tk_rng {
	uint64_t s[4];
};

/* Which candidates may be drawn.  {0, 1, 0}: all of them. */
struct tk_cuts {
	uint64_t top_k; /* the k best; 0: no cut */
	double top_p;	/* the fewest that have this share of what is left;
			   1 or more: no cut */
	double min_p;	/* those with at least this share of the best one's
			   probability; 0: no cut */
};

#pragma GCC visibility push(default)

/* ---- identity ---- */

/*
 * The third identity of a file, beside those of struct tk_file_info: the
 * digest of what the model means (spec/format.md 2, *value*), the same for
 * matrices in bf16 and their copy in f32, tied or written twice.  Derived
 * sections, notes and free sections are not part of it.
 *
 * Cost: f32 matrices are not read, their digest is in the table; others are
 * widened, in pieces of 1 MiB for each thread of 'parallel', which may be
 * NULL.  Fails with TK_E_MEMORY.  Not of a tk_archive_view(), which lacks
 * the matrices.
 */
enum tk_status tk_model_value(struct tk_digest *out, const struct tk_model *m,
			      const struct tk_parallel *parallel,
			      struct tk_error *err);

/* ---- rows ---- */

/* out[cols] = row 'row' of 'm' widened to f32, which is exact. */
void tk_row_to_f32(float *out, struct tk_matrix m, uint64_t row);

/*
 * Packs in[cols] as one row of a file: dst[tk_row_stride(dtype, cols)],
 * padding zeroed.  f16 and bf16 round to nearest even; q8 has for each 32
 * columns the smallest f16 scale >= max|w| / 127.  TK_E_VALUE if an element
 * is finite but the result is not (f16 overflow), or is not finite in q8;
 * TK_E_ARGUMENT, and nothing is written, if tk_row_stride() is 0.
 */
enum tk_status tk_row_from_f32(uint8_t *dst, enum tk_dtype dtype,
			       const float *in, uint64_t cols,
			       struct tk_error *err);

/*
 * The canonical dot product of w[n] and h[n] in f32: multiply, then add, 32
 * lanes, panels of 512 columns (spec/compute.md 1).  Positive: same
 * direction; 0: perpendicular; negative: opposite.  NaN is 0x7fc00000.  In
 * plain C; the two below are faster for many rows, and the same bits.
 */
float tk_dot(const float *w, const float *h, size_t n);

/*
 * out[n] = tk_dot() of rows first .. first + n - 1 of 'm' with h[cols].
 * Cost: the bytes of the rows, at the speed of the memory.
 */
void tk_dot_rows(float *out, struct tk_matrix m, uint64_t first, uint64_t n,
		 const float *h);

/*
 * The same for hs[n_hs][cols]: out[j * stride + i] is row first + i with
 * vector j; stride >= n.  Rows are read and widened once for each TK_BATCH
 * vectors, which is what makes many vectors cheaper than as many calls.
 */
void tk_dot_batch(float *out, size_t stride, struct tk_matrix m,
		  uint64_t first, uint64_t n, const float *hs, size_t n_hs);

/*
 * The instructions that tk_dot_rows() and all that is built on it use:
 * "avx512", "avx2" (with F16C), "neon" or "scalar", the best that processor
 * and system support.  The environment variable TK_KERNEL names another one;
 * a name that is unknown, or not supported here, is as none (the tools refuse
 * it).  The results are the same bits.  The variable is read at each call, so
 * no thread may change the environment at the same time.
 */
const char *tk_kernel_name(void);

/* ---- towards the hidden vector ---- */

/*
 * x[columns of W_E] = the embedding of 'id': row, scale, embed norm.  These
 * can be more than d: a file may have a W_U of another width.
 * TK_E_NOT_FOUND if W_E has no such row, TK_E_SECTION if the file has no W_E.
 */
enum tk_status tk_embed(float *x, const struct tk_model *m, uint64_t id,
			struct tk_error *err);

/* True if the file has a context mix (Mnih & Hinton 2007, log-bilinear). */
bool tk_has_mix(const struct tk_model *m);

/*
 * h[d] from the n ids of a context, last one last: the mix of the last
 * min(n, n_ctx, rows of mix) embeddings or, without a mix, the last embedding
 * alone.  'scratch' is another d floats.  TK_E_ARGUMENT if n is 0, TK_E_SHAPE
 * if W_U's columns are not W_E's, and as tk_embed().
 */
enum tk_status tk_context(float *h, float *scratch, const struct tk_model *m,
			  const uint32_t *ids, size_t n, struct tk_error *err);

/*
 * h[d] := the final norm of h, in place; unchanged if the file has none.
 * TK_E_VALUE if an element of h is not finite, naming the first, or is not
 * finite afterwards: of equal elements the variance is 0, and so may be eps.
 */
enum tk_status tk_final_norm(float *h, const struct tk_model *m,
			     struct tk_error *err);

/* ---- from the hidden vector to a ranking ---- */

/*
 * Tells whether the file can predict: it has a W_U, and no hyperparameter
 * that must be understood is unknown.  TK_E_SECTION or TK_E_FEATURE says why
 * not.
 */
enum tk_status tk_can_predict(const struct tk_model *m, struct tk_error *err);

/*
 * keys[n] = W_U[first + i] . h (+ b_U), for rows below
 * tk_model_n_predictable().  h[d] is normed already.  TK_E_VALUE if an
 * element of h is not finite, naming the first, or if a key is NaN or +Inf,
 * naming the lowest such row and why; a key of -Inf is legal: that token is
 * never predicted.  TK_E_ARGUMENT for rows that are not there, and as
 * tk_can_predict().  Splitting the rows among threads changes no bit.
 */
enum tk_status tk_keys(float *keys, const struct tk_model *m, const float *h,
		       uint64_t first, uint64_t n, struct tk_error *err);

/*
 * The same for hs[n_hs][d]: keys[j * stride + i] is row first + i for vector
 * j; stride >= n.  W_U is read once for each TK_BATCH vectors.  An error
 * names the lowest bad row of the first vector that has one.
 */
enum tk_status tk_keys_batch(float *keys, size_t stride,
			     const struct tk_model *m, const float *hs,
			     size_t n_hs, uint64_t first, uint64_t n,
			     struct tk_error *err);

/*
 * The k best of keys[n], best first, ties by lowest id; -Inf is never chosen.
 * Ids count from 'first_id'.  Returns how many there are, at most k.
 * Cost: O(n + n_better log k).
 */
size_t tk_top_k(struct tk_candidate *out, size_t k, const float *keys,
		size_t n, uint32_t first_id);

/*
 * How many of keys[n], ids from 'first_id' on, rank before 'c', whose key is
 * not -Inf.  The rank of a token is 1 + the sum of this over all rows.
 */
size_t tk_n_better(struct tk_candidate c, const float *keys, size_t n,
		   uint32_t first_id);

/* The logit z of a key: scale, then softcap; -Inf stays -Inf. */
float tk_logit(const struct tk_model *m, float key);

/* ---- probabilities ---- */

/*
 * Fills in what probabilities over all of keys[n] need, for temperature T,
 * finite and at least 1e-200.  keys[0] must be row 0.  T > 1 is smoother,
 * T < 1 sharper.  If max is +Inf, as a large logit_scale can make it, there
 * are no probabilities; if it is -Inf, nothing is predicted.
 */
struct tk_normalizer tk_normalize(const struct tk_model *m, const float *keys,
				   size_t n, double temperature);

/* ln of the sum over all tokens of exp(z / T). */
double tk_log_normalizer(const struct tk_normalizer *nz);

/* Probability, and its natural logarithm, of a logit z. */
double tk_prob(const struct tk_normalizer *nz, float z);
double tk_logprob(const struct tk_normalizer *nz, float z);

/* ---- partial results: threads, processes, hosts ---- */

/*
 * blocks[n / TK_BLOCK_ROWS, rounded up] = the sums of keys[n], of which
 * keys[0] is row 'first', for T as in tk_normalize().  TK_E_ARGUMENT if
 * 'first' is no multiple of TK_BLOCK_ROWS; n must be one as well, unless the
 * rows end there.  Cost: an exponential a key.  (spec/compute.md 4.3)
 */
enum tk_status tk_block_sums(struct tk_block *blocks,
			     const struct tk_model *m, const float *keys,
			     uint64_t first, size_t n, double temperature,
			     struct tk_error *err);

/*
 * Joins partial results (spec/compute.md 4.4).  'joined' has the lists of all
 * parts one behind the other, the parts in any order; each part's 'best' are
 * tk_top_k() of its own rows, with this k or a larger one.  Both lists are
 * sorted in place and 'best' is cut to k; '*nz' becomes what tk_normalize()
 * gives for all keys at once: the same bits, however the rows were split.
 * Nothing of the model is needed, and nothing but the lists is looked at.
 *
 * T = 0, or no wish for probabilities: n_blocks = 0, and '*nz' means nothing.
 * TK_E_VALUE if the blocks are not 0 to n_blocks - 1, each once, if an id is
 * there twice, or if a key is NaN; the lists may be sorted by then.
 * Cost: O(n_blocks + n_best log n_best).
 */
enum tk_status tk_merge(struct tk_normalizer *nz, struct tk_partial *joined,
			size_t k, double temperature, struct tk_error *err);

/* ---- sampling (spec/compute.md 5) ---- */

/* The same seed gives the same numbers everywhere; not for secrets. */
void tk_rng_seed(struct tk_rng *rng, uint64_t seed);

/* The next 64 random bits. */
uint64_t tk_rng_next(struct tk_rng *rng);

/*
 * The candidates that the cuts leave of keys[n], keys[0] being row 0, best
 * first: top-k, then top-p of what is left, then min-p.  Returns how many: at
 * least one, unless all keys are -Inf.  'out' has room for n candidates, or
 * for top_k if that is less and not 0.  '*nz' is for all keys.
 * Cost: sorting n keys if top_k is 0, else as tk_top_k().
 */
size_t tk_cut(struct tk_candidate *out, const struct tk_model *m,
	      const float *keys, size_t n, const struct tk_normalizer *nz,
	      const struct tk_cuts *cuts);

/*
 * Draws the next token by its probability among those the cuts leave; takes
 * one number of '*rng'.  TK_NO_ID if all keys are -Inf.  'scratch' is as
 * 'out' of tk_cut(), and may be NULL if there are no cuts: then every token
 * can come, at the cost of two exponentials a key and no sorting.
 */
uint32_t tk_sample(struct tk_rng *rng, struct tk_candidate *scratch,
		   const struct tk_model *m, const float *keys, size_t n,
		   const struct tk_normalizer *nz, const struct tk_cuts *cuts);

/*
 * exp(x) for x <= 0 and tanh(x), the library's own: the same bits everywhere.
 * Relative error below 2e-16 and 4e-15 (spec/compute.md 4).  exp is 0 from
 * -708 down, and for NaN.
 */
double tk_exp(double x);
double tk_tanh(double x);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_COMPUTE_H */
