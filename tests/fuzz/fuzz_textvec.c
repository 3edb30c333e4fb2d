/* SPDX-License-Identifier: MIT */
/*
 * fuzz_textvec.c - any bytes as GloVe, word2vec and fastText text
 */
#include <string.h>

#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_INPUT, &reader_text, data, size);
	return 0;
}

#define SEED(text) {text, sizeof(text) - 1}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const struct {
		const char *bytes;
		size_t size;
	} seeds[] = {
		SEED("the 1 2.5 -3e-4\ncat 4 5 6\n"),
		SEED("2 3\nthe 1 2 3\n</s> 4 5 6\n"),
		SEED("a b 1 2\n\xc3\xa9 0x1p3 nan\n"),
		SEED("x 1e400 -0\r\ny 1 2\r\n"),
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = seeds[i].size;
	return fuzz_copy(seeds[i].bytes, *size);
}
