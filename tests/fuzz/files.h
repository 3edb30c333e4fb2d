/* SPDX-License-Identifier: MIT */
/*
 * files.h - .tk files as inputs and seeds
 */
#ifndef FUZZ_FILES_H
#define FUZZ_FILES_H

#include "ask.h"
#include "forge.h"

/*
 * A small model with everything, one with a sketch, one with a self-test, an
 * archive, one without matrices: seeds of all targets that take a file.
 */
uint8_t *files_seed(size_t i, size_t *size);

/* A model with a self-test; image_free() ends it. */
struct image files_selftest(void);

/* A copy at a multiple of 64; image_free() ends it. */
struct image files_copy(const uint8_t *data, size_t size);

/* Root and header checksum, if the header can be followed so far. */
void files_seal(struct image *im);

/*
 * For LLVMFuzzerCustomMutator(): libFuzzer's own mutations, and sections of
 * another size, with all that follows laid out anew.
 */
size_t files_mutate(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif /* FUZZ_FILES_H */
