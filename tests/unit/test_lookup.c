/* SPDX-License-Identifier: MIT */
/*
 * test_lookup.c - tokens and look-ups in a vocabulary that is damaged, with
 * an index that is damaged, stale or missing: spec/format.md 8.5 and 4.2
 *
 * Each file is sealed anew and lies between guard pages.
 */
#include "forge.h"
#include "guard.h"
#include "test.h"

static struct tk_error err;

/* A file that ends with the section it is about. */
struct opened {
	struct guard g;
	struct tk_container *c;
	struct tk_model *m;
};

static struct opened open_image(const struct image *im)
{
	struct opened o = {.g = guard_copy(im->data, im->size, 64)};

	assert_ok(tk_container_open_bytes(
			  &o.c, (struct tk_bytes){o.g.data, o.g.size}, &err),
		  err);
	assert_ok(tk_model_open(&o.m, o.c, &err), err);
	return o;
}

static void close_opened(struct opened *o)
{
	tk_model_close(o->m);
	tk_container_close(o->c);
	guard_free(&o->g);
}

/* Every answer about every id and word; sums it up to use every byte. */
static unsigned ask_everything(const struct opened *o)
{
	static const char *const words[] = {"the", " cat", "", "x", "\xff\xc0",
					    "zzzzzzz", "a b c d e f g"};
	unsigned sum = 0;

	for (uint64_t id = 0; id < 9; id++) {
		struct tk_bytes t = {NULL, 0};
		enum tk_status s = tk_model_token(&t, o->m, id, &err);

		assert_true(s == TK_OK || s == TK_E_VALUE ||
			    s == TK_E_NOT_FOUND);
		if (s == TK_E_VALUE)
			assert_true(err.offset < o->g.size);
		for (size_t i = 0; i < t.len; i++)
			sum += t.ptr[i];
		assert_true(tk_model_token_kind(o->m, id) <= 5);
		sum += tk_model_token_score(o->m, id) > 0;
	}
	for (size_t i = 0; i < LEN(words); i++) {
		struct tk_bytes word = bytes_of(words[i]), t;
		uint32_t id;
		enum tk_status s = tk_model_find(&id, o->m, word, &err);

		assert_true(s == TK_OK || s == TK_E_NOT_FOUND);
		if (s)
			continue;
		/* Whatever the index says, the token has these bytes. */
		assert_ok(tk_model_token(&t, o->m, id, &err), err);
		assert_int_equal(t.len, word.len);
		assert_true(!t.len || !memcmp(t.ptr, word.ptr, t.len));
	}
	return sum;
}

static struct image six_tokens(void)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

/* Seals the file, and has the index be that of its vocabulary. */
static void seal_fresh(struct image *im)
{
	image_seal_all(im);
	memcpy(im->data + image_section(im, TK_KIND_VOCAB_INDEX),
	       im->data + image_entry(im, TK_KIND_VOCAB) + 0x70, 16);
	image_seal_all(im);
}

static const uint32_t edges[] = {
	0,  1,	  13,	      14,	  15,	      63,
	64, 4096, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
};

static void test_offsets(void **state)
{
	struct image good = six_tokens();
	size_t at = image_section(&good, TK_KIND_VOCAB) + 64;

	(void)state;
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < LEN(edges); j++) {
			struct image im = image_copy(&good, good.size);
			struct opened o;

			image_put(&im, at + 4 * i, 4, edges[j]);
			image_seal_all(&im);
			o = open_image(&im);
			ask_everything(&o);
			close_opened(&o);
			seal_fresh(&im);
			o = open_image(&im);
			ask_everything(&o);
			close_opened(&o);
			image_free(&im);
		}
	image_free(&good);
}

