/* SPDX-License-Identifier: MIT */
/*
 * test_kvbuild.c - building sections of keys and values
 */
#include <math.h>

#include "rng.h"
#include "test.h"

static struct tk_error err;

static struct tk_bytes finish(struct tk_kv_builder *b)
{
	struct tk_bytes out = {NULL, 0};

	assert_ok(tk_kv_builder_finish(&out, b, &err), err);
	assert_ok(tk_kv_check(out, &err), err);
	return out;
}

static struct tk_kv find(struct tk_bytes section, const char *key)
{
	struct tk_kv kv = {.must = false};

	if (!tk_kv_find(&kv, section, key))
		fail_msg("no key %s", key);
	assert_int_equal((uintptr_t)kv.value.ptr % 8, 0);
	return kv;
}

static void test_every_type(void **state)
{
	static const uint64_t u[] = {0, 1, UINT64_MAX};
	static const double d[] = {-0.0, 0x1p-1074, -1.7976931348623157e308};
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes s;
	struct tk_kv kv;

	(void)state;
	tk_kv_set_f64s(b, "f64s", d, 3, false);
	tk_kv_set_u64s(b, "u64s", u, 3, true);
	tk_kv_set_bytes(b, "bytes", (struct tk_bytes){NULL, 0}, false);
	tk_kv_set_text(b, "text", bytes_of("t\xc3\xa9xt"), false);
	tk_kv_set_f64(b, "f64", 0.1, true);
	tk_kv_set_u64(b, "u64", UINT64_MAX - 1, false);
	tk_kv_set_bool(b, "bool", true, true);
	assert_int_equal(tk_kv_builder_count(b), 7);
	s = finish(b);
	kv = find(s, "f64s");
	for (size_t i = 0; i < 3; i++)
		assert_true(tk_kv_f64(&kv, i) == d[i]);
	assert_true(signbit(tk_kv_f64(&kv, 0)));
	assert_true(tk_kv_f64(&kv, 3) == 0);
	kv = find(s, "u64s");
	assert_true(kv.must && kv.type == TK_KV_U64S);
	for (size_t i = 0; i < 3; i++)
		assert_true(tk_kv_u64(&kv, i) == u[i]);
	assert_true(tk_kv_u64(&kv, 3) == 0);
	assert_int_equal(find(s, "bytes").value.len, 0);
	kv = find(s, "text");
	assert_memory_equal(kv.value.ptr, "t\xc3\xa9xt", 5);
	kv = find(s, "f64");
	assert_true(tk_kv_f64(&kv, 0) == 0.1 && kv.must);
	kv = find(s, "u64");
	assert_true(tk_kv_u64(&kv, 0) == UINT64_MAX - 1 && !kv.must);
	kv = find(s, "bool");
	assert_true(tk_kv_bool(&kv));
	assert_false(tk_kv_find(&kv, s, "boo"));
	assert_false(tk_kv_find(&kv, s, "bool."));
	tk_kv_builder_free(b);
}

/* One set of keys has one encoding, whatever came before. */
static void test_replacing(void **state)
{
	struct tk_kv_builder *a = tk_kv_builder_new();
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes x, y;

	(void)state;
	tk_kv_set_u64(a, "b", 1, true);
	tk_kv_set_text(a, "a", bytes_of("long, long ago"), true);
	tk_kv_set_u64(a, "c", 7, false);
	x = finish(a);
	assert_int_equal(x.len, 8 + 32 + 24 + 24);
	tk_kv_set_bool(a, "a", false, false);
	tk_kv_set_text(a, "b", bytes_of(""), false);
	x = finish(a);
	tk_kv_set_u64(b, "c", 7, false);
	tk_kv_set_text(b, "b", bytes_of(""), false);
	tk_kv_set_bool(b, "a", false, false);
	y = finish(b);
	assert_int_equal(tk_kv_builder_count(a), 3);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.ptr, y.ptr, x.len);
	tk_kv_builder_free(a);
	tk_kv_builder_free(b);
	tk_kv_builder_free(NULL);
}

/* A failed call is remembered, and told again at the end. */
static void expect_failure(struct tk_kv_builder *b, enum tk_status now,
			   enum tk_status expected)
{
	struct tk_bytes out = {NULL, 77};

	assert_status(now, expected);
	assert_status(tk_kv_set_bool(b, "fine", true, false), expected);
	assert_status(tk_kv_builder_finish(&out, b, NULL), expected);
	assert_int_equal(out.len, 77);
	tk_kv_builder_free(b);
}

