/* SPDX-License-Identifier: MIT */
/*
 * test_keyvalue.c - keys and values: what is written is read, and every
 * defect of spec/format.md 8.2 is refused
 */
#include <math.h>

#include "guard.h"
#include "rng.h"
#include "test.h"

#define ROOM 512

/* A section under construction, by hand. */
struct section {
	uint8_t p[ROOM];
	size_t len;
};

static void put(struct section *s, const void *data, size_t len, size_t to)
{
	assert_true(s->len + len + 8 <= ROOM);
	memcpy(s->p + s->len, data, len);
	for (s->len += len; s->len % to; s->len++)
		s->p[s->len] = 0;
}

static void start(struct section *s, unsigned count)
{
	const uint8_t head[8] = {(uint8_t)count, (uint8_t)(count >> 8)};

	memset(s, 0, sizeof(*s));
	put(s, head, 8, 8);
}

static void entry(struct section *s, const char *key, int type, int flags,
		  const void *value, size_t len)
{
	const uint8_t head[8] = {(uint8_t)strlen(key), 0, (uint8_t)type,
				 (uint8_t)flags, (uint8_t)len};

	put(s, head, 8, 8);
	put(s, key, strlen(key), 8);
	put(s, value, len, 8);
}

/* Checks a copy that ends where nothing may be read. */
static enum tk_status check(const struct section *s, struct tk_error *err)
{
	struct guard g = guard_copy(s->p, s->len, 1);
	enum tk_status status =
		tk_kv_check((struct tk_bytes){g.data, g.size}, err);

	guard_free(&g);
	return status;
}

static void expect(const struct section *s, enum tk_status status,
		   uint64_t offset)
{
	struct tk_error err = {.offset = 0};

	assert_status(check(s, &err), status);
	if (status && err.offset != offset)
		fail_msg("offset %d, not %d: %s", (int)err.offset, (int)offset,
			 err.message);
}

/* ---- single entries ---- */

#define NAN_BITS "\0\0\0\0\0\0\xf8\x7f"
#define INF_BITS "\0\0\0\0\0\0\xf0\x7f"
#define MAX_BITS "\xff\xff\xff\xff\xff\xff\xef\xff"

