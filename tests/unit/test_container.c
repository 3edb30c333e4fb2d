/* SPDX-License-Identifier: MIT */
/*
 * test_container.c - opening a file: the header, rows R01 to R16, and the
 * end, R33 and R34, of spec/format.md 8.1
 */
#include <sys/stat.h>
#include <unistd.h>

#include "defect.h"
#include "guard.h"
#include "test.h"
#include "tmpdir.h"

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

static const struct defect header_defects[] = {
	{"R02 first byte", 0, 0, 1, 0x88, AS_IT_IS, TK_E_MAGIC, 0},
	{"R02 last byte", 0, 7, 1, 0x0b, SEALED, TK_E_MAGIC, 0},
	{"R02 GGUF", 0, 0, 4, 0x46554747, AS_IT_IS, TK_E_MAGIC, 0},
	{"R02 LF to CR LF", 0, 0, 8, U64(0x1a0a0d0d464b5489), AS_IT_IS,
	 TK_E_MAGIC, 0},
	{"R02 CR LF to LF", 0, 0, 8, U64(0x000a1a0a464b5489), AS_IT_IS,
	 TK_E_MAGIC, 0},
	{"R02 high bit lost", 0, 0, 1, 0x09, AS_IT_IS, TK_E_MAGIC, 0},
	{"R02 as Latin-1 in UTF-8", 0, 0, 8, U64(0x1a0a0d464b5489c2), AS_IT_IS,
	 TK_E_MAGIC, 0},
	{"R03 unfinished", 0, 0, 8, U64(0x74726170464b5400), AS_IT_IS,
	 TK_E_UNFINISHED, 0},
	{"R03 unfinished, sealed", 0, 0, 8, U64(0x74726170464b5400), SEALED,
	 TK_E_UNFINISHED, 0},
	{"R04 next version", 0, 8, 2, 1, SEALED, TK_E_VERSION, 8},
	{"R04 not sealed", 0, 8, 2, 1, AS_IT_IS, TK_E_VERSION, 8},
	{"R04 other byte order", 0, 8, 2, 0x100, AS_IT_IS, TK_E_VERSION, 8},
	{"R04 last version", 0, 8, 2, 0xffff, AS_IT_IS, TK_E_VERSION, 8},
	{"R05 minor", 0, 0x0a, 2, 2, AS_IT_IS, TK_E_CHECKSUM, 0},
	{"R05 root", 0, 0x30, 1, 1, AS_IT_IS, TK_E_CHECKSUM, 0},
	{"R05 reserved", 0, 0x77, 1, 1, AS_IT_IS, TK_E_CHECKSUM, 0},
	{"R05 checksum", 0, 0x78, 8, 0, AS_IT_IS, TK_E_CHECKSUM, 0},
	{"R35 no codec", 0, 0x18, 8, 1, SEALED, TK_E_LAYOUT, 0x18},
	{"R06 bit 1", 0, 0x18, 8, 2, SEALED, TK_E_FEATURE, 0x18},
	{"R06 bit 63", 0, 0x18, 8, U64(1) << 63, SEALED, TK_E_FEATURE, 0x18},
	{"R07 scheme 0", 0, 0x28, 4, 0, SEALED, TK_E_FEATURE, 0x28},
	{"R07 scheme 2", 0, 0x28, 4, 2, SEALED, TK_E_FEATURE, 0x28},
	{"R08 header 0", 0, 0x0c, 4, 0, HEADER_SEALED, TK_E_LAYOUT, 0x0c},
	{"R08 header 120", 0, 0x0c, 4, 120, HEADER_SEALED, TK_E_LAYOUT, 0x0c},
	{"R08 header 136", 0, 0x0c, 4, 136, SEALED, TK_E_LAYOUT, 0x0c},
	{"R08 header 2^32 - 1", 0, 0x0c, 4, UINT32_MAX, HEADER_SEALED,
	 TK_E_LAYOUT, 0x0c},
	{"R08 entry 0", 0, 0x14, 4, 0, HEADER_SEALED, TK_E_LAYOUT, 0x14},
	{"R08 entry 184", 0, 0x14, 4, 184, SEALED, TK_E_LAYOUT, 0x14},
	{"R08 entry 200", 0, 0x14, 4, 200, SEALED, TK_E_LAYOUT, 0x14},
	{"R08 entry 2^32 - 1", 0, 0x14, 4, UINT32_MAX, HEADER_SEALED,
	 TK_E_LAYOUT, 0x14},
	{"R09 none", 0, 0x10, 4, 0, SEALED, TK_E_LAYOUT, 0x10},
	{"R10 257", 0, 0x10, 4, 257, HEADER_SEALED, TK_E_LIMIT, 0x10},
	{"R10 2^32 - 1", 0, 0x10, 4, UINT32_MAX, HEADER_SEALED, TK_E_LIMIT,
	 0x10},
	{"R11 at 0x2c", 0, 0x2c, 1, 1, SEALED, TK_E_RESERVED, 0x2c},
	{"R11 at 0x2f", 0, 0x2f, 1, 0x80, SEALED, TK_E_RESERVED, 0x2c},
	{"R11 at 0x40", 0, 0x40, 1, 1, HEADER_SEALED, TK_E_RESERVED, 0x2c},
	{"R11 at 0x4f", 0, 0x4f, 1, 1, HEADER_SEALED, TK_E_RESERVED, 0x2c},
	{"R11 at 0x50", 0, 0x50, 1, 1, SEALED, TK_E_RESERVED, 0x2c},
	{"R11 at 0x77", 0, 0x77, 1, 1, SEALED, TK_E_RESERVED, 0x2c},
	{"R12 2^47", 0, 0x20, 8, U64(1) << 47, SEALED, TK_E_LIMIT, 0x20},
	{"R12 2^64 - 1", 0, 0x20, 8, UINT64_MAX, SEALED, TK_E_LIMIT, 0x20},
	{"R16 table", 0, 128 + 0xb0, 1, 1, HEADER_SEALED, TK_E_CHECKSUM, 128},
	{"R16 root", 0, 0x30, 8, 1, HEADER_SEALED, TK_E_CHECKSUM, 128},
	{"legal: minor 0", 0, 0x0a, 2, 0, SEALED, TK_OK, 0},
	{"legal: newer minor", 0, 0x0a, 2, 2, SEALED, TK_OK, 0},
};