/* The token on each side of a bad offset, and where the error says it is. */
static void test_bad_offset(void **state)
{
	struct image im = six_tokens();
	size_t at = image_section(&im, TK_KIND_VOCAB) + 64;
	struct tk_bytes t = {NULL, 5};
	struct opened o;
	uint32_t id = 7;

	(void)state;
	image_put(&im, at + 4, 4, 15); /* the blob has 14 */
	seal_fresh(&im);
	o = open_image(&im);
	for (uint64_t bad = 0; bad < 2; bad++) {
		assert_status(tk_model_token(&t, o.m, bad, &err), TK_E_VALUE);
		assert_int_equal(err.offset, at + 4 * bad);
		assert_int_equal(t.len, 5);
	}
	assert_status(tk_model_token(&t, o.m, 2, &err), TK_OK);
	/* The index has the first "the" only, which is "not equal" now. */
	assert_status(tk_model_find(&id, o.m, bytes_of("the"), &err),
		      TK_E_NOT_FOUND);
	assert_int_equal(id, 7);
	close_opened(&o);
	image_free(&im);
}

static void test_bad_kinds(void **state)
{
	struct image im = six_tokens();
	size_t at = image_section(&im, TK_KIND_VOCAB) + 64 + 64 + 64;
	struct opened o;

	(void)state;
	assert_memory_equal(im.data + at, "\0\3\5\0\2\0", 6);
	image_put(&im, at, 4, 0xff0605ff);
	image_seal_all(&im);
	o = open_image(&im);
	assert_int_equal(tk_model_token_kind(o.m, 0), TK_TOKEN_NORMAL);
	assert_int_equal(tk_model_token_kind(o.m, 1), TK_TOKEN_BYTE);
	assert_int_equal(tk_model_token_kind(o.m, 2), TK_TOKEN_NORMAL);
	assert_int_equal(tk_model_token_kind(o.m, 3), TK_TOKEN_NORMAL);
	assert_int_equal(tk_model_token_kind(o.m, 4), TK_TOKEN_CONTROL);
	close_opened(&o);
	image_free(&im);
}

/* ---- the index ---- */

static void test_random_slots(void **state)
{
	struct image good = six_tokens();
	size_t at = image_section(&good, TK_KIND_VOCAB_INDEX);
	struct rng r = {17};

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct image im = image_copy(&good, good.size);
		struct opened o;

		for (size_t i = 0; i < 16; i++)
			if (rng_u64(&r) & 1)
				image_put(&im, at + 64 + 4 * i,
					  rng_u64(&r) & 1 ? 1 : 4,
					  rng_u64(&r));
		image_put(&im, at + 0x24, 4, rng_below(&r, 256));
		image_seal_all(&im);
		o = open_image(&im);
		assert_true(tk_model_vocab(o.m).has_index);
		ask_everything(&o);
		close_opened(&o);
		image_free(&im);
	}
	image_free(&good);
}

/* No slot is empty, all have the right tag, and a probe is 256 long. */
static void test_full_index(void **state)
{
	struct image good = six_tokens();
	size_t at = image_section(&good, TK_KIND_VOCAB_INDEX);

	(void)state;
	for (uint32_t low = 0; low < 8; low++) {
		struct image im = image_copy(&good, good.size);
		struct opened o;

		/* The tag of each token in turn fills the table. */
		for (size_t from = 0; from < 16; from++) {
			uint64_t slot = image_get(&good, at + 64 + 4 * from,
						  4);

			for (size_t i = 0; slot && i < 16; i++)
				image_put(&im, at + 64 + 4 * i, 4,
					  (slot & ~UINT64_C(7)) | low);
			if (!slot)
				continue;
			image_put(&im, at + 0x24, 4, 255);
			image_seal_all(&im);
			o = open_image(&im);
			ask_everything(&o);
			close_opened(&o);
		}
		image_free(&im);
	}
	image_free(&good);
}

static void expect_answers(const struct image *im, bool has_index)
{
	static const struct {
		const char *word;
		size_t len;
		uint32_t id;
	} words[] = {
		{"the", 3, 0},	    {" cat", 4, 1}, {"\0x", 2, 2},
		{"\xff\xc0", 2, 3}, {"", 0, 4},	    {"th", 2, TK_NO_ID},
		{"\0", 1, TK_NO_ID},
	};
	struct opened o = open_image(im);

	assert_int_equal(tk_model_vocab(o.m).has_index, has_index);
	for (size_t i = 0; i < LEN(words); i++) {
		struct tk_bytes word = {(const uint8_t *)words[i].word,
					words[i].len};
		uint32_t id = TK_NO_ID;
		enum tk_status s = tk_model_find(&id, o.m, word, &err);

		assert_int_equal(s, words[i].id == TK_NO_ID ? TK_E_NOT_FOUND
							    : TK_OK);
		assert_int_equal(id, words[i].id);
	}
	close_opened(&o);
}

