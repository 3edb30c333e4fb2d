/* SPDX-License-Identifier: MIT */
/*
 * fuzz_keyvalues.c - any bytes as a section of keys and values, and as hparams
 */
#include <stdlib.h>
#include <string.h>

#include "model/hparams.h"
#include "files.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = files_copy(data, size);
	struct tk_bytes section = {im.data, im.size}, unknown = {NULL, 0};
	struct tk_hparams hp;
	uint64_t sum = 0;
	size_t at = 0;
	struct tk_kv kv;

	/* Unchecked sections are walked too: they may change behind us. */
	while (tk_kv_next(&kv, section, &at))
		sum += kv.key.len + kv.value.len;
	tk_kv_find(&kv, section, "n_ctx");
	if (!tk_kv_check(section, NULL))
		tk_hparams_read(&hp, &unknown, section, NULL);
	image_free(&im);
	return sum == UINT64_MAX;
}

/* Sections of keys and values, out of whole files. */
uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const uint32_t kinds[] = {TK_KIND_HPARAMS, TK_KIND_NOTE,
					 TK_KIND_TOKENIZER};
	struct image im;
	uint8_t *seed;

	if (i >= sizeof(kinds) / sizeof(kinds[0]))
		return NULL;
	im = forge_whole();
	*size = (size_t)image_get(&im, image_entry(&im, kinds[i]) + 0x38, 8);
	seed = fuzz_copy(im.data + image_section(&im, kinds[i]), *size);
	image_free(&im);
	return seed;
}
