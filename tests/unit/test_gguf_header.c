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
#include <unistd.h>

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

static void two_hundred_tensors(struct gguf_image *img)
{
	img->n_tensors_added = 200;
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
		{"200 tensors more", two_hundred_tensors,
		 "says it has 205 tensors"},
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
	struct source_options vocab_only = {.vocab_only = true};
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
	/* The whole header is checked, also for what nobody wants. */
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(gguf_open_bytes(&s, bytes, cut, &vocab_only),
				 -1);
		source_free(&s);
	}
	free(bytes);
	gguf_image_free(&img);
}

/* ---- limits ---- */

/* A file of a header, then 'head', then zeros up to 'size'; its message. */
static void check_sparse(uint64_t n_tensors, uint64_t n_kv, const void *head,
			 size_t head_len, uint64_t size, const char *message)
{
	struct source_options opt = {.vocab_only = true};
	uint8_t *bytes = calloc(1, 24 + head_len);
	struct source s;

	assert_non_null(bytes);
	memcpy(bytes, "GGUF\3", 5);
	for (int i = 0; i < 8; i++) {
		bytes[8 + i] = (uint8_t)(n_tensors >> 8 * i);
		bytes[16 + i] = (uint8_t)(n_kv >> 8 * i);
	}
	memcpy(bytes + 24, head, head_len);
	opt.input = gguf_write("sparse.gguf", bytes, 24 + head_len);
	assert_int_equal(truncate(opt.input, (off_t)size), 0);
	source_init(&s);
	assert_int_equal(reader_gguf.open(&s, &opt), -1);
	if (!strstr(s.message, message))
		fail_msg("wrong message: %s", s.message);
	source_free(&s);
	free(bytes);
}

/* Limits that the size of the file alone does not set. */
static void limits(void **state)
{
	/* Key "x", an array of 2^30 bytes. */
	static const char bytes[] = "\1\0\0\0\0\0\0\0x\11\0\0\0"
				    "\0\0\0\0\0\0\0\100\0\0\0\0";
	/* The same as a string. */
	static const char text[] = "\1\0\0\0\0\0\0\0x\10\0\0\0"
				   "\0\0\0\100\0\0\0\0";

	(void)state;
	check_sparse(0, 65536, "", 0, 1 << 24, "key 0 has 0 bytes");
	check_sparse(0, 65537, "", 0, 1 << 24, "says it has 65537 keys");
	check_sparse(1 << 18, 0, "", 0, 1 << 24, "tensor 0 has 0 bytes");
	check_sparse((1 << 18) + 1, 0, "", 0, 1 << 24,
		     "says it has 262145 tensors");
	check_sparse(0, 1, bytes, sizeof(bytes) - 1, (1 << 30) + (1 << 20),
		     "more than 1073741824 bytes in front of the tensor data");
	check_sparse(0, 1, text, sizeof(text) - 1, (1 << 30) + (1 << 20),
		     "more than 1073741824 bytes in front of the tensor data");
}

/* All keys together; each alone is as long as a key may be. */
static void size_of_keys(void **state)
{
	enum { N = 257, KEY = 65535, ENTRY = 8 + KEY + 4 + 1 };
	uint8_t *keys = malloc((size_t)N * ENTRY);

	(void)state;
	assert_non_null(keys);
	for (int i = 0; i < N; i++) {
		uint8_t *p = keys + (size_t)i * ENTRY;

		memset(p, 0, 8);
		p[0] = p[1] = 255;
		memset(p + 8, 'k', KEY);
		p[8] = (uint8_t)('0' + i / 16);
		p[9] = (uint8_t)('0' + i % 16);
		memset(p + 8 + KEY, 0, 5);
	}
	check_sparse(0, 256, keys, (size_t)256 * ENTRY, 24 + 256 * ENTRY,
		     "no key general.architecture");
	check_sparse(0, N, keys, (size_t)N * ENTRY, 24 + N * ENTRY,
		     "the keys have more than 16777216 bytes");
	free(keys);
}

/* 2^24 empty tokens; one less is as many as there may be. */
static void number_of_tokens(void **state)
{
	static const char head[] =
		"\24\0\0\0\0\0\0\0general.architecture\10\0\0\0"
		"\1\0\0\0\0\0\0\0x"
		"\25\0\0\0\0\0\0\0tokenizer.ggml.tokens\11\0\0\0"
		"\10\0\0\0\0\0\0\1\0\0\0\0";
	size_t len = sizeof(head) - 1;

	(void)state;
	check_sparse(0, 2, head, len, 24 + len + (UINT64_C(8) << 24),
		     "16777216 tokens; legal are 1 to 16777215");
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
		cmocka_unit_test(limits),
		cmocka_unit_test(size_of_keys),
		cmocka_unit_test(number_of_tokens),
		cmocka_unit_test(changed_bytes),
	};

	return cmocka_run_group_tests(tests, gguf_directory_make,
				      gguf_directory_remove);
}