/* An index of another vocabulary is as good as none: same answers. */
static void test_stale_index(void **state)
{
	struct image im = six_tokens();
	size_t at = image_section(&im, TK_KIND_VOCAB_INDEX);

	(void)state;
	expect_answers(&im, true);
	im.data[at] ^= 1;
	/* Nothing of a stale index may count. */
	memset(im.data + at + 0x20, 0xff, 32);
	image_seal_all(&im);
	expect_answers(&im, false);
	image_free(&im);
}

static void test_no_index(void **state)
{
	struct image im = six_tokens(), without;
	size_t e = image_entry(&im, TK_KIND_VOCAB);
	struct forge f;

	(void)state;
	forge_start(&f);
	f.vocab.n_tokens = 0;
	forge_bytes(&f, TK_KIND_VOCAB,
		    (struct tk_bytes){im.data +
					      image_section(&im,
							    TK_KIND_VOCAB),
				      (size_t)image_get(&im, e + 0x38, 8)});
	without = forge_image(&f);
	expect_answers(&without, false);
	image_free(&without);
	forge_end(&f);
	image_free(&im);
}

/*
 * Tokens that overlap: without an index they are passed until they have more
 * bytes than the blob, however many there are.
 */
static void test_overlap(void **state)
{
	static const uint32_t ends[] = {0, 3, 0, 14, 0, 3, 14};
	struct image im = six_tokens();
	size_t v = image_section(&im, TK_KIND_VOCAB);
	struct tk_bytes all = {im.data + v + 128, 14};
	struct opened o;
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < LEN(ends); i++)
		image_put(&im, v + 64 + 4 * i, 4, ends[i]);
	image_put(&im, v + 8, 4, 14);
	im.data[image_section(&im, TK_KIND_VOCAB_INDEX)] ^= 1;
	image_seal_all(&im);
	o = open_image(&im);
	assert_false(tk_model_vocab(o.m).has_index);
	/* Id 0 has 3 bytes; id 2 all 14, 17 in all. */
	assert_ok(tk_model_find(&id, o.m, bytes_of("the"), &err), err);
	assert_int_equal(id, 0);
	assert_status(tk_model_find(&id, o.m, all, &err), TK_E_NOT_FOUND);
	close_opened(&o);
	/* Without id 0 it is the first. */
	image_put(&im, v + 64, 4, 9);
	image_seal_all(&im);
	o = open_image(&im);
	assert_ok(tk_model_find(&id, o.m, all, &err), err);
	assert_int_equal(id, 2);
	assert_status(tk_model_find(&id, o.m, bytes_of("the"), &err),
		      TK_E_NOT_FOUND);
	close_opened(&o);
	image_free(&im);
}

/* ---- everything at once ---- */

/* Any bytes of vocabulary and index, headers aside. */
static void test_any_data(void **state)
{
	struct image good = six_tokens();
	size_t vocab = image_section(&good, TK_KIND_VOCAB);
	size_t index = image_section(&good, TK_KIND_VOCAB_INDEX);
	struct rng r = {23};

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct image im = image_copy(&good, good.size);
		struct opened o;

		for (uint64_t n = 1 + rng_below(&r, 20); n; n--)
			im.data[vocab + 64 + rng_below(&r, index - vocab -
							      64)] =
				(uint8_t)rng_u64(&r);
		for (uint64_t n = rng_below(&r, 20); n; n--)
			im.data[index + 64 + rng_below(&r, 64)] =
				(uint8_t)rng_u64(&r);
		seal_fresh(&im);
		o = open_image(&im);
		assert_true(tk_model_vocab(o.m).has_index);
		ask_everything(&o);
		close_opened(&o);
		image_free(&im);
	}
	image_free(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_bad_offset),
		cmocka_unit_test(test_bad_kinds),
		cmocka_unit_test(test_random_slots),
		cmocka_unit_test(test_full_index),
		cmocka_unit_test(test_stale_index),
		cmocka_unit_test(test_no_index),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_any_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
