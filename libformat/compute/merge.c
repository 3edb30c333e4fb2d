/* SPDX-License-Identifier: MIT */
/*
 * merge.c - sums of exponentials by block, and partial results joined
 *
 * f64 addition is not associative.  A list of sums a block, added in the
 * order of the blocks, gives the same bits whoever made them: one sum a
 * thread or host would not (spec/compute.md 4.3, 4.4).
 */
#include <math.h>

#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/expsum.h"
#include "compute/kernels/kernels.h"
#include "compute/topk.h"

#define LANES 8

/* out[n] = z / T of each key.  Without a soft cap compilers use vectors. */
static void scale_keys(double *out, const struct tk_hparams *hp,
		       const float *keys, size_t n, double temperature)
{
	const float scale = hp->logit_scale;

	if (hp->logit_softcap > 0) {
		for (size_t i = 0; i < n; i++)
			out[i] = (double)tk_logit_raw(hp, keys[i]) /
				 temperature;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		double z = (double)(keys[i] * scale);

		out[i] = (keys[i] == -INFINITY ? -INFINITY : z) / temperature;
	}
}

static double largest_of(const double *x, size_t n)
{
	double best[LANES];
	size_t i = 0;

	for (size_t j = 0; j < LANES; j++)
		best[j] = -INFINITY;
	for (; n - i >= LANES; i += LANES)
		for (size_t j = 0; j < LANES; j++)
			best[j] = x[i + j] > best[j] ? x[i + j] : best[j];
	for (; i < n; i++)
		best[0] = x[i] > best[0] ? x[i] : best[0];
	for (size_t j = 1; j < LANES; j++)
		best[0] = best[j] > best[0] ? best[j] : best[0];
	return best[0];
}

/* The sums of keys[n], n <= TK_BLOCK_ROWS. */
static struct tk_block sum_block(const struct tk_kernel *kernel,
				 const struct tk_hparams *hp, uint64_t index,
				 const float *keys, size_t n,
				 double temperature)
{
	struct tk_block b = {.index = index};
	double lanes[LANES] = {0};
	double scaled[TK_BLOCK_ROWS];

	scale_keys(scaled, hp, keys, n, temperature);
	b.max = largest_of(scaled, n);
	if (b.max == -INFINITY)
		return b;
	kernel->exp_sum(lanes, scaled, n, b.max);
	for (size_t half = LANES / 2; half; half /= 2)
		for (size_t j = 0; j < half; j++)
			lanes[j] += lanes[j + half];
	b.sum = lanes[0];
	return b;
}

/* Adds the next block; nz->max is that of all blocks. */
static void add_block(struct tk_normalizer *nz, const struct tk_block *b)
{
	if (b->max > -INFINITY)
		nz->sum += b->sum * tk_exp_raw(b->max - nz->max);
}

enum tk_status tk_block_sums(struct tk_block *blocks,
			     const struct tk_model *m, const float *keys,
			     uint64_t first, size_t n, double temperature,
			     struct tk_error *err)
{
	const struct tk_kernel *kernel = tk_kernel_choose();
	struct tk_hparams hp = tk_model_hparams(m);
	uint64_t index = first / TK_BLOCK_ROWS;
	tk_fpenv env;

	if (first % TK_BLOCK_ROWS)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "rows are cut at multiples of %d, not at %llu",
			       TK_BLOCK_ROWS, (unsigned long long)first);
	env = tk_fpenv_set();
	TK_FPENV_HOLD(temperature);
	while (n) {
		size_t len = n < TK_BLOCK_ROWS ? n : TK_BLOCK_ROWS;

		*blocks++ = sum_block(kernel, &hp, index++, keys, len,
				      temperature);
		keys += len;
		n -= len;
	}
	tk_fpenv_restore(env);
	return TK_OK;
}

/*
 * The blocks' maxima are needed before their sums can be added, and the sums
 * in rising order.  There is no room for a list of them here, so the first
 * pass only looks for the largest key: logits rise with keys, and so does
 * z / T.
 */
static double largest(const struct tk_hparams *hp, const float *keys, size_t n,
		      double temperature)
{
	float best = -INFINITY;

	for (size_t i = 0; i < n; i++)
		if (keys[i] > best)
			best = keys[i];
	return (double)tk_logit_raw(hp, best) / temperature;
}

struct tk_normalizer tk_normalize(const struct tk_model *m, const float *keys,
				   size_t n, double temperature)
{
	const struct tk_kernel *kernel = tk_kernel_choose();
	struct tk_hparams hp = tk_model_hparams(m);
	tk_fpenv env = tk_fpenv_set();
	struct tk_normalizer nz = {.temperature = temperature};

	TK_FPENV_HOLD(temperature);
	nz.max = largest(&hp, keys, n, temperature);
	for (size_t i = 0; i < n; i += TK_BLOCK_ROWS) {
		size_t len = n - i < TK_BLOCK_ROWS ? n - i : TK_BLOCK_ROWS;
		struct tk_block b = sum_block(kernel, &hp, i / TK_BLOCK_ROWS,
					      keys + i, len, temperature);

		add_block(&nz, &b);
	}
	TK_FPENV_HOLD(nz);
	tk_fpenv_restore(env);
	return nz;
}

/* ---- merging ---- */

/*
 * Sorts blocks that must be 0 to n - 1: each swap brings one to its place,
 * so there are fewer than n.
 */
static enum tk_status sort_blocks(struct tk_block *blocks, size_t n,
				  struct tk_error *err)
{
	for (size_t i = 0; i < n; i++) {
		while (blocks[i].index != i) {
			struct tk_block b = blocks[i];

			if (b.index >= n)
				return tk_fail(
					err, TK_E_VALUE, TK_NO_OFFSET,
					"block %llu of %zu blocks: one before "
					"it is missing",
					(unsigned long long)b.index, n);
			if (blocks[b.index].index == b.index)
				return tk_fail(
					err, TK_E_VALUE, TK_NO_OFFSET,
					"block %llu is there twice",
					(unsigned long long)b.index);
			blocks[i] = blocks[b.index];
			blocks[b.index] = b;
		}
	}
	return TK_OK;
}

static enum tk_status sort_best(struct tk_partial *p, size_t k,
				struct tk_error *err)
{
	for (size_t i = 0; i < p->n_best; i++)
		if (isnan(p->best[i].key))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "the key of id %lu is not a number",
				       (unsigned long)p->best[i].id);
	tk_sort_candidates(p->best, p->n_best);
	for (size_t i = 1; i < p->n_best; i++)
		if (!tk_is_better(p->best[i - 1], p->best[i]))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "id %lu is there twice",
				       (unsigned long)p->best[i].id);
	if (p->n_best > k)
		p->n_best = k;
	return TK_OK;
}

enum tk_status tk_merge(struct tk_normalizer *nz, struct tk_partial *joined,
			size_t k, double temperature, struct tk_error *err)
{
	enum tk_status status =
		sort_blocks(joined->blocks, joined->n_blocks, err);
	tk_fpenv env = tk_fpenv_set();

	if (!status)
		status = sort_best(joined, k, err);
	if (status) {
		tk_fpenv_restore(env);
		return status;
	}
	*nz = (struct tk_normalizer){.temperature = temperature,
				     .max = -INFINITY};
	for (size_t i = 0; i < joined->n_blocks; i++)
		if (joined->blocks[i].max > nz->max)
			nz->max = joined->blocks[i].max;
	for (size_t i = 0; i < joined->n_blocks; i++)
		add_block(nz, &joined->blocks[i]);
	tk_fpenv_restore(env);
	return TK_OK;
}
