/* SPDX-License-Identifier: MIT */
/*
 * test_verify.c - full verification, rows R70 and R71 of spec/format.md 8.4,
 * and the identities of a file
 */
#include <xxhash.h>

#include "forge.h"
#include "test.h"

static struct tk_error err;

/* Bytes of three chunks, two of them full, and of one chunk and a bit. */
#define LONG_SIZE (2 * 65536 + 100)
#define SHORT_SIZE 65537

static struct image chunked(void)
{
	uint8_t *data = calloc(1, LONG_SIZE);
	struct image im;
	struct forge f;

	assert_non_null(data);
	for (size_t i = 0; i < LONG_SIZE; i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	forge_start(&f);
	forge_free_bytes(&f, "a.long", 0,
			 (struct tk_bytes){data, LONG_SIZE});
	forge_free_bytes(&f, "a.short", 0,
			 (struct tk_bytes){data, SHORT_SIZE});
	free(data);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

/* The status of each section in turn must be that. */
static void expect_verify(const struct image *im, size_t bad,
			  enum tk_status status, uint64_t offset)
{
	struct tk_container *c;

	assert_ok(tk_container_open_bytes(&c, image_bytes(im), &err), err);
	for (size_t i = 0; i < tk_container_count(c); i++) {
		enum tk_status is = tk_container_verify(c, i, &err);

		if (is != (i == bad ? status : TK_OK))
			fail_msg("section %zu: %s", i, tk_status_text(is));
		if (is)
			assert_int_equal(err.offset, offset);
	}
	tk_container_close(c);
}

static size_t index_of(const struct image *im, uint32_t kind)
{
	return (image_entry(im, kind) - 128) / 192;
}

/* R70: the offset is that of the chunk that has the byte. */
static void test_chunks(void **state)
{
	static const size_t bytes[] = {0, 65535, 65536, 131071, 131072,
				       LONG_SIZE - 1};
	struct image im = chunked();
	size_t at = image_section(&im, TK_KIND_FREE);
	size_t i = index_of(&im, TK_KIND_FREE);

	(void)state;
	assert_int_equal(at % 65536, 0);
	expect_verify(&im, SIZE_MAX, TK_OK, 0);
	for (size_t j = 0; j < LEN(bytes); j++) {
		im.data[at + bytes[j]] ^= 4;
		expect_verify(&im, i, TK_E_CHECKSUM,
			      at + bytes[j] / 65536 * 65536);
		im.data[at + bytes[j]] ^= 4;
	}
	image_free(&im);
}

/* D and root for leaves as they lie. */
static void seal_leaves(struct image *im, size_t e, size_t leaves, size_t n)
{
	XXH128_canonical_t h;

	XXH128_canonicalFromHash(
		&h, XXH3_128bits_withSeed(im->data + leaves, 16 * n,
					  UINT64_C(0x8000000000000001)));
	memcpy(im->data + e + 0x70, h.digest, 16);
	image_seal(im);
}

/* Two chunks change places, and their leaves too: a leaf has a number. */
static void test_swapped_chunks(void **state)
{
	static uint8_t chunk[65536];
	struct image im = chunked();
	size_t e = image_entry(&im, TK_KIND_FREE);
	uint8_t *at = im.data + image_section(&im, TK_KIND_FREE);
	size_t leaves = image_section(&im, TK_KIND_DIGESTS) +
			16 * (size_t)image_get(&im, e + 0x60, 8);
	uint8_t *leaf = im.data + leaves;

	(void)state;
	memcpy(chunk, at, 65536);
	memcpy(at, at + 65536, 65536);
	memcpy(at + 65536, chunk, 65536);
	memcpy(chunk, leaf, 16);
	memcpy(leaf, leaf + 16, 16);
	memcpy(leaf + 16, chunk, 16);
	seal_leaves(&im, e, leaves, 3);
	expect_verify(&im, index_of(&im, TK_KIND_FREE), TK_E_CHECKSUM,
		      (uint64_t)(at - im.data));
	image_free(&im);
}

/* R70: a leaf that is damaged is found with its section and with digests. */
static void test_leaves(void **state)
{
	struct image im = chunked();
	size_t leaves = image_section(&im, TK_KIND_DIGESTS);
	struct tk_container *c;
	size_t n, i;

	(void)state;
	im.data[leaves + 16 * 2 + 5] ^= 1; /* hparams, vocab, vocab-index */
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	n = tk_container_count(c);
	i = tk_container_find(c, TK_KIND_VOCAB_INDEX);
	assert_int_equal(i, 2);
	for (size_t j = 0; j < n; j++) {
		bool bad = j == 2 || j == n - 1;

		assert_status(tk_container_verify(c, j, &err),
			      bad ? TK_E_CHECKSUM : TK_OK);
		if (bad)
			assert_int_equal(err.offset, leaves + 16 * 2);
	}
	tk_container_close(c);
	image_free(&im);
}

/* R71: each byte of padding belongs to the section behind it. */
static void test_padding(void **state)
{
	struct image im = chunked();
	size_t n = (size_t)image_get(&im, 0x10, 4), pads = 0;
	size_t end = 128 + 192 * n;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		size_t e = 128 + 192 * i;
		size_t start = (size_t)image_get(&im, e + 0x30, 8);

		if (end < start) {
			im.data[start - 1] = 1;
			expect_verify(&im, i, TK_E_RESERVED, start - 1);
			im.data[end] = 0x80;
			expect_verify(&im, i, TK_E_RESERVED, end);
			im.data[start - 1] = im.data[end] = 0;
			pads++;
		}
		end = start + (size_t)image_get(&im, e + 0x38, 8);
	}
	assert_true(pads >= 3);
	image_free(&im);
}

/* D in the table, sealed: the leaf list is not that of the table. */
static void test_digest_of_table(void **state)
{
	struct image im = chunked();
	size_t e = image_entry(&im, TK_KIND_VOCAB);
	struct tk_container *c;

	(void)state;
	im.data[e + 0x70] ^= 1;
	image_seal(&im);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_status(tk_container_verify(c, 1, &err), TK_E_CHECKSUM);
	assert_status(tk_container_verify(c, 0, &err), TK_OK);
	tk_container_close(c);
	image_free(&im);
}

/* ---- identities ---- */

static struct tk_file_info info_of(const struct image *im)
{
	struct tk_container *c;
	struct tk_file_info info;

