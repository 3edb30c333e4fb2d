/* SPDX-License-Identifier: MIT */
/*
 * test_blocks.c - the values of foreign element types
 *
 * Against blocks written by hand, against the figures of tests/oracle/
 * blocks.py (always), against its values bit for bit (where Python has
 * numpy), and against the file that TK_GOLDEN_BLOCKS names, if it does: the
 * same form, with values from ggml itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "blocks.h"

#define BLOCKS 24
#define MAX_ELEMENTS 256
#define MAX_BYTES 256

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static int is_nan(uint32_t bits)
{
	return (bits & 0x7fffffff) > 0x7f800000;
}

/* ---- by hand ---- */

static void plain(void **state)
{
	/* One byte off, so that no load is aligned. */
	static const uint8_t f32[] = {0, 0x00, 0x00, 0x80, 0x3f, 0xdb, 0x0f,
				      0x49, 0xc0};
	static const uint8_t f16[] = {0, 0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc};
	static const uint8_t bf16[] = {0, 0x80, 0x3f, 0x49, 0xc0};
	static const uint8_t f64[] = {0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f};
	float y[3];

	(void)state;
	assert_true(elem_row_to_f32(y, ELEM_F32, f32 + 1, 2));
	assert_int_equal(bits_of(y[0]), 0x3f800000);
	assert_int_equal(bits_of(y[1]), 0xc0490fdb);
	assert_true(elem_row_to_f32(y, ELEM_F16, f16 + 1, 3));
	assert_int_equal(bits_of(y[0]), 0x3f800000);
	assert_int_equal(bits_of(y[1]), 0x33800000);
	assert_int_equal(bits_of(y[2]), 0xff800000);
	assert_true(elem_row_to_f32(y, ELEM_BF16, bf16 + 1, 2));
	assert_int_equal(bits_of(y[0]), 0x3f800000);
	assert_int_equal(bits_of(y[1]), 0xc0490000);
	assert_true(elem_row_to_f32(y, ELEM_F64, f64 + 1, 1));
	assert_int_equal(bits_of(y[0]), 0x3fc00000);
}

static void f64_range(void **state)
{
	static const struct {
		double x;
		uint32_t bits; /* 0: does not fit */
	} cases[] = {
		{0x1.fffffep127, 0x7f7fffff},
		{0x1.fffffefffffffp127, 0x7f7fffff},
		{-0x1.fffffefffffffp127, 0xff7fffff},
		{0x1.ffffffp127, 0},
		{-0x1.ffffffp127, 0},
		{0x1p1023, 0},
		{1.0 / 3, 0x3eaaaaab},
		{0x1p-149, 0x00000001},
	};
	static const uint8_t infinity[] = {0, 0, 0, 0, 0, 0, 0xf0, 0xff};
	float y;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t row[8];

		memcpy(row, &cases[i].x, 8);
		assert_int_equal(elem_row_to_f32(&y, ELEM_F64, row, 1),
				 cases[i].bits != 0);
		if (cases[i].bits)
			assert_int_equal(bits_of(y), cases[i].bits);
	}
	assert_true(elem_row_to_f32(&y, ELEM_F64, infinity, 1));
	assert_int_equal(bits_of(y), 0xff800000);
}

/* Scale 0.5; element i has the nibble i & 15. */
static void nibbles(void **state)
{
	uint8_t b[18] = {0x00, 0x38};
	float y[32];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		b[2 + i] = (uint8_t)(i | i << 4);
	assert_true(elem_row_to_f32(y, ELEM_Q4_0, b, 32));
	for (unsigned i = 0; i < 32; i++)
		assert_true(y[i] == 0.5f * (float)((int)(i & 15) - 8));
	assert_true(elem_row_to_f32(y, ELEM_IQ4_NL, b, 32));
	assert_true(y[0] == -63.5f && y[8] == 0.5f && y[31] == 56.5f);
}

static void q8_rows(void **state)
{
	/* Two blocks, scales 1 and -2. */
	uint8_t b[68] = {0x00, 0x3c, 127, 128, 1, 255, [34] = 0x00, 0xc0, 3};
	float y[64];

	(void)state;
	assert_true(elem_row_to_f32(y, ELEM_Q8_0, b, 64));
	assert_true(y[0] == 127 && y[1] == -128 && y[2] == 1 && y[3] == -1);
	assert_true(y[32] == -6);
	assert_int_equal(bits_of(y[33]), 0x80000000);
}

static void sizes(void **state)
{
	(void)state;
	assert_string_equal(elem_name(ELEM_Q4_K), "Q4_K");
	assert_int_equal(elem_row_bytes(ELEM_F32, 10), 40);
	assert_int_equal(elem_row_bytes(ELEM_Q8_0, 64), 68);
	assert_int_equal(elem_row_bytes(ELEM_Q8_0, 63), 0);
	assert_int_equal(elem_row_bytes(ELEM_Q6_K, 512), 420);
	assert_int_equal(elem_row_bytes(ELEM_F32, 0), 0);
	assert_int_equal(elem_row_bytes(ELEM_F32, UINT64_MAX / 4),
			 UINT64_MAX / 4 * 4);
	assert_int_equal(elem_row_bytes(ELEM_F32, UINT64_MAX / 4 + 2), 0);
}

/* ---- figures ---- */

static uint8_t next_byte(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint8_t)(z ^ z >> 31);
}

static uint64_t fnv(uint64_t h, uint32_t bits)
{
	if (is_nan(bits))
		bits = 0x7fc00000;
	for (int i = 0; i < 4; i++)
		h = (h ^ (bits >> 8 * i & 255)) * UINT64_C(0x100000001b3);
	return h;
}

