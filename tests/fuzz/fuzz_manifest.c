/* SPDX-License-Identifier: MIT */
/*
 * fuzz_manifest.c - any bytes as a manifest
 */
#include <string.h>

#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_INPUT, &reader_manifest, data, size);
	return 0;
}

#define SEED(text) {text, sizeof(text) - 1}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const struct {
		const char *bytes;
		size_t size;
	} seeds[] = {
		SEED("tk-manifest 1\nhparam n_ctx 4\ntoken \"a\"\n"
		     "token \"\\x00b\" control\nspecial eos 1\n"
		     "matrix w_e f32 2 2\n1 2\n3 4\n"
		     "matrix w_u f16 2 2\n1 0.125\n3 4\nend\n"),
		SEED("tk-manifest 1\n# tied\nhparam tied true\n"
		     "token \"\\\"\\n\" 1.5\ntoken \"\" user -2\n"
		     "matrix w_e q8 2 1\n-1e3\n.125\n"
		     "matrix b_u bf16 1 2\n0 1\nend"),
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = seeds[i].size;
	return fuzz_copy(seeds[i].bytes, *size);
}
