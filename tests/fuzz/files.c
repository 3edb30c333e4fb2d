/* SPDX-License-Identifier: MIT */
/*
 * files.c - .tk files as inputs and seeds
 */
#include "files.h"

#include <stdlib.h>
#include <string.h>

#include "archived.h"
#include "base/checked.h"
#include "container/kinds.h"
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

/* ---- sections of another size ---- */

static bool can_be_laid_out(const struct image *im)
{
	return im->size >= 128 && image_get(im, 0x0c, 4) == 128 &&
	       image_get(im, 0x14, 4) == 192 && image_get(im, 0x10, 4) >= 2 &&
	       image_get(im, 0x10, 4) <= (im->size - 128) / 192 &&
	       !image_get(im, 0x18, 8);
}

/* Whole rows, if there are any. */
static uint64_t another_size(uint64_t size, uint64_t stride, struct rng *r)
{
	uint64_t n = stride ? size / stride : size;

	switch (rng_below(r, 4)) {
	case 0:
		n += 1 + rng_below(r, 8);
		break;
	case 1:
		n -= 1 + rng_below(r, 8);
		break;
	default:
		n = 1 + rng_below(r, 2 * n + 1);
	}
	return stride ? n * stride : n;
}

/* Entry and bytes of a section, 'len' of them, at the next place. */
static bool lay_out(struct image *to, const struct image *from, size_t e,
		    uint64_t len, uint64_t *end, uint64_t leaf)
{
	uint64_t at = image_get(from, e + 0x30, 8);
	uint64_t old = image_get(from, e + 0x38, 8);
	uint64_t stride = image_get(from, e + 0x58, 8);
	uint64_t start;

	if (!len || !tk_inside(at, old, from->size) ||
	    !tk_round_up(&start, *end, tk_section_alignment(len, false)) ||
	    !tk_inside(start, len, to->size))
		return false;
	memcpy(to->data + start, from->data + at,
	       (size_t)(old < len ? old : len));
	image_put(to, e + 0x30, 8, start);
	image_put(to, e + 0x38, 8, len);
	image_put(to, e + 0x40, 8, len);
	if (stride)
		image_put(to, e + 0x48, 8, len / stride);
	image_put(to, e + 0x60, 8, leaf);
	*end = start + len;
	return true;
}

/* False if it cannot be done. */
static bool resize(struct image *to, const struct image *from, struct rng *r)
{
	size_t n = (size_t)image_get(from, 0x10, 4), which;
	uint64_t end = 128 + 192 * (uint64_t)n, leaves = 0, len;

	which = (size_t)rng_below(r, n - 1);
	memcpy(to->data, from->data, (size_t)end);
	for (size_t i = 0; i < n - 1; i++) {
		size_t e = 128 + 192 * i;

		len = image_get(from, e + 0x38, 8);
		if (i == which)
			len = another_size(len, image_get(from, e + 0x58, 8),
					   r);
		if (!lay_out(to, from, e, len, &end, leaves))
			return false;
		leaves += (len + 65535) / 65536;
	}
	if (!lay_out(to, from, 128 + 192 * (n - 1), 16 * leaves, &end, 0))
		return false;
	image_put(to, 0x20, 8, end);
	to->size = (size_t)end;
	return true;
}

size_t files_mutate(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	struct image from = files_copy(data, size), to;
	struct rng r = {seed};
	bool good = false;

	if (!rng_below(&r, 4) && can_be_laid_out(&from) && size <= max) {
		to = image_copy(&from, max);
		good = resize(&to, &from, &r);
		if (good)
			memcpy(data, to.data, size = to.size);
		image_free(&to);
	}
	image_free(&from);
	return good ? size : LLVMFuzzerMutate(data, size, max);
}
