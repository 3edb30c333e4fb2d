/* SPDX-License-Identifier: MIT */
/*
 * test_entries.c - the section table: rows R20 to R32 of spec/format.md 8.1
 */
#include "defect.h"
#include "guard.h"
#include "test.h"

static struct image good;

static int make_good(void **state)
{
	(void)state;
	good = forge_whole();
	return 0;
}

static int free_good(void **state)
{
	(void)state;
	image_free(&good);
	return 0;
}

#define U64(x) UINT64_C(x)
#define HPARAMS TK_KIND_HPARAMS
#define NOTE TK_KIND_NOTE
#define FREE TK_KIND_FREE
#define W_E TK_KIND_W_E
#define W_U TK_KIND_W_U
#define B_U TK_KIND_B_U
#define MIX TK_KIND_MIX
#define DIGESTS TK_KIND_DIGESTS

static const struct defect defects[] = {
	{"R20", HPARAMS, 0, 4, 0, SEALED, TK_E_SECTION, 0},
	{"R21 bit 3", HPARAMS, 4, 4, 9, SEALED, TK_E_FEATURE, 4},
	{"R21 bit 31", FREE, 4, 4, 0x80000000, SEALED, TK_E_FEATURE, 4},
	{"R22 no name", FREE, 0x10, 1, 0, SEALED, TK_E_SECTION, 0x10},
	{"R22 no dot", FREE, 0x14, 1, '_', SEALED, TK_E_SECTION, 0x10},
	{"R22 byte behind", FREE, 0x2f, 1, 'x', SEALED, TK_E_SECTION, 0x10},
	{"R22 other name", HPARAMS, 0x10, 1, 'x', SEALED, TK_E_SECTION, 0x10},
	{"R22 longer name", W_E, 0x13, 1, '2', SEALED, TK_E_SECTION, 0x10},
	{"R22 other flags", HPARAMS, 4, 4, 0, SEALED, TK_E_SECTION, 4},
	{"R22 more flags", W_E, 4, 4, 3, SEALED, TK_E_SECTION, 4},
	{"R22 no note", NOTE, 4, 4, 1, SEALED, TK_E_SECTION, 4},
	{"R22 other dtype", HPARAMS, 0x0a, 2, 1, SEALED, TK_E_SECTION, 0x0a},
	{"R22 q8 bias", B_U, 0x0a, 2, 4, SEALED, TK_E_SECTION, 0x0a},
	{"R22 f16 mix", MIX, 0x0a, 2, 2, SEALED, TK_E_SECTION, 0x0a},
	{"R22 bytes w_e", W_E, 0x0a, 2, 0, SEALED, TK_E_SECTION, 0x0a},
	{"R22 f32 digests", DIGESTS, 0x0a, 2, 1, SEALED, TK_E_SECTION, 0x0a},
	{"R23 stored", FREE, 0x38, 8, 0, SEALED, TK_E_LAYOUT, 0x38},
	{"R23 size", FREE, 0x40, 8, 0, SEALED, TK_E_LAYOUT, 0x38},
	{"R24 stored", FREE, 0x38, 8, U64(1) << 47, SEALED, TK_E_LIMIT, 0x38},
	{"R24 size", FREE, 0x40, 8, U64(1) << 47, SEALED, TK_E_LIMIT, 0x38},
	{"R24 all", W_U, 0x38, 8, UINT64_MAX, SEALED, TK_E_LIMIT, 0x38},
	{"R25 zstd", FREE, 8, 2, 1, SEALED, TK_E_LAYOUT, 8},
	{"R25 unknown codec", FREE, 8, 2, 99, SEALED, TK_E_LAYOUT, 8},
	{"R25 sizes", FREE, 0x40, 8, 9, SEALED, TK_E_LAYOUT, 0x38},
	{"R25 2^47 - 1", W_E, 0x40, 8, (U64(1) << 47) - 1, SEALED,
	 TK_E_LAYOUT, 0x38},
	{"R26 rows", FREE, 0x48, 8, 1, SEALED, TK_E_SHAPE, 0x48},
	{"R26 cols", FREE, 0x50, 8, 1, SEALED, TK_E_SHAPE, 0x48},
	{"R26 stride", FREE, 0x58, 8, 64, SEALED, TK_E_SHAPE, 0x48},
	{"R26 no rows", W_E, 0x48, 8, 0, SEALED, TK_E_SHAPE, 0x48},
	{"R26 no cols", W_E, 0x50, 8, 0, SEALED, TK_E_SHAPE, 0x48},
	{"R27 rows", W_E, 0x48, 8, (1 << 24) + 1, SEALED, TK_E_LIMIT, 0x48},
	{"R27 all rows", W_E, 0x48, 8, UINT64_MAX, SEALED, TK_E_LIMIT, 0x48},
	{"R27 cols", W_U, 0x50, 8, (1 << 17) + 1, SEALED, TK_E_LIMIT, 0x48},
	{"R27 rows of b_u", B_U, 0x48, 8, 2, SEALED, TK_E_LIMIT, 0x48},
	{"R27 cols of b_u", B_U, 0x50, 8, (1 << 24) + 1, SEALED, TK_E_LIMIT,
	 0x48},
	{"R27 rows of mix", MIX, 0x48, 8, 65537, SEALED, TK_E_LIMIT, 0x48},
	{"R28 no stride", W_E, 0x58, 8, 0, SEALED, TK_E_SHAPE, 0x58},
	{"R28 tight stride", W_E, 0x58, 8, 40, SEALED, TK_E_SHAPE, 0x58},
	{"R28 wide stride", W_E, 0x58, 8, 128, SEALED, TK_E_SHAPE, 0x58},
	{"R28 wrapping stride", W_E, 0x58, 8, U64(1) << 63 | 64, SEALED,
	 TK_E_SHAPE, 0x58},
	{"R28 fewer rows", W_E, 0x48, 8, 6, SEALED, TK_E_SHAPE, 0x40},
	{"R28 more rows", W_E, 0x48, 8, 8, SEALED, TK_E_SHAPE, 0x40},
	{"R28 most rows", W_E, 0x48, 8, 1 << 24, SEALED, TK_E_SHAPE, 0x40},
	{"R28 wider rows", W_E, 0x50, 8, 33, SEALED, TK_E_SHAPE, 0x58},
	{"R29 order", NOTE, 0, 4, 0x8001, SEALED, TK_E_LAYOUT, 192},
	{"R30 at 0x0c", FREE, 0x0c, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0x0f", FREE, 0x0f, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0x68", FREE, 0x68, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0x6f", FREE, 0x6f, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0x80", FREE, 0x80, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0x8f", FREE, 0x8f, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 stored digest", FREE, 0x90, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 its end", FREE, 0xaf, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0xb0", FREE, 0xb0, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 at 0xbf", FREE, 0xbf, 1, 1, SEALED, TK_E_RESERVED, 0},
	{"R30 digest of digests", DIGESTS, 0x7f, 1, 1, SEALED, TK_E_RESERVED,
	 0},
	{"R31 offset 0", W_E, 0x30, 8, 0, SEALED, TK_E_LAYOUT, 0x30},
	{"R31 offset 1", W_E, 0x30, 8, 1, SEALED, TK_E_LAYOUT, 0x30},
	{"R31 offset 2^64 - 64", W_E, 0x30, 8, UINT64_MAX - 63, SEALED,
	 TK_E_LAYOUT, 0x30},
	{"R32 none before", W_E, 0x60, 8, 0, SEALED, TK_E_LAYOUT, 0x60},
	{"R32 2^64 - 1", W_E, 0x60, 8, UINT64_MAX, SEALED, TK_E_LAYOUT, 0x60},
	{"R32 of digests", DIGESTS, 0x60, 8, 1, SEALED, TK_E_LAYOUT, 0x40},
	{"legal: unknown kind", NOTE, 0, 4, 5, SEALED, TK_OK, 0},
	{"legal: another free name", FREE, 0x10, 1, 'b', SEALED, TK_OK, 0},
	{"legal: required free kind", FREE, 4, 4, 1, SEALED, TK_OK, 0},
	{"legal: all flags", FREE, 4, 4, 7, SEALED, TK_OK, 0},
	{"legal: unknown dtype", FREE, 0x0a, 2, 5, SEALED, TK_OK, 0},
	{"legal: unknown dtype of w_e", W_E, 0x0a, 2, 9, SEALED, TK_OK, 0},
	{"legal: other digest", W_E, 0x70, 8, 7, SEALED, TK_OK, 0},
};

static void test_defects(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(defects); i++)
		check_defect(&good, &defects[i]);
}

