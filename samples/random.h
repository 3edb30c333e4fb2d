/* SPDX-License-Identifier: MIT */
/*
 * random.h - splitmix64 (Steele, Lea, Flood 2014)
 *
 * The state is any number; a few lines, and the same numbers everywhere.
 */
#ifndef SAMPLES_RANDOM_H
#define SAMPLES_RANDOM_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number below n, for 0 < n <= 2^32. */
static inline size_t random_below(uint64_t *state, size_t n)
{
	return (size_t)((random_next(state) >> 32) * n >> 32);
}

/* A number from -1 to 1. */
static inline float random_float(uint64_t *state)
{
	return (float)(random_next(state) >> 40) * 0x1p-23f - 1.0f;
}

#endif /* SAMPLES_RANDOM_H */
