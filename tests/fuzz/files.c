/* SPDX-License-Identifier: MIT */
/*
 * files.c - .tk files as inputs and seeds
 */
#include "files.h"

#include <stdlib.h>
#include <string.h>

#include "archived.h"
#include "target.h"

struct image files_copy(const uint8_t *data, size_t size)
{
	struct image im = {aligned_alloc(64, (size / 64 + 1) * 64), size};

	if (!im.data)
		abort();
	memcpy(im.data, data, size);
	return im;
}

void files_seal(struct image *im)
{
	uint64_t table;

	if (im->size < 128)
		return;
	table = image_get(im, 0x10, 4) * image_get(im, 0x14, 4);
	if (image_get(im, 0x0c, 4) != 128 || image_get(im, 0x14, 4) != 192 ||
	    table > im->size - 128)
		image_seal_header(im);
	else
		image_seal(im);
}

static struct image without_matrices(void)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp.d_model = 20;
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static struct image archive(void)
{
	struct image whole = forge_whole();
	struct image im = archived_image(&whole);

	image_free(&whole);
	return im;
}

struct image files_selftest(void)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	forge_fill(&f);
	forge_selftest(&f);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static struct image with_sketch(void)
{
	struct rng r = {5};
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp.tied = true;
	f.with_sketch = true;
	forge_random(&f, TK_KIND_W_E, TK_F32, 6, 70, &r);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

uint8_t *files_seed(size_t i, size_t *size)
{
	struct image (*const make[])(void) = {
		forge_whole,
		archive,
		without_matrices,
		with_sketch,
		files_selftest,
	};
	struct image im;
	uint8_t *seed;

	if (i >= sizeof(make) / sizeof(make[0]))
		return NULL;
	im = make[i]();
	*size = im.size;
	seed = fuzz_copy(im.data, im.size);
	image_free(&im);
	return seed;
}
