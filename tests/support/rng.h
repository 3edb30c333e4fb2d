/* SPDX-License-Identifier: MIT */
/*
 * rng.h - the same random numbers in every run (splitmix64, Steele et al.)
 */
#ifndef RNG_H
#define RNG_H

#include <stdint.h>
#include <string.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_u64(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 ... n - 1; the bias does not matter here. */
static inline uint64_t rng_below(struct rng *r, uint64_t n)
{
	return rng_u64(r) % n;
}

/* In [-1, 1), a multiple of 2^-23: exact in f32. */
static inline float rng_float(struct rng *r)
{
	return (float)((double)(rng_u64(r) >> 40) / 8388608.0 - 1.0);
}

/* Any of the 2^32 patterns. */
static inline float rng_any_float(struct rng *r)
{
	uint32_t bits = (uint32_t)rng_u64(r);
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

#endif /* RNG_H */