/* R22: what a name may be made of. */
static void test_names(void **state)
{
	struct image im = image_copy(&good, good.size);
	size_t at = image_entry(&good, FREE);

	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		bool legal = c < 128 &&
			     strchr("abcdefghijklmnopqrstuvwxyz0123456789_.-",
				    (int)c);

		image_put(&im, at + 0x11, 1, c);
		image_seal(&im);
		check_refusal("R22 character", &im,
			      legal ? TK_OK : TK_E_SECTION, at + 0x10);
	}
	memset(im.data + at + 0x10, '.', 31);
	image_seal(&im);
	check_refusal("legal: 31 characters", &im, TK_OK, 0);
	memset(im.data + at + 0x10, '.', 32);
	image_seal(&im);
	check_refusal("R22 32 characters", &im, TK_E_SECTION, at + 0x10);
	image_free(&im);
}

/* R31: the neighbours of the one legal place. */
static void test_places(void **state)
{
	static const int64_t moves[] = {-65536, -64, -1, 1, 64, 65536};
	struct image im = image_copy(&good, good.size);

	(void)state;
	for (size_t i = 0; i < image_get(&good, 0x10, 4); i++) {
		size_t at = 128 + i * 192 + 0x30;
		uint64_t place = image_get(&good, at, 8);

		for (size_t j = 0; j < LEN(moves); j++) {
			image_put(&im, at, 8, place + (uint64_t)moves[j]);
			image_seal(&im);
			check_refusal("R31", &im, TK_E_LAYOUT, at);
		}
		image_put(&im, at, 8, place);
	}
	image_free(&im);
}