static void test_header(void **state)
{
	(void)state;
	check_refusal("the good file", &good, TK_OK, 0);
	for (size_t i = 0; i < LEN(header_defects); i++)
		check_defect(&good, &header_defects[i]);
}

/* Every byte of the magic counts. */
static void test_magic(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct defect d = {"R02", 0, i, 1, 0x55, SEALED, TK_E_MAGIC,
				   0};

		check_defect(&good, &d);
	}
}

/* What went wrong with the file is said where it can be known. */
static void test_hints(void **state)
{
	static const struct {
		size_t at;
		const char *bytes, *hint;
	} hints[] = {
		{0, "\x89TKF\r\r\n\x1a", "text mode"},
		{0, "\x89TKF\n\x1a\n", "text mode"},
		{0, "\tTKF\r\n\x1a\n", "text mode"},
		{0, "\xc2\x89TKF\r\n\x1a", "text mode"},
		{8, "\1", "version 1.1; this library reads 0.x"},
		{8, "\1", "a newer tk is needed"},
		{9, "\1", "byte order"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(hints); i++) {
		struct image im = image_copy(&good, good.size);
		struct tk_error err = {.message = ""};

		memcpy(im.data + hints[i].at, hints[i].bytes,
		       strlen(hints[i].bytes));
		open_guarded(&im, &err);
		if (!strstr(err.message, hints[i].hint))
			fail_msg("%s: %s", hints[i].hint, err.message);
		image_free(&im);
	}
}

/* A foreign file is one however short; a cut one is ours while it can be. */
static void test_short(void **state)
{
	struct image im = image_copy(&good, good.size);
	struct tk_error err;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		im.data[i] ^= 1;
		for (im.size = i + 1; im.size < 128; im.size++)
			check_refusal("R02", &im, TK_E_MAGIC, 0);
		im.data[i] ^= 1;
	}
	im.size = 0;
	assert_int_equal(open_guarded(&im, &err), TK_E_TRUNCATED);
	assert_string_equal(err.message, "file is empty");
	memcpy(im.data, "\0TKFpart", 8);
	for (im.size = 1; im.size < 8; im.size++)
		check_refusal("R01", &im, TK_E_TRUNCATED, im.size);
	for (; im.size < 128; im.size++)
		check_refusal("R03", &im, TK_E_UNFINISHED, 0);
	memcpy(im.data, "\tTKF", 4);
	im.size = 4;
	open_guarded(&im, &err);
	assert_non_null(strstr(err.message, "text mode"));
	image_free(&im);
}