/* Elements in a block: the fewest that are a row. */
static uint32_t block_size(enum elem e)
{
	uint32_t n = 1;

	while (!elem_row_bytes(e, n))
		n++;
	return n;
}

static uint32_t block_bytes(enum elem e)
{
	return (uint32_t)elem_row_bytes(e, block_size(e));
}

static uint64_t figure(enum elem e)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	uint64_t seed = e;

	for (int n = 0; n < BLOCKS; n++) {
		uint8_t b[MAX_BYTES];
		float y[MAX_ELEMENTS];

		for (uint32_t i = 0; i < block_bytes(e); i++)
			b[i] = next_byte(&seed);
		if (e == ELEM_F64)
			b[7] = (b[7] & 0x80) | 0x3f;
		assert_true(elem_row_to_f32(y, e, b, block_size(e)));
		for (uint32_t i = 0; i < block_size(e); i++)
			h = fnv(h, bits_of(y[i]));
	}
	return h;
}

static void figures(void **state)
{
	static const uint64_t want[ELEM_COUNT] = {
		[ELEM_F32] = UINT64_C(0xd797cd71449f4dc9),
		[ELEM_F16] = UINT64_C(0x2b151932d70dd484),
		[ELEM_BF16] = UINT64_C(0xbce14e5a90d4a5ff),
		[ELEM_F64] = UINT64_C(0x57f71a5df3ce1b09),
		[ELEM_Q4_0] = UINT64_C(0x559f70f11beb6da5),
		[ELEM_Q8_0] = UINT64_C(0xa64475cac292e5e5),
		[ELEM_Q4_K] = UINT64_C(0x46b90cf593d878b2),
		[ELEM_Q6_K] = UINT64_C(0xb99909242e788be0),
		[ELEM_Q4_1] = UINT64_C(0xea4067b2e481215f),
		[ELEM_Q5_0] = UINT64_C(0x9850d2b6b7688a89),
		[ELEM_Q5_1] = UINT64_C(0xb8e7ec983d967914),
		[ELEM_Q2_K] = UINT64_C(0xa0063d22a53c88a0),
		[ELEM_Q3_K] = UINT64_C(0x001f9eabd6bc33fc),
		[ELEM_Q5_K] = UINT64_C(0xe682d9130f945683),
		[ELEM_IQ4_NL] = UINT64_C(0x200468dd13f30504),
		[ELEM_IQ4_XS] = UINT64_C(0x44a8bbe8771a2735),
	};

	(void)state;
	for (int e = 0; e < ELEM_COUNT; e++)
		assert_true(figure((enum elem)e) == want[e]);
}

/* ---- files of values ---- */

/* The type of a T line, or ELEM_COUNT if it is none of ours. */
static enum elem parse_type(const char *line)
{
	char name[32];
	unsigned id, elements, bytes;

	assert_int_equal(sscanf(line, "T %u %31s %u %u", &id, name, &elements,
				&bytes),
			 4);
	for (int e = 0; e < ELEM_COUNT; e++) {
		if (strcasecmp(name, elem_name((enum elem)e)))
			continue;
		assert_int_equal(block_size((enum elem)e), elements);
		assert_int_equal(block_bytes((enum elem)e), bytes);
		return (enum elem)e;
	}
	return ELEM_COUNT;
}

static void parse_block(uint8_t *b, enum elem e, const char *hex)
{
	for (uint32_t i = 0; i < block_bytes(e); i++) {
		char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};

		b[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

static void check_values(const uint8_t *b, enum elem e, const char *text)
{
	float y[MAX_ELEMENTS];
	char *end;

	assert_true(elem_row_to_f32(y, e, b, block_size(e)));
	for (uint32_t i = 0; i < block_size(e); i++) {
		uint32_t want = (uint32_t)strtoul(text, &end, 16);

		if (!is_nan(want) || !is_nan(bits_of(y[i])))
			assert_int_equal(bits_of(y[i]), want);
		text = end;
	}
}

/* Returns how many blocks were checked. */
static unsigned check_stream(FILE *f)
{
	static char line[16384];
	enum elem e = ELEM_COUNT;
	uint8_t b[MAX_BYTES];
	unsigned n = 0;

	while (fgets(line, sizeof(line), f)) {
		if (line[0] == 'T')
			e = parse_type(line);
		if (e == ELEM_COUNT)
			continue;
		if (line[0] == 'B')
			parse_block(b, e, line + 2);
		if (line[0] == 'Y') {
			check_values(b, e, line + 2);
			n++;
		}
	}
	return n;
}

static void numpy(void **state)
{
	FILE *f;

	(void)state;
	if (system("/usr/bin/python3 -c 'import numpy' 2>/dev/null"))
		skip();
	f = popen("/usr/bin/python3 '" TK_SRC "/tests/oracle/blocks.py'", "r");
	assert_non_null(f);
	assert_int_equal(check_stream(f), ELEM_COUNT * BLOCKS);
	assert_int_equal(pclose(f), 0);
}

static void golden(void **state)
{
	const char *path = getenv("TK_GOLDEN_BLOCKS");
	FILE *f;

	(void)state;
	if (!path)
		skip();
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(check_stream(f) > 0);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),   cmocka_unit_test(f64_range),
		cmocka_unit_test(nibbles), cmocka_unit_test(q8_rows),
		cmocka_unit_test(sizes),   cmocka_unit_test(figures),
		cmocka_unit_test(numpy),   cmocka_unit_test(golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
