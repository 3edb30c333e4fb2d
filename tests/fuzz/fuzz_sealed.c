/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sealed.c - the same behind right checksums, which anybody can make
 */
#include "files.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = files_copy(data, size);
	struct asked asked = {0};

	files_seal(&im);
	ask_file(&asked, (struct tk_bytes){im.data, im.size});
	image_free(&im);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed)
{
	return files_mutate(data, size, max, seed);
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	return files_seed(i, size);
}
