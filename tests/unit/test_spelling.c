/* SPDX-License-Identifier: MIT */
/*
 * test_spelling.c - the distance between words
 */
#include "test.h"


#include "rng.h"
#include "spelling.h"

static size_t distance(const char *a, const char *b, size_t limit)
{
	return spelling_distance(bytes_of(a), bytes_of(b), limit, false);
}

static void known_distances(void **state)
{
	(void)state;
	assert_int_equal(distance("", "", 3), 0);
	assert_int_equal(distance("", "abc", 3), 3);
	assert_int_equal(distance("abc", "", 3), 3);
	assert_int_equal(distance("kitten", "sitting", 9), 3);
	assert_int_equal(distance("saturday", "sunday", 9), 3);
	assert_int_equal(distance("queen", "queen", 0), 0);
	assert_int_equal(distance("queen", "Queen", 2), 1);
	/* Two letters that changed places are two steps. */
	assert_int_equal(distance("freind", "friend", 9), 2);
}

static void beyond_the_limit(void **state)
{
	char longest[SPELLING_MAX + 2];

	(void)state;
	assert_int_equal(distance("kitten", "sitting", 2), 3);
	assert_int_equal(distance("kitten", "sitting", 0), 1);
	assert_int_equal(distance("a", "abcdefgh", 3), 4);
	memset(longest, 'x', sizeof(longest));
	longest[SPELLING_MAX + 1] = 0;
	assert_int_equal(distance(longest, longest, 5), 6);
	assert_int_equal(distance(longest + 1, longest + 1, 5), 0);
	assert_int_equal(distance(longest, longest + 1, 5), 6);
}

static void folded(void **state)
{
	(void)state;
	assert_int_equal(spelling_distance(bytes_of("CAT!"),
					   bytes_of("cats"), 3, true),
			 1);
	/* Letters only: @ and ` are 32 apart, and so are [ and {. */
	assert_int_equal(spelling_distance(bytes_of("@["),
					   bytes_of("`{"), 3, true),
			 2);
	assert_int_equal(spelling_lower('Z'), 'z');
	assert_int_equal(spelling_lower(0xc3), 0xc3);
}

/* The definition, as slow as it is. */
static size_t by_definition(struct tk_bytes a, struct tk_bytes b)
{
	size_t steps[3];

	if (!a.len || !b.len)
		return a.len + b.len;
	a.len--;
	steps[1] = by_definition(a, b) + 1;
	b.len--;
	steps[0] = by_definition(a, b) + (a.ptr[a.len] != b.ptr[b.len]);
	a.len++;
	steps[2] = by_definition(a, b) + 1;
	for (size_t i = 1; i < 3; i++)
		if (steps[i] < steps[0])
			steps[0] = steps[i];
	return steps[0];
}

static void random_words(void **state)
{
	struct tk_bytes a, b;
	uint8_t bytes[2][6];
	struct rng r = {7};

	(void)state;
	for (size_t n = 0; n < 2000; n++) {
		size_t limit = rng_below(&r, 7), want;

		a = (struct tk_bytes){bytes[0], rng_below(&r, 7)};
		b = (struct tk_bytes){bytes[1], rng_below(&r, 7)};
		for (size_t i = 0; i < a.len; i++)
			bytes[0][i] = (uint8_t)rng_below(&r, 3);
		for (size_t i = 0; i < b.len; i++)
			bytes[1][i] = (uint8_t)rng_below(&r, 3);
		want = by_definition(a, b);
		assert_int_equal(spelling_distance(a, b, limit, false),
				 want > limit ? limit + 1 : want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_distances),
		cmocka_unit_test(beyond_the_limit),
		cmocka_unit_test(folded),
		cmocka_unit_test(random_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
