/* SPDX-License-Identifier: MIT */
/*
 * fuzz_verify.c - full verification of files whose table is believed
 */
#include "files.h"
#include "target.h"

#define MOST (UINT64_C(1) << 21) /* decoded: time is not what is looked for */

static void count(void *context, const struct tk_damage *damage)
{
	*(uint64_t *)context += damage->size;
}

static void verify(const struct tk_container *c, size_t i)
{
	struct tk_section s = tk_container_section(c, i);
	uint64_t bytes = 0, n;

	if (s.size > MOST)
		return;
	tk_container_verify(c, i, NULL);
	tk_container_locate(&n, c, i, NULL, count, &bytes, NULL);
	tk_container_verify_bytes(c, i, s.size / 2, s.size / 4, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = files_copy(data, size);
	struct tk_container *c = NULL;

	files_seal(&im);
	if (!tk_container_open_bytes(&c, (struct tk_bytes){im.data, im.size},
				     NULL))
		for (size_t i = 0; i < tk_container_count(c); i++)
			verify(c, i);
	tk_container_close(c);
	image_free(&im);
	return 0;
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	return files_seed(i, size);
}