static const struct {
	const char *key;
	int type, flags;
	const char *value;
	size_t len;
	enum tk_status status;
} entries[] = {
	{"a", TK_KV_BOOL, 0, "\0", 1, TK_OK},
	{"a", TK_KV_BOOL, 1, "\1", 1, TK_OK},
	{"a", TK_KV_BOOL, 0, "\2", 1, TK_E_VALUE}, /* R43 */
	{"a", TK_KV_BOOL, 0, "", 0, TK_E_VALUE},
	{"a", TK_KV_BOOL, 0, "\0\0", 2, TK_E_VALUE},
	{"a", TK_KV_U64, 0, "12345678", 8, TK_OK},
	{"a", TK_KV_U64, 0, "1234567", 7, TK_E_VALUE},
	{"a", TK_KV_U64, 0, "1234567812345678", 16, TK_E_VALUE},
	{"a", TK_KV_U64, 0, "", 0, TK_E_VALUE},
	{"a", TK_KV_F64, 0, MAX_BITS, 8, TK_OK},
	{"a", TK_KV_F64, 0, "1234", 4, TK_E_VALUE},
	{"a", TK_KV_F64, 0, NAN_BITS, 8, TK_E_VALUE},
	{"a", TK_KV_F64, 0, INF_BITS, 8, TK_E_VALUE},
	{"a", TK_KV_TEXT, 0, "", 0, TK_OK},
	{"a", TK_KV_TEXT, 0, "\xc3\xa9\x7f", 3, TK_OK},
	{"a", TK_KV_TEXT, 0, "a\0b", 3, TK_E_VALUE},
	{"a", TK_KV_TEXT, 0, "\xc3", 1, TK_E_VALUE},
	{"a", TK_KV_TEXT, 0, "\xed\xa0\x80", 3, TK_E_VALUE},
	{"a", TK_KV_TEXT, 0, "\xc0\x80", 2, TK_E_VALUE},
	{"a", TK_KV_BYTES, 0, "", 0, TK_OK},
	{"a", TK_KV_BYTES, 0, "\0\xff\0", 3, TK_OK},
	{"a", TK_KV_U64S, 0, "", 0, TK_OK},
	{"a", TK_KV_U64S, 0, NAN_BITS MAX_BITS, 16, TK_OK},
	{"a", TK_KV_U64S, 0, NAN_BITS "1", 9, TK_E_VALUE},
	{"a", TK_KV_F64S, 0, "", 0, TK_OK},
	{"a", TK_KV_F64S, 0, MAX_BITS MAX_BITS, 16, TK_OK},
	{"a", TK_KV_F64S, 0, MAX_BITS NAN_BITS, 16, TK_E_VALUE},
	{"a", TK_KV_F64S, 0, MAX_BITS "1234567", 15, TK_E_VALUE},
	{"a", 0, 0, "1", 1, TK_E_VALUE},
	{"a", 8, 0, "1", 1, TK_E_VALUE},
	{"a", 255, 0, "1", 1, TK_E_VALUE},
	{"a", TK_KV_BOOL, 2, "\1", 1, TK_E_RESERVED}, /* R42 */
	{"a", TK_KV_BOOL, 0x80, "\1", 1, TK_E_RESERVED},
	{"", TK_KV_BOOL, 0, "\1", 1, TK_E_VALUE}, /* R43 */
	{"A", TK_KV_BOOL, 0, "\1", 1, TK_E_VALUE},
	{"a b", TK_KV_BOOL, 0, "\1", 1, TK_E_VALUE},
	{"a/b", TK_KV_BOOL, 0, "\1", 1, TK_E_VALUE},
	{"caf\xc3\xa9", TK_KV_BOOL, 0, "\1", 1, TK_E_VALUE},
	{"a\x1b", TK_KV_BOOL, 0, "\1", 1, TK_E_VALUE},
	{"az09_.-", TK_KV_BOOL, 0, "\1", 1, TK_OK},
	{"-", TK_KV_BOOL, 0, "\1", 1, TK_OK},
};

static void test_single_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(entries); i++) {
		struct section s;
		enum tk_status status;

		start(&s, 1);
		entry(&s, entries[i].key, entries[i].type, entries[i].flags,
		      entries[i].value, entries[i].len);
		status = check(&s, NULL);
		if (status != entries[i].status)
			fail_msg("entry %zu: %s", i, tk_status_text(status));
		if (status)
			expect(&s, status, 8);
	}
}

/* ---- sections ---- */

static void test_order(void **state)
{
	static const struct {
		const char *a, *b;
		bool legal;
	} pairs[] = {
		{"a", "b", true},   {"b", "a", false},	{"a", "a", false},
		{"a", "a.", true},  {"a.", "a", false}, {"ab", "b", true},
		{"b", "ab", false}, {"a-", "a.", true}, {"a.", "a-", false},
	};

	(void)state;
	for (size_t i = 0; i < LEN(pairs); i++) {
		struct section s;

		start(&s, 2);
		entry(&s, pairs[i].a, TK_KV_TEXT, 0, "x", 1);
		entry(&s, pairs[i].b, TK_KV_TEXT, 0, "y", 1);
		expect(&s, pairs[i].legal ? TK_OK : TK_E_LAYOUT, 8 + 24);
	}
}

static void good_section(struct section *s)
{
	start(s, 3);
	entry(s, "abcdefgh", TK_KV_U64, 0, "12345678", 8);
	entry(s, "b", TK_KV_TEXT, 1, "text", 4);
	entry(s, "c", TK_KV_BYTES, 0, "", 0);
}

static void test_counts(void **state)
{
	struct section s;

	(void)state;
	good_section(&s);
	expect(&s, TK_OK, 0);
	s.p[0] = 4; /* R41: the fourth does not fit */
	expect(&s, TK_E_LAYOUT, s.len);
	s.p[0] = 2; /* R41: bytes after the second */
	expect(&s, TK_E_LAYOUT, s.len - 16);
	good_section(&s);
	s.p[4] = 1; /* R42 */
	expect(&s, TK_E_RESERVED, 4);
	start(&s, 0);
	expect(&s, TK_OK, 0);
	s.len = 16;
	expect(&s, TK_E_LAYOUT, 8);
	start(&s, 4097); /* R40 */
	expect(&s, TK_E_LIMIT, 0);
	start(&s, 4096);
	expect(&s, TK_E_LAYOUT, 8);
	memset(s.p, 0xff, 4);
	expect(&s, TK_E_LIMIT, 0);
}

