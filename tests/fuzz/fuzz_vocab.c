/* SPDX-License-Identifier: MIT */
/*
 * fuzz_vocab.c - any bytes as a word list, vocab.json or tokenizer.json
 */
#include <string.h>

#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_VOCAB, &reader_npy, data, size);
	return 0;
}

#define SEED(text) {text, sizeof(text) - 1}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const struct {
		const char *bytes;
		size_t size;
	} seeds[] = {
		SEED("the\ncat\n\nsat\nmat\n"),
		SEED("{\"a\": 0, \"\\u0120b\": 1, \"c\": 2, "
		     "\"d\": 3, \"e\": 4}"),
		SEED("{\"added_tokens\": [{\"id\": 4, \"content\": \"<e>\", "
		     "\"special\": true}], \"decoder\": {\"type\": "
		     "\"ByteLevel\"}, \"model\": {\"type\": \"BPE\", "
		     "\"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2, \"c\": 3}, "
		     "\"merges\": [\"a b\"]}}"),
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = seeds[i].size;
	return fuzz_copy(seeds[i].bytes, *size);
}
