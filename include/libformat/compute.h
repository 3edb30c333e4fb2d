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

#pragma GCC visibility push(default)

/* ---- rows ---- */

/* out[cols] = row 'row' of 'm' widened to f32, which is exact. */
void tk_row_to_f32(float *out, struct tk_matrix m, uint64_t row);

/*
 * Packs in[cols] as one row of a file: dst[tk_row_stride(dtype, cols)],
 * padding zeroed.  f16 and bf16 round to nearest even; q8 has for each 32
 * columns the smallest f16 scale >= max|w| / 127.  TK_E_VALUE if an element
 * is finite but the result is not (f16 overflow), or is not finite in q8.
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
 * a name that is unknown, or not supported here, is as none.  The results are
 * the same bits.  The variable is read at each call, so no thread may change
 * the environment at the same time.
 */
const char *tk_kernel_name(void);

/* ---- towards the hidden vector ---- */

/*
 * x[d] = the embedding of 'id': row, scale, embed norm.  TK_E_NOT_FOUND if W_E
 * has no such row, TK_E_SECTION if the file has no W_E.
 */
enum tk_status tk_embed(float *x, const struct tk_model *m, uint64_t id,
			struct tk_error *err);

/* True if the file has a context mix (Mnih & Hinton 2007, log-bilinear). */
bool tk_has_mix(const struct tk_model *m);

/*
 * h[d] from the n ids of a context, last one last: the mix of the last
 * min(n, n_ctx, rows of mix) embeddings or, without a mix, the last embedding
 * alone.  'scratch' is another d floats.  n must not be 0.  TK_E_SHAPE if
 * W_U's columns are not W_E's.
 */
enum tk_status tk_context(float *h, float *scratch, const struct tk_model *m,
			  const uint32_t *ids, size_t n, struct tk_error *err);

/*
 * h[d] := the final norm of h, in place; unchanged if the file has none.
 * TK_E_VALUE if an element of h is not finite, naming the first.
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
 * tk_model_n_predictable().  h[d] is normed already and finite.  TK_E_VALUE
 * if a key is NaN or +Inf, naming the lowest such row; -Inf is legal: that
 * token is never predicted.  Splitting the rows among threads changes no bit.
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

/* The logit z of a key: scale, then softcap; -Inf stays -Inf. */
float tk_logit(const struct tk_model *m, float key);

/* ---- probabilities ---- */

/*
 * Fills in what probabilities over all of keys[n] need, for temperature
 * T > 0, finite.  keys[0] must be row 0.  T > 1 is smoother, T < 1 sharper.
 */
struct tk_normalizer tk_normalize(const struct tk_model *m, const float *keys,
				   size_t n, double temperature);

/* ln of the sum over all tokens of exp(z / T). */
double tk_log_normalizer(const struct tk_normalizer *nz);

/* Probability, and its natural logarithm, of a logit z. */
double tk_prob(const struct tk_normalizer *nz, float z);
double tk_logprob(const struct tk_normalizer *nz, float z);

/*
 * exp(x) for x <= 0 and tanh(x), the library's own: the same bits everywhere.
 * Relative error below 2e-16 and 4e-15 (spec/compute.md 4).
 */
double tk_exp(double x);
double tk_tanh(double x);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_COMPUTE_H */