/* R42: every byte that is padding, and no other, is held to be zero. */
static void test_padding(void **state)
{
	struct section s;
	size_t n = 0;

	(void)state;
	start(&s, 1);
	entry(&s, "abc", TK_KV_BYTES, 0, "12345", 5);
	for (size_t i = 0; i < 8; i++) {
		s.p[16 + i] ^= 0x20 * (i >= 3);
		s.p[24 + i] ^= 1;
		n += check(&s, NULL) == TK_E_RESERVED;
		s.p[16 + i] ^= 0x20 * (i >= 3);
		s.p[24 + i] ^= 1;
	}
	assert_int_equal(n, 5);
	for (size_t i = 5; i < 8; i++) {
		s.p[24 + i] = 1;
		expect(&s, TK_E_RESERVED, 8);
		s.p[24 + i] = 0;
	}
	expect(&s, TK_OK, 0);
}

static void test_every_cut(void **state)
{
	struct section s;
	size_t whole;

	(void)state;
	good_section(&s);
	whole = s.len;
	for (s.len = 0; s.len < whole; s.len++)
		if (check(&s, NULL) != TK_E_LAYOUT)
			fail_msg("cut at %zu: %s", s.len,
				 tk_status_text(check(&s, NULL)));
	expect(&s, TK_OK, 0);
}

/* Lengths that point behind the end, or wrap. */
static void test_lengths(void **state)
{
	struct section s;

	(void)state;
	good_section(&s);
	memset(s.p + 8 + 4, 0xff, 4); /* R40: value_len */
	expect(&s, TK_E_LIMIT, 8);
	memcpy(s.p + 8 + 4, "\0\0\x80\0", 4); /* 8 MiB: legal, not there */
	expect(&s, TK_E_LAYOUT, 8);
	memcpy(s.p + 8 + 4, "\1\0\x80\0", 4);
	expect(&s, TK_E_LIMIT, 8);
	good_section(&s);
	memcpy(s.p + 8, "\x80\0", 2); /* R40: key_len 128 */
	expect(&s, TK_E_LIMIT, 8);
	memcpy(s.p + 8, "\xff\xff", 2);
	expect(&s, TK_E_LIMIT, 8);
	memcpy(s.p + 8, "\x7f\0", 2); /* legal, not there */
	expect(&s, TK_E_LAYOUT, 8);
}

/* A walk over bytes that change under it stays inside. */
static void test_walk_of_anything(void **state)
{
	struct rng r = {5};
	struct section s;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct guard g;
		struct tk_kv kv;
		size_t pos = 0, steps = 0;

		good_section(&s);
		for (uint64_t n = rng_below(&r, 4); n; n--)
			s.p[rng_below(&r, s.len)] = (uint8_t)rng_u64(&r);
		g = guard_copy(s.p, s.len - rng_below(&r, 9), 1);
		while (tk_kv_next(&kv, (struct tk_bytes){g.data, g.size},
				  &pos)) {
			assert_true(kv.value.ptr >= g.data);
			assert_true(kv.value.len <=
				    (size_t)(g.data + g.size - kv.value.ptr));
			tk_kv_bool(&kv);
			tk_kv_f64(&kv, kv.value.len / 8);
			assert_true(++steps < 100);
		}
		guard_free(&g);
	}
}

/* 16 MiB are looked at, a byte more is not. */
static void test_largest(void **state)
{
	const size_t most = (size_t)16 << 20;
	uint8_t *zeros = calloc(1, most + 1);

	(void)state;
	assert_non_null(zeros);
	assert_int_equal(tk_kv_check((struct tk_bytes){zeros, most}, NULL),
			 TK_E_LAYOUT);
	assert_int_equal(tk_kv_check((struct tk_bytes){zeros, most + 1}, NULL),
			 TK_E_LIMIT);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_entries),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_walk_of_anything),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
