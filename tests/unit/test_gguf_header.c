/* SPDX-License-Identifier: MIT */
/*
 * test_gguf_header.c - GGUF files with a bad header, cut, or changed at random
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gguf_open.h"

/* ---- the header ---- */

static void bad_magic(struct gguf_image *img)
{
	img->magic[0] = 'g';
}

static void fugg(struct gguf_image *img)
{
	memcpy(img->magic, "FUGG", 4);
}

static void version_0(struct gguf_image *img)
{
	img->version = 0;
}

static void version_1(struct gguf_image *img)
{
	img->version = 1;
}

static void version_2(struct gguf_image *img)
{
	img->version = 2;
}

static void version_4(struct gguf_image *img)
{
	img->version = 4;
}

static void swapped(struct gguf_image *img)
{
	img->version = 0x03000000;
}

static void a_key_more(struct gguf_image *img)
{
	img->n_kv_added = 1;
}

static void half_a_billion_keys(struct gguf_image *img)
{
	img->n_kv_added = 500000000;
}

static void negative_keys(struct gguf_image *img)
{
	img->n_kv_added = UINT64_MAX - img->n_kv;
}

static void a_tensor_more(struct gguf_image *img)
{
	img->n_tensors_added = 1;
}

static void half_a_billion_tensors(struct gguf_image *img)
{
	img->n_tensors_added = 500000000;
}

static void negative_tensors(struct gguf_image *img)
{
	img->n_tensors_added = UINT64_C(1) << 63;
}

static void no_tensors(struct gguf_image *img)
{
	img->n_tensors = 0;
}

static void headers(void **state)
{
	static const struct gguf_change changes[] = {
		{"magic", bad_magic, "starts with \"gGUF\""},
		{"FUGG", fugg, "a big-endian GGUF"},
		{"version 0", version_0, "GGUF version 0; only 2 and 3"},
		{"version 1", version_1, "GGUF version 1, of 2023"},
		{"version 2", version_2, NULL},
		{"version 4", version_4, "GGUF version 4; only 2 and 3"},
		{"version 3, swapped", swapped, "a big-endian GGUF"},
		/* The first tensor is then read as a key. */
		{"a key more", a_key_more, "in a tensor's name"},
		{"5e8 keys", half_a_billion_keys, "500000010 keys"},
		{"-1 keys", negative_keys, "18446744073709551615 keys"},
		{"a tensor more", a_tensor_more, "tensor"},
		{"5e8 tensors", half_a_billion_tensors, "500000005 tensors"},
		{"2^63 tensors", negative_tensors,
		 "9223372036854775813 tensors"},
		{"no tensors", no_tensors, "--vocab-only"},
	};

	(void)state;
	GGUF_CHECK(changes);
}

/* ---- cut and changed ---- */

static void every_cut(void **state)
{
	struct gguf_image img;
	struct source s;
	uint8_t *bytes;
	size_t len;

	(void)state;
	image_init(&img);
	bytes = image_build(&img, &len);
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(gguf_open_bytes(&s, bytes, cut, NULL), -1);
		assert_int_not_equal(s.message[0], 0);
		source_free(&s);
	}
	assert_int_equal(gguf_open_bytes(&s, bytes, len, NULL), 0);
	source_free(&s);
	free(bytes);
	gguf_image_free(&img);
}

/* Either answer will do; sanitizers watch. */
static void changed_bytes(void **state)
{
	struct gguf_image img;
	uint64_t seed = 1;
	uint8_t *bytes;
	size_t len;

	(void)state;
	image_init(&img);
	bytes = image_build(&img, &len);
	for (int i = 0; i < 3000; i++) {
		struct source s;
		uint8_t old;
		size_t at;

		seed = seed * UINT64_C(6364136223846793005) + 1;
		at = (size_t)(seed >> 33) % len;
		old = bytes[at];
		bytes[at] = (uint8_t)(i & 1 ? old ^ 1U << (seed >> 61)
					    : seed >> 40);
		if (gguf_open_bytes(&s, bytes, len, NULL))
			assert_int_not_equal(s.message[0], 0);
		else
			assert_non_null(s.w_e.read);
		source_free(&s);
		bytes[at] = old;
	}
	free(bytes);
	gguf_image_free(&img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(changed_bytes),
	};

	return cmocka_run_group_tests(tests, gguf_directory_make,
				      gguf_directory_remove);
}
