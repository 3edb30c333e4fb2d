/* SPDX-License-Identifier: MIT */
/*
 * image.c - a file in memory: fields changed, seals made anew
 */
#include <xxhash.h>

#include "forge.h"
#include "test.h"

#define COUNT 0x10
#define ROOT 0x30
#define CHECKSUM 0x78
#define DIGESTS UINT32_C(0xffffffff)

static uint8_t *room_for(size_t size)
{
	uint8_t *p = aligned_alloc(64, (size / 64 + 1) * 64);

	assert_non_null(p);
	memset(p, 0, (size / 64 + 1) * 64);
	return p;
}

struct image image_copy(const struct image *im, size_t size)
{
	struct image copy = {room_for(size), size};

	memcpy(copy.data, im->data, size < im->size ? size : im->size);
	return copy;
}

struct image image_of_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct image im;
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size > 0);
	rewind(f);
	im.size = (size_t)size;
	im.data = room_for(im.size);
	assert_int_equal(fread(im.data, 1, im.size, f), im.size);
	fclose(f);
	return im;
}

void image_free(struct image *im)
{
	free(im->data);
	*im = (struct image){0};
}

struct tk_bytes image_bytes(const struct image *im)
{
	return (struct tk_bytes){im->data, im->size};
}

/* ---- fields ---- */

uint64_t image_get(const struct image *im, size_t at, size_t width)
{
	uint64_t x = 0;

	assert_true(at <= im->size && width <= im->size - at);
	for (size_t i = 0; i < width; i++)
		x |= (uint64_t)im->data[at + i] << 8 * i;
	return x;
}

void image_put(struct image *im, size_t at, size_t width, uint64_t value)
{
	assert_true(at <= im->size && width <= im->size - at);
	for (size_t i = 0; i < width; i++)
		im->data[at + i] = (uint8_t)(value >> 8 * i);
}

/* Header and entry sizes are read, for files of a later minor version. */
static size_t entry(const struct image *im, size_t i)
{
	return (size_t)(image_get(im, 0x0c, 4) + i * image_get(im, 0x14, 4));
}

size_t image_entry(const struct image *im, uint32_t kind)
{
	for (size_t i = 0; i < image_get(im, COUNT, 4); i++)
		if (image_get(im, entry(im, i), 4) == kind)
			return entry(im, i);
	fail_msg("the image has no section of kind 0x%x", kind);
	return 0;
}

size_t image_section(const struct image *im, uint32_t kind)
{
	return (size_t)image_get(im, image_entry(im, kind) + 0x30, 8);
}

/* ---- seals: spec/format.md 2 ---- */

static void put_hash(uint8_t *to, const void *data, size_t len, uint64_t seed)
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c,
				 XXH3_128bits_withSeed(data, len, seed));
	memcpy(to, c.digest, 16);
}

void image_seal_header(struct image *im)
{
	image_put(im, CHECKSUM, 8, XXH3_64bits(im->data, CHECKSUM));
}

void image_seal(struct image *im)
{
	uint64_t count = image_get(im, COUNT, 4);
	uint64_t size = image_get(im, 0x14, 4);
	uint64_t head = image_get(im, 0x0c, 4) + count * size;

	/* Otherwise there is nothing that a root could be of. */
	if (count <= 256 && size <= 65536 && head <= im->size && head >= 128) {
		uint8_t *copy = malloc((size_t)head);

		assert_non_null(copy);
		memcpy(copy, im->data, (size_t)head);
		memset(copy + ROOT, 0, 32);
		memset(copy + CHECKSUM, 0, 8);
		put_hash(im->data + ROOT, copy, (size_t)head,
			 UINT64_C(0x8000000000000002));
		free(copy);
	}
	image_seal_header(im);
}

void image_seal_all(struct image *im)
{
	uint8_t *leaf = im->data + image_section(im, DIGESTS);

	for (size_t i = 0; i < image_get(im, COUNT, 4); i++) {
		size_t e = entry(im, i);
		size_t at = (size_t)image_get(im, e + 0x30, 8);
		size_t size = (size_t)image_get(im, e + 0x40, 8);
		uint8_t *first = leaf;
		size_t done = 0;

		if (image_get(im, e, 4) == DIGESTS)
			continue;
		for (; done < size; leaf += 16) {
			size_t n = size - done < 65536 ? size - done : 65536;

			put_hash(leaf, im->data + at + done, n, done / 65536);
			done += n;
		}
		put_hash(im->data + e + 0x70, first, (size_t)(leaf - first),
			 UINT64_C(0x8000000000000001));
	}
	image_seal(im);
}
