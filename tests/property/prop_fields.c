/* SPDX-License-Identifier: MIT */
/*
 * prop_fields.c - every number of a file at every edge, behind right checksums
 *
 * At every multiple of 8, 4, 2 and 1 in header and table, and in what the
 * sections begin with, each of a set of edges is put; then the file is sealed
 * anew.  It is refused with a status that speaks of the file, or else it is
 * harmless: it is asked everything, and nothing is read outside of it.  Then
 * all pairs of offsets and lengths of an entry, and with those of the next;
 * of all entries if TK_LONG is set.
 */
#include "archived.h"
#include "ask.h"
#include "guard.h"
#include "samples.h"
#include "test.h"

static struct asked asked;
static struct guard g; /* the file under test, at a guard page */
static struct image good;
static size_t tried, refused;

/* What a field of 'width' bytes that is 'old' may be set to. */
static size_t edges(uint64_t out[24], uint64_t old, size_t width)
{
	const uint64_t max = UINT64_MAX >> (64 - 8 * width);
	const uint64_t all[] = {
		0, 1, 2, 3, 64, 255, max / 2, max / 2 + 1, max - 1, max,
		max - 63, old - 1, old + 1, 2 * old, old - 64, old + 64,
		good.size - 1, good.size, good.size + 1, UINT64_C(1) << 31,
		UINT64_C(1) << 32, UINT64_C(1) << 47, UINT64_C(1) << 63,
	};
	size_t n = 0;

	for (size_t i = 0; i < LEN(all); i++) {
		bool is_new = all[i] <= max && all[i] != old;

		for (size_t j = 0; j < n; j++)
			is_new &= out[j] != all[i];
		if (is_new)
			out[n++] = all[i];
	}
	return n;
}

static struct image view(void)
{
	return (struct image){g.data, g.size};
}

/* Opens and asks the file under test, and makes it good again. */
static void ask(bool is_head, size_t at)
{
	struct tk_bytes file = {g.data, g.size};
	struct tk_container *c = NULL;
	struct image im = view();
	struct tk_error err;
	enum tk_status status;

	if (is_head)
		image_seal(&im);
	else
		image_seal_all(&im);
	status = tk_container_open_bytes(&c, file, &err);
	tk_container_close(c);
	tried++;
	if (status) {
		refused++;
		/* E_SECTION and E_SHAPE: an entry that contradicts itself. */
		if (!is_damage(status) && status != TK_E_SECTION &&
		    status != TK_E_SHAPE)
			fail_msg("byte %zu: %s", at, err.message);
	} else {
		ask_file(&asked, file);
	}
	memcpy(g.data, good.data, good.size);
}

static void check_field(bool is_head, size_t at, size_t width)
{
	uint64_t values[24] = {0};
	size_t n = edges(values, image_get(&good, at, width), width);

	for (size_t i = 0; i < n; i++) {
		struct image im = view();

		image_put(&im, at, width, values[i]);
		ask(is_head, at);
	}
}

static void check_range(bool is_head, size_t from, size_t end)
{
	for (size_t width = 1; width <= 8; width *= 2)
		for (size_t at = from; at + width <= end; at += width)
			check_field(is_head, at, width);
}

static void test_header(void **state)
{
	(void)state;
	check_range(true, 0, 128);
}

static void report(const char *what)
{
	sample_report("%s: %zu files, %zu refused\n", what, tried, refused);
}

/* Of every so many entries. */
static void check_table(size_t step)
{
	const size_t head = sample_head(&good);

	for (size_t at = 128; at < head; at += 192 * step) {
		check_range(true, at, at + 0x70);
		/* Digests and reserved bytes: any value is as good. */
		check_field(true, at + 0x70, 8);
		for (size_t r = 0x80; r < 0xc0; r += 8)
			check_field(true, at + r, 8);
	}
}

static void test_table(void **state)
{
	(void)state;
	check_table(1);
	assert_true(tried > 40000);
	assert_true(refused > tried / 10 * 9);
	report("fields of header and table");
}