	assert_ok(tk_container_open_bytes(&c, image_bytes(im), &err), err);
	info = tk_container_info(c);
	tk_container_close(c);
	return info;
}

/* The formula of spec/format.md 2, by hand. */
static void content_of(uint8_t out[16], const struct image *im)
{
	uint8_t entries[24 * 192], *to = entries;
	XXH128_canonical_t h;

	for (size_t i = 0; i < image_get(im, 0x10, 4); i++) {
		const uint8_t *e = im->data + 128 + 192 * i;

		if ((e[4] & 6) || image_get(im, 128 + 192 * i, 4) ==
					  TK_KIND_DIGESTS)
			continue;
		memcpy(to, e, 192);
		memset(to + 4, 0, 6);	    /* flags, codec */
		memset(to + 0x30, 0, 16);   /* offset, stored_size */
		memset(to + 0x60, 0, 8);    /* first_leaf */
		memset(to + 0x90, 0, 32);   /* stored_digest */
		to += 192;
	}
	XXH128_canonicalFromHash(
		&h, XXH3_128bits_withSeed(entries, (size_t)(to - entries),
					  UINT64_C(0x8000000000000003)));
	memcpy(out, h.digest, 16);
}

static void test_content(void **state)
{
	struct image im = forge_whole(), other;
	struct tk_file_info a = info_of(&im), b;
	uint8_t by_hand[16];
	struct forge f;

	(void)state;
	content_of(by_hand, &im);
	assert_memory_equal(a.content.b, by_hand, 16);
	assert_memory_equal(a.file.b, im.data + 0x30, 16);
	/* Without the note: another file, the same content. */
	forge_start(&f);
	forge_fill(&f);
	assert_int_equal(f.items[0].spec.kind, TK_KIND_NOTE);
	free(f.items[0].data);
	memmove(f.items, f.items + 1, --f.n * sizeof(f.items[0]));
	other = forge_image(&f);
	b = info_of(&other);
	assert_memory_equal(a.content.b, b.content.b, 16);
	assert_memory_not_equal(a.file.b, b.file.b, 16);
	image_free(&other);
	/* Another byte in a free section: neither. */
	f.items[f.n - 1].data[0] ^= 1;
	other = forge_image(&f);
	b = info_of(&other);
	assert_memory_not_equal(a.content.b, b.content.b, 16);
	image_free(&other);
	forge_end(&f);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_swapped_chunks),
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_digest_of_table),
		cmocka_unit_test(test_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