static void test_lengths(void **state)
{
	struct image im = image_copy(&good, good.size + 4096);
	size_t n = image_get(&good, 0x10, 4);

	(void)state;
	for (im.size = 0; im.size < 128; im.size++)
		check_refusal("R01", &im, TK_E_TRUNCATED, im.size);
	for (im.size = 128; im.size < good.size; im.size += 61)
		check_refusal("R13", &im, TK_E_TRUNCATED, im.size);
	im.size = good.size - 1;
	check_refusal("R13", &im, TK_E_TRUNCATED, im.size);
	im.size = good.size + 1;
	check_refusal("R14", &im, TK_E_TRAILING, good.size);
	im.size = good.size + 4096;
	check_refusal("R14", &im, TK_E_TRAILING, good.size);
	/* The header says what the length is, and the table is not there. */
	im.size = 128 + n * 192 - 1;
	image_put(&im, 0x20, 8, im.size);
	image_seal_header(&im);
	check_refusal("R15", &im, TK_E_LAYOUT, 0x10);
	im.size++;
	image_put(&im, 0x20, 8, im.size);
	image_seal(&im);
	check_refusal("R31", &im, TK_E_LAYOUT, 128 + 0x38);
	image_free(&im);
}

static void test_end(void **state)
{
	struct image im = image_copy(&good, good.size + 16);
	size_t last = image_entry(&good, TK_KIND_DIGESTS);
	uint64_t leaves = image_get(&good, last + 0x40, 8) / 16;

	(void)state;
	image_put(&im, 0x20, 8, im.size);
	image_seal(&im);
	check_refusal("R34", &im, TK_E_LAYOUT, 0x20);
	image_free(&im);
	im = image_copy(&good, good.size);
	image_put(&im, last, 4, 0xfffffffe);
	image_put(&im, last + 0x60, 8, leaves);
	image_seal(&im);
	check_refusal("R33", &im, TK_E_SECTION, 128);
	/* Without the entry of the digests, and with a gap in its place. */
	image_free(&im);
	im = image_copy(&good, good.size);
	image_put(&im, 0x10, 4, image_get(&im, 0x10, 4) - 1);
	image_seal(&im);
	check_refusal("R31", &im, TK_E_LAYOUT, 128 + 0x30);
	image_free(&im);
}

/* ---- later minor versions ---- */

static uint64_t alignment(uint64_t size)
{
	return size < 65536 ? 64 : size < U64(64) << 20 ? 65536 : 2097152;
}

/* The same sections behind a larger header and larger entries. */
static struct image widened(size_t header, size_t entry)
{
	size_t n = (size_t)image_get(&good, 0x10, 4);
	size_t end = header + n * entry;
	struct image im = image_copy(&good, good.size + 131072);

	memset(im.data + 128, 0xee, im.size - 128);
	for (size_t i = 0; i < n; i++) {
		size_t from = 128 + i * 192, to = header + i * entry;
		size_t at = (size_t)image_get(&good, from + 0x30, 8);
		size_t size = (size_t)image_get(&good, from + 0x38, 8);
		uint64_t a = alignment(size);
		size_t start = (size_t)((end + a - 1) / a * a);

		memcpy(im.data + to, good.data + from, 192);
		image_put(&im, to + 0x30, 8, start);
		memset(im.data + end, 0, start - end);
		memcpy(im.data + start, good.data + at, size);
		end = start + size;
	}
	im.size = end;
	image_put(&im, 0x0a, 2, 2);
	image_put(&im, 0x0c, 4, header);
	image_put(&im, 0x14, 4, entry);
	image_put(&im, 0x20, 8, end);
	image_seal(&im);
	return im;
}

