/* SPDX-License-Identifier: MIT */
/*
 * prop_reseal.c - hostile numbers behind right checksums
 *
 * Fields of header, table and sections are given boundary values or random
 * ones, and the file is sealed anew: whatever opens is asked everything.  The
 * calls must come back, and read nothing outside the file, which ends at a
 * guard page.  A million times if TK_LONG is set.
 */
#include "ask.h"
#include "forge.h"
#include "guard.h"
#include "samples.h"
#include "test.h"

static struct asked asked;

/* ---- what is spoilt ---- */

/* Where a field of 1, 2, 4 or 8 bytes may be: more often where it hurts. */
static size_t pick_place(const struct image *im, size_t width, struct rng *r)
{
	size_t n = (size_t)image_get(im, 0x10, 4);
	size_t e = 128 + 192 * rng_below(r, n);
	size_t at = (size_t)image_get(im, e + 0x30, 8);
	size_t size = (size_t)image_get(im, e + 0x38, 8);

	switch (rng_below(r, 8)) {
	case 0:
		return 8 + rng_below(r, 0x28 / width) * width;
	case 1:
	case 2:
		return e + rng_below(r, 0x70 / width) * width;
	case 3:
		return rng_below(r, im->size - width);
	default: /* headers of sections, offsets, slots, keys */
		if (size > 256)
			size = 256;
		if (size < width)
			return e;
		return at + rng_below(r, size / width) * width;
	}
}

static uint64_t pick_value(const struct image *im, size_t at, size_t width,
			   struct rng *r)
{
	static const uint64_t edges[] = {
		0,	    1,	    2,	     7,	       8,      63,
		64,	    65,	    127,     128,      255,    256,
		65535,	    65536,  1 << 17, 1 << 24,  1U << 31, UINT32_MAX,
		UINT64_MAX, UINT64_C(1) << 47, UINT64_C(1) << 63,
		UINT64_MAX - 63,
	};
	uint64_t old = image_get(im, at, width);

	switch (rng_below(r, 6)) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old ^ UINT64_C(1) << rng_below(r, 8 * width);
	case 3:
		return rng_u64(r);
	case 4:
		return im->size + rng_below(r, 3) - 1;
	default:
		return edges[rng_below(r, LEN(edges))];
	}
}

static void spoil(struct image *im, const struct image *good, struct rng *r)
{
	for (uint64_t n = 1 + rng_below(r, 3); n; n--) {
		size_t width = (size_t)1 << rng_below(r, 4);
		size_t at = pick_place(good, width, r);

		image_put(im, at, width, pick_value(good, at, width, r));
	}
}

/* Seals leaves as well if the table is still one that can be followed. */
static void seal_some(struct image *im, const struct image *good,
		      struct rng *r)
{
	size_t head = 128 + 192 * (size_t)image_get(good, 0x10, 4);

	if (memcmp(im->data, good->data, head) || rng_below(r, 4) == 0) {
		image_seal(im);
		return;
	}
	image_seal_all(im);
	if (rng_below(r, 2))
		return;
	/* An index of this very vocabulary. */
	memcpy(im->data + image_section(im, TK_KIND_VOCAB_INDEX),
	       im->data + image_entry(im, TK_KIND_VOCAB) + 0x70, 16);
	image_seal_all(im);
}

static void check_round(const struct image *im)
{
	struct guard g = guard_copy(im->data, im->size, 64);

	ask_file(&asked, (struct tk_bytes){g.data, g.size});
	guard_free(&g);
}

static void test_rounds(void **state)
{
	const size_t rounds = sample_step(24000, 1000000);
	struct image good = forge_whole();
	struct rng r = {109};

	(void)state;
	for (size_t i = 0; i < rounds; i++) {
		struct image im = image_copy(&good, good.size);

		spoil(&im, &good, &r);
		seal_some(&im, &good, &r);
		check_round(&im);
		image_free(&im);
	}
	/* The mutations must not all be caught at the first door. */
	assert_true(asked.opened > rounds / 4);
	assert_true(asked.models > rounds / 8);
	assert_true(asked.predicted > rounds / 10);
	sample_report("%zu files changed and sealed anew, %zu opened, %zu "
		      "models, %zu predict\n",
		      rounds, asked.opened, asked.models, asked.predicted);
	image_free(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
