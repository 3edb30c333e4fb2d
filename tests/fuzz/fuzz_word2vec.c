/* SPDX-License-Identifier: MIT */
/*
 * fuzz_word2vec.c - any bytes as word2vec's binary form
 */
#include <string.h>

#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_INPUT, &reader_word2vec, data, size);
	return 0;
}

#define SEED(text) {text, sizeof(text) - 1}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const struct {
		const char *bytes;
		size_t size;
	} seeds[] = {
		SEED("2 2\n</s> \x20\x0a\x20\x40\x0a\x0a\x0a\x3f"
		     "b \0\0\x80\x3f    "),
		SEED("1 1\nx \0\0\0\0\n"),
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = seeds[i].size;
	return fuzz_copy(seeds[i].bytes, *size);
}
