/* SPDX-License-Identifier: MIT */
/*
 * target.h - what every fuzz target is
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Sends any bytes through a piece of the code; always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Puts the target's seed 'i', at least one, into '*size' and a buffer that the
 * caller frees; NULL after the last.
 */
uint8_t *fuzz_seed(size_t i, size_t *size);

/* libFuzzer's, if it is there: changes the bytes and returns how many. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
	__attribute__((weak));

/* May be defined by a target; 'seed' chooses what is done. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed);

/* A copy of bytes, for fuzz_seed(). */
uint8_t *fuzz_copy(const void *data, size_t size);

#endif /* FUZZ_TARGET_H */
