/* SPDX-License-Identifier: MIT */
/*
 * fuzz_gguf.c - any bytes as a GGUF file
 */
#include <stdlib.h>

#include "gguf_image.h"
#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_INPUT, &reader_gguf, data, size);
	return 0;
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	struct gguf_image img;
	uint8_t *file;

	if (i > 1)
		return NULL;
	image_init(&img);
	img.version = i ? 2 : 3;
	file = image_build(&img, size);
	gguf_image_free(&img);
	return file;
}
