/* SPDX-License-Identifier: MIT */
/*
 * triples.h - the largest key of some rows, in vectors: spec/compute.md 7.2
 *
 * Included by each kernel after vectorrows.h, with
 *
 *     vec vec_max(vec x, vec y)               y if x is none
 */
#ifndef TK_TRIPLES_H
#define TK_TRIPLES_H

/* Vectors of keys at a time, so that none waits for the one before. */
#define CHAINS 4

INLINE vec keys_at(bool is_product, const float *a, const float *b,
		   const float *c)
{
	const vec x = vec_load(a), y = vec_load(b), z = vec_load(c);

	if (is_product)
		return y * z / (x + vec_splat(TK_3COSMUL_EPS));
	return y - x + z;
}

INLINE float largest_of(bool is_product, const float *a, const float *b,
			const float *c, size_t n)
{
	const enum tk_analogy_rule rule =
		is_product ? TK_3COSMUL : TK_3COSADD;
	float best = -INFINITY, lanes[WIDTH];
	vec max[CHAINS];
	size_t i = 0;

	for (size_t k = 0; k < CHAINS; k++)
		max[k] = vec_splat(best);
	for (; n - i >= CHAINS * WIDTH; i += CHAINS * WIDTH)
#pragma GCC unroll 8
		for (size_t k = 0; k < CHAINS; k++) {
			const size_t j = i + k * WIDTH;

			max[k] = vec_max(keys_at(is_product, a + j, b + j,
						 c + j),
					 max[k]);
		}
	for (; n - i >= WIDTH; i += WIDTH)
		max[0] = vec_max(keys_at(is_product, a + i, b + i, c + i),
				 max[0]);
	vec_store(lanes, vec_max(vec_max(max[0], max[1]),
				 vec_max(max[2], max[3])));
	for (size_t k = 0; k < WIDTH; k++)
		best = lanes[k] > best ? lanes[k] : best;
	for (; i < n; i++) {
		const float key = tk_analogy_key(rule, a[i], b[i], c[i]);

		best = key > best ? key : best;
	}
	return best;
}

TARGET static float largest(enum tk_analogy_rule rule, const float *a,
			    const float *b, const float *c, size_t n)
{
	return rule == TK_3COSMUL ? largest_of(true, a, b, c, n)
				  : largest_of(false, a, b, c, n);
}

#endif /* TK_TRIPLES_H */