static void test_ends(void **state)
{
	struct image im = image_copy(&good, good.size);
	size_t at = image_entry(&good, DIGESTS);
	uint64_t size = image_get(&good, at + 0x38, 8);

	(void)state;
	/* Behind the end of the file. */
	image_put(&im, at + 0x38, 8, size + 16);
	image_put(&im, at + 0x40, 8, size + 16);
	image_seal(&im);
	check_refusal("R31", &im, TK_E_LAYOUT, at + 0x38);
	image_put(&im, at + 0x38, 8, size - 16);
	image_put(&im, at + 0x40, 8, size - 16);
	image_seal(&im);
	check_refusal("R32", &im, TK_E_LAYOUT, at + 0x40);
	image_free(&im);
}

/* R29: two sections of one kind and name. */
static void test_twice(void **state)
{
	struct image im;
	struct forge f;
	size_t at;

	(void)state;
	forge_start(&f);
	forge_free_bytes(&f, "a.one", 0, bytes_of("1"));
	forge_free_bytes(&f, "a.two", 0, bytes_of("2"));
	im = forge_image(&f);
	check_refusal("legal: two free sections", &im, TK_OK, 0);
	at = image_entry(&im, FREE) + 192;
	memcpy(im.data + at + 0x10, "a.one", 5);
	image_seal(&im);
	check_refusal("R29 twice", &im, TK_E_LAYOUT, at);
	memcpy(im.data + at + 0x10, "a.a\0\0", 5);
	image_seal(&im);
	check_refusal("R29 names", &im, TK_E_LAYOUT, at);
	memcpy(im.data + at + 0x10, "a.onea", 6);
	image_seal(&im);
	check_refusal("legal: a longer name", &im, TK_OK, 0);
	image_free(&im);
	forge_end(&f);
}

/* 11.5: of an unknown dtype place and leaves are checked, its shape is not. */
static void test_unknown_dtype(void **state)
{
	struct image im = image_copy(&good, good.size);
	size_t at = image_entry(&good, FREE);

	(void)state;
	image_put(&im, at + 0x0a, 2, 77);
	image_put(&im, at + 0x48, 8, UINT64_MAX);
	image_put(&im, at + 0x50, 8, 3);
	image_put(&im, at + 0x58, 8, UINT64_MAX);
	image_seal(&im);
	check_refusal("legal: shape of an unknown dtype", &im, TK_OK, 0);
	image_put(&im, at + 0x30, 8, 0);
	image_seal(&im);
	check_refusal("R31", &im, TK_E_LAYOUT, at + 0x30);
	image_free(&im);
}

/* Everything that was written comes back decoded. */
static void test_decoded(void **state)
{
	struct tk_container *c;
	struct tk_section s;
	struct tk_error err;
	size_t i;

	(void)state;
	assert_ok(tk_container_open_bytes(&c, image_bytes(&good), &err), err);
	i = tk_container_find(c, W_U);
	s = tk_container_section(c, i);
	assert_string_equal(s.name, "w_u");
	assert_int_equal(s.kind, W_U);
	assert_int_equal(s.flags, TK_SECTION_REQUIRED);
	assert_int_equal(s.codec, TK_CODEC_NONE);
	assert_int_equal(s.dtype, TK_Q8);
	assert_true(s.rows == 8 && s.cols == 20 && s.row_stride == 128);
	assert_true(s.size == 1024 && s.stored_size == 1024);
	assert_int_equal(s.offset, image_section(&good, W_U));
	assert_ptr_equal(tk_container_stored(c, i).ptr,
			 good.data + s.offset);
	assert_int_equal(tk_container_stored(c, i).len, 1024);
	assert_ptr_equal(tk_container_file(c).ptr, good.data);
	assert_memory_equal(s.digest.b,
			    good.data + image_entry(&good, W_U) + 0x70, 16);
	assert_true(tk_container_find(c, 5) == TK_NO_SECTION);
	assert_int_equal(tk_container_count(c), image_get(&good, 0x10, 4));
	assert_int_equal(tk_container_info(c).size, good.size);
	assert_int_equal(tk_container_info(c).version_minor, 1);
	assert_memory_equal(tk_container_info(c).file.b, good.data + 0x30, 16);
	tk_container_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defects),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_unknown_dtype),
		cmocka_unit_test(test_decoded),
	};

	return cmocka_run_group_tests(tests, make_good, free_good);
}
