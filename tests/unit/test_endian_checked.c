/* SPDX-License-Identifier: MIT */
/*
 * test_endian_checked.c - integers byte by byte; sums that cannot overflow
 */
#include "base/checked.h"
#include "base/endian.h"
#include "rng.h"
#include "test.h"

__extension__ typedef unsigned __int128 wide;

static void test_bytes_of_integers(void **state)
{
	static const uint8_t p[] = {0xff, 0x81, 0x02, 0x83, 0x04,
				    0x85, 0x06, 0x87, 0x08};
	uint8_t q[9] = {0};

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(tk_load16(p + i), p[i] + 256 * p[i + 1]);
	assert_int_equal(tk_load32(p + 1), 0x04830281);
	assert_true(tk_load64(p + 1) == UINT64_C(0x0887068504830281));
	tk_store32(q + 1, 0x04830281);
	assert_memory_equal(q, "\0\x81\x02\x83\x04\0", 6);
	tk_store64(q + 1, UINT64_C(0x0887068504830281));
	assert_memory_equal(q + 1, p + 1, 8);
	assert_int_equal(tk_get16(tk_put16(0xabcd)), 0xabcd);
	assert_memory_equal(tk_put16(0xabcd).b, "\xcd\xab", 2);
	assert_memory_equal(tk_put32(0x89abcdef).b, "\xef\xcd\xab\x89", 4);
	assert_memory_equal(tk_put64(UINT64_C(0x0123456789abcdef)).b,
			    "\xef\xcd\xab\x89\x67\x45\x23\x01", 8);
}

/* Every bit goes where it should, at odd addresses as well. */
static void test_every_bit(void **state)
{
	uint8_t buffer[16];

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		memset(buffer, 0, sizeof(buffer));
		buffer[3 + bit / 8] = (uint8_t)(1 << bit % 8);
		assert_true(tk_load64(buffer + 3) == UINT64_C(1) << bit);
		if (bit < 32)
			assert_true(tk_load32(buffer + 3) ==
				    UINT32_C(1) << bit);
		if (bit < 16)
			assert_true(tk_load16(buffer + 3) == 1U << bit);
	}
}

static void test_floats(void **state)
{
	uint8_t q[8];

	(void)state;
	assert_true(tk_load_f32("\0\0\x80\xbf") == -1.0F);
	assert_true(tk_load_f64("\0\0\0\0\0\0\xf8\x3f") == 1.5);
	tk_store_f32(q, -1.0F);
	assert_memory_equal(q, "\0\0\x80\xbf", 4);
	tk_store_f64(q, 1.5);
	assert_memory_equal(q, "\0\0\0\0\0\0\xf8\x3f", 8);
	/* A signalling NaN must come through as it is. */
	tk_store_f32(q, tk_load_f32("\x01\0\xa0\x7f"));
	assert_memory_equal(q, "\x01\0\xa0\x7f", 4);
}

static void check_pair(uint64_t a, uint64_t b)
{
	uint64_t out = 42;
	wide sum = (wide)a + b, product = (wide)a * b;

	assert_int_equal(tk_add(&out, a, b), sum <= UINT64_MAX);
	assert_true(out == (sum <= UINT64_MAX ? (uint64_t)sum : 42));
	out = 42;
	assert_int_equal(tk_mul(&out, a, b), product <= UINT64_MAX);
	assert_true(out == (product <= UINT64_MAX ? (uint64_t)product : 42));
}

static void check_round(uint64_t x, uint64_t to)
{
	wide up = ((wide)x + to - 1) / to * to;
	uint64_t out = 42;

	assert_int_equal(tk_round_up(&out, x, to), up <= UINT64_MAX);
	assert_true(out == (up <= UINT64_MAX ? (uint64_t)up : 42));
}

static void check_inside(uint64_t off, uint64_t len, uint64_t size)
{
	assert_int_equal(tk_inside(off, len, size), (wide)off + len <= size);
}

#define EDGES 21

/* The numbers around which sums go wrong. */
static void fill_edges(uint64_t x[EDGES])
{
	static const unsigned shifts[] = {0, 6, 16, 31, 32, 33, 63};

	for (size_t i = 0; i < LEN(shifts); i++)
		for (size_t j = 0; j < 3; j++)
			x[3 * i + j] = (UINT64_C(1) << shifts[i]) - 1 + j;
	x[20] = UINT64_MAX;
	x[19] = UINT64_MAX - 1;
}

static void test_edges(void **state)
{
	uint64_t x[EDGES];

	(void)state;
	fill_edges(x);
	for (size_t i = 0; i < EDGES; i++) {
		for (size_t j = 0; j < EDGES; j++) {
			check_pair(x[i], x[j]);
			for (size_t k = 0; k < EDGES; k++)
				check_inside(x[i], x[j], x[k]);
		}
		for (unsigned shift = 0; shift < 64; shift++)
			check_round(x[i], UINT64_C(1) << shift);
	}
}

static void test_random(void **state)
{
	struct rng r = {1};

	(void)state;
	for (int i = 0; i < 300000; i++) {
		uint64_t a = rng_u64(&r) >> rng_below(&r, 64);
		uint64_t b = rng_u64(&r) >> rng_below(&r, 64);
		uint64_t c = rng_u64(&r) >> rng_below(&r, 64);

		check_pair(a, b);
		check_inside(a, b, c);
		check_inside(a, c - a, c);
		check_round(a, UINT64_C(1) << (c & 63));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_of_integers),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