static void test_later_minor(void **state)
{
	static const struct {
		size_t header, entry;
		enum tk_status status;
		uint64_t offset;
	} sizes[] = {
		{136, 192, TK_OK, 0},
		{128, 200, TK_OK, 0},
		{1024, 2048, TK_OK, 0},
		{8192, 4096, TK_E_LIMIT, 0x10}, /* R10 */
		{129, 192, TK_E_LAYOUT, 0x0c}, /* R08 */
		{132, 192, TK_E_LAYOUT, 0x0c},
		{128, 196, TK_E_LAYOUT, 0x14},
	};

	(void)state;
	for (size_t i = 0; i < LEN(sizes); i++) {
		struct image im = widened(sizes[i].header, sizes[i].entry);

		check_refusal("sizes of a later minor", &im, sizes[i].status,
			      sizes[i].offset);
		/* They are for later minors only. */
		image_put(&im, 0x0a, 2, 1);
		image_seal(&im);
		check_refusal("R08", &im, TK_E_LAYOUT,
			      sizes[i].header == 128 ? 0x14 : 0x0c);
		image_free(&im);
	}
}

/* 11.8: what is reserved in this minor may be used in a later one. */
static void test_reserved_in_later_minor(void **state)
{
	struct image im = image_copy(&good, good.size);

	(void)state;
	image_put(&im, 0x0a, 2, 7);
	image_put(&im, 0x2c, 4, 1);
	image_put(&im, 0x50, 8, 1);
	image_put(&im, 128 + 0x0c, 4, 1);
	image_put(&im, 128 + 0xb0, 8, 1);
	image_seal(&im);
	check_refusal("legal: reserved bytes", &im, TK_OK, 0);
	image_put(&im, 0x18, 8, 2);
	image_seal(&im);
	check_refusal("R06", &im, TK_E_FEATURE, 0x18);
	image_put(&im, 0x18, 8, 0);
	image_put(&im, 128 + 4, 4, 9);
	image_seal(&im);
	check_refusal("R21", &im, TK_E_FEATURE, 128 + 4);
	image_free(&im);
}

/* ---- paths and addresses ---- */

static void expect_path(const char *path, enum tk_status status)
{
	struct tk_container *c = NULL;
	struct tk_error err = {.sys_errno = -1};

	assert_status(tk_container_open(&c, path, &err), status);
	assert_null(c);
	assert_int_equal(err.status, status);
	assert_true(err.sys_errno >= 0);
}

static void test_paths(void **state)
{
	struct tmpdir d = tmpdir_make();
	FILE *f = fopen(tmpdir_file(&d, "empty"), "w");

	(void)state;
	assert_non_null(f);
	fclose(f);
	assert_int_equal(mkfifo(tmpdir_file(&d, "fifo"), 0600), 0);
	assert_int_equal(symlink("self", tmpdir_file(&d, "self")), 0);
	expect_path(tmpdir_file(&d, "empty"), TK_E_TRUNCATED);
	expect_path(tmpdir_file(&d, "fifo"), TK_E_IO);
	expect_path(tmpdir_file(&d, "self"), TK_E_IO);
	expect_path(tmpdir_file(&d, "missing"), TK_E_IO);
	expect_path(d.path, TK_E_IO);
	expect_path("/dev/null", TK_E_IO);
	expect_path("", TK_E_IO);
	tmpdir_remove(&d);
}

static void test_addresses(void **state)
{
	struct image im = image_copy(&good, good.size + 64);
	struct tk_container *c = NULL;

	(void)state;
	for (size_t i = 1; i < 64; i++) {
		memmove(im.data + i, im.data + i - 1, good.size);
		assert_status(tk_container_open_bytes(
				      &c,
				      (struct tk_bytes){im.data + i,
							good.size},
				      NULL),
			      TK_E_ARGUMENT);
	}
	assert_status(tk_container_open_bytes(&c, (struct tk_bytes){NULL, 0},
					      NULL),
		      TK_E_TRUNCATED);
	assert_null(c);
	tk_container_close(NULL);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_magic),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_later_minor),
		cmocka_unit_test(test_reserved_in_later_minor),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, make_good, free_good);
}