/* Headers, keys, offsets, slots, bounds. */
static void test_sections(void **state)
{
	const size_t n = (size_t)image_get(&good, 0x10, 4) - 1;

	(void)state;
	tried = refused = 0;
	asked = (struct asked){0};
	for (size_t i = 0; i < n; i++) {
		size_t e = 128 + 192 * i;
		size_t at = (size_t)image_get(&good, e + 0x30, 8);
		size_t size = (size_t)image_get(&good, e + 0x38, 8);

		if (!image_get(&good, e + 0x0a, 2))
			check_range(false, at, at + (size < 512 ? size : 512));
	}
	assert_true(tried > 35000);
	/* The numbers must not all be caught at the first door. */
	assert_true(asked.models > tried / 2);
	assert_true(asked.predicted > tried / 2);
	sample_report("fields of sections: %zu files, %zu models, %zu "
		      "predict\n", tried, asked.models, asked.predicted);
}

/* ---- pairs ---- */

struct field {
	size_t at, width;
};

/* Offsets, lengths and counts of the header, and of each entry. */
static size_t list_fields(struct field out[256])
{
	static const struct field header[] = {
		{0x0c, 4}, {0x10, 4}, {0x14, 4}, {0x20, 8}};
	const size_t head = sample_head(&good);
	size_t n = LEN(header);

	memcpy(out, header, sizeof(header));
	for (size_t e = 128; e < head; e += 192)
		for (size_t x = 0x30; x <= 0x60; x += 8) {
			assert_true(n < 256);
			out[n++] = (struct field){e + x, 8};
		}
	return n;
}

/* Of an entry, with the next one and with file_size: always tried. */
static bool is_near(struct field a, struct field b)
{
	return a.width == 8 &&
	       (a.at < 128 || (b.at - 128) / 192 - (a.at - 128) / 192 < 2);
}

static void check_pair(struct field x, struct field y)
{
	uint64_t a[24] = {0}, b[24] = {0};
	size_t n = edges(a, image_get(&good, x.at, x.width), x.width);
	size_t m = edges(b, image_get(&good, y.at, y.width), y.width);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++) {
			struct image im = view();

			image_put(&im, x.at, x.width, a[i]);
			image_put(&im, y.at, y.width, b[j]);
			ask(true, x.at);
		}
}

static void test_pairs(void **state)
{
	const bool all = sample_step(0, 1);
	struct field fields[256];
	const size_t n = list_fields(fields);

	(void)state;
	tried = refused = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (all || is_near(fields[i], fields[j]))
				check_pair(fields[i], fields[j]);
	assert_true(tried > 300000);
	report("pairs of fields");
}

/* ---- an archive: codecs, sizes that are two ---- */

static void test_archive(void **state)
{
	(void)state;
	tried = refused = 0;
	check_table(sample_step(4, 1));
	assert_true(tried > 10000);
	assert_true(refused > tried / 10 * 9);
	report("fields of an archive");
}

/* Sections that nothing reads are of use to the long test only. */
static int make(void **state)
{
	struct forge f;

	(void)state;
	forge_start(&f);
	forge_fill(&f);
	forge_selftest(&f);
	f.with_sketch = true;
	good = sample_step(0, 1) ? sample_every(64) : forge_image(&f);
	forge_end(&f);
	g = guard_copy(good.data, good.size, 64);
	return 0;
}

static int make_archive(void **state)
{
	struct image plain = sample_every(64);

	(void)state;
	good = archived_image(&plain);
	g = guard_copy(good.data, good.size, 64);
	image_free(&plain);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	guard_free(&g);
	image_free(&good);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_pairs),
	};
	const struct CMUnitTest archive[] = {
		cmocka_unit_test(test_archive),
	};

	return cmocka_run_group_tests(tests, make, drop) +
	       cmocka_run_group_tests(archive, make_archive, drop);
}
