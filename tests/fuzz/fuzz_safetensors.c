/* SPDX-License-Identifier: MIT */
/*
 * fuzz_safetensors.c - any bytes as a safetensors file, with a word list
 */
#include <stdlib.h>

#include "modelfiles.h"
#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_TENSORS, &reader_safetensors, data, size);
	return 0;
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const struct made_tensor tensors[] = {
		{"wte.weight", "F32", 5, 4, NULL},
		{"lm_head.weight", "BF16", 5, 4, NULL},
		{"ln_f.weight", "F16", 4, 0, NULL},
		{NULL, NULL, 0, 0, NULL},
	};

	return i ? NULL : made_image(tensors, size);
}
