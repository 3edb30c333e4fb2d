/* SPDX-License-Identifier: MIT */
/*
 * fuzz_npy.c - any bytes as a .npy matrix with its words
 */
#include <string.h>

#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_MATRIX, &reader_npy, data, size);
	return 0;
}

#define SEED(text) {text, sizeof(text) - 1}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const struct {
		const char *bytes;
		size_t size;
	} seeds[] = {
		SEED("\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': "
		     "False, 'shape': (2, 2), }                           "
		     "                               \n"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = seeds[i].size;
	return fuzz_copy(seeds[i].bytes, *size);
}