static void test_refusals(void **state)
{
	static const double bad[] = {1, NAN};
	char key[129];
	struct tk_kv_builder *b;

	(void)state;
#define REFUSED(call, status)                                                 \
	do {                                                                  \
		b = tk_kv_builder_new();                                      \
		expect_failure(b, call, status);                              \
	} while (0)
	REFUSED(tk_kv_set_bool(b, "", true, false), TK_E_ARGUMENT);
	REFUSED(tk_kv_set_bool(b, "Key", true, false), TK_E_ARGUMENT);
	REFUSED(tk_kv_set_f64(b, "a", INFINITY, false), TK_E_ARGUMENT);
	REFUSED(tk_kv_set_f64s(b, "a", bad, 2, false), TK_E_ARGUMENT);
	REFUSED(tk_kv_set_text(b, "a", bytes_of("\xff"), false),
		TK_E_ARGUMENT);
	REFUSED(tk_kv_set_text(b, "a",
			       (struct tk_bytes){(const uint8_t *)"a\0", 2},
			       false),
		TK_E_ARGUMENT);
	REFUSED(tk_kv_set_u64s(b, "a", NULL, SIZE_MAX / 8, false),
		TK_E_LIMIT);
	REFUSED(tk_kv_set_f64s(b, "a", NULL, (1 << 20) + 1, false),
		TK_E_LIMIT);
#undef REFUSED
	memset(key, 'k', sizeof(key));
	key[128] = 0;
	b = tk_kv_builder_new();
	assert_status(tk_kv_set_bool(b, key + 1, true, false), TK_OK);
	expect_failure(b, tk_kv_set_bool(b, key, true, false), TK_E_ARGUMENT);
}

/* R40: 8 MiB a value, 16 MiB a section, 4096 keys. */
static void test_limits(void **state)
{
	const size_t most = (size_t)8 << 20;
	uint8_t *zeros = calloc(1, most + 1);
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes out;
	char key[16];

	(void)state;
	assert_non_null(zeros);
	tk_kv_set_bytes(b, "a", (struct tk_bytes){zeros, most}, false);
	finish(b);
	tk_kv_set_bytes(b, "b", (struct tk_bytes){zeros, most - 40}, false);
	out = finish(b);
	assert_int_equal(out.len, 2 * most);
	tk_kv_set_bytes(b, "b", (struct tk_bytes){zeros, most - 39}, false);
	assert_status(tk_kv_builder_finish(&out, b, NULL), TK_E_LIMIT);
	expect_failure(b,
		       tk_kv_set_bytes(b, "c",
				       (struct tk_bytes){zeros, most + 1},
				       false),
		       TK_E_LIMIT);
	free(zeros);
	b = tk_kv_builder_new();
	for (int i = 0; i < 4096; i++) {
		snprintf(key, sizeof(key), "key.%d", i * 1009 % 4096);
		tk_kv_set_u64(b, key, (uint64_t)i, false);
	}
	out = finish(b);
	assert_int_equal(tk_kv_builder_count(b), 4096);
	tk_kv_set_u64(b, "key.7", 7, false);
	finish(b);
	expect_failure(b, tk_kv_set_bool(b, "more", true, false), TK_E_LIMIT);
}

/* Keys in any order come back in theirs. */
static void test_random(void **state)
{
	struct rng r = {11};

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct tk_kv_builder *b = tk_kv_builder_new();
		uint64_t values[50] = {0};
		bool set[50] = {false};
		struct tk_bytes s;
		char key[16];

		for (uint64_t n = rng_below(&r, 100); n; n--) {
			size_t i = (size_t)rng_below(&r, 50);

			values[i] = rng_u64(&r);
			set[i] = true;
			snprintf(key, sizeof(key), "%zx.%zu", i * i, i);
			tk_kv_set_u64(b, key, values[i], i & 1);
		}
		s = finish(b);
		for (size_t i = 0; i < 50; i++) {
			struct tk_kv kv;

			snprintf(key, sizeof(key), "%zx.%zu", i * i, i);
			assert_int_equal(tk_kv_find(&kv, s, key), set[i]);
			if (set[i])
				assert_true(tk_kv_u64(&kv, 0) == values[i] &&
					    kv.must == (i & 1));
		}
		tk_kv_builder_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_replacing),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
