/* SPDX-License-Identifier: MIT */
/*
 * test_vocab.c - ids to bytes and back, for tokens of all sorts
 */
#include <xxhash.h>

#include "guard.h"
#include "forge.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

/* A file of hparams and that vocabulary, opened. */
struct opened {
	struct image im;
	struct tk_container *c;
	struct tk_model *m;
};

static struct opened open_image(struct image im)
{
	struct opened o = {.im = im};

	assert_ok(tk_container_open_bytes(&o.c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&o.m, o.c, &err), err);
	return o;
}

static struct opened open_vocab(const struct tk_vocab_parts *parts)
{
	struct opened o;
	struct forge f;

	forge_start(&f);
	f.vocab = *parts;
	o = open_image(forge_image(&f));
	forge_end(&f);
	return o;
}

static void close_opened(struct opened *o)
{
	tk_model_close(o->m);
	tk_container_close(o->c);
	image_free(&o->im);
}

static void expect_token(const struct opened *o, uint64_t id,
			 struct tk_bytes token)
{
	struct tk_bytes is = {NULL, 0};

	assert_ok(tk_model_token(&is, o->m, id, &err), err);
	assert_int_equal(is.len, token.len);
	if (is.len)
		assert_memory_equal(is.ptr, token.ptr, is.len);
}

static void expect_id(const struct opened *o, struct tk_bytes token,
		      uint32_t id)
{
	uint32_t is = 77;
	enum tk_status status = tk_model_find(&is, o->m, token, &err);

	if (id == TK_NO_ID) {
		assert_status(status, TK_E_NOT_FOUND);
		assert_int_equal(is, 77);
		return;
	}
	assert_status(status, TK_OK);
	assert_int_equal(is, id);
}

/* The lowest id with these bytes, the slow way. */
static uint32_t first_id(const struct tk_vocab_parts *p, struct tk_bytes t)
{
	for (uint32_t i = 0; i < p->n_tokens; i++)
		if (p->tokens[i].len == t.len &&
		    (!t.len || !memcmp(p->tokens[i].ptr, t.ptr, t.len)))
			return i;
	return TK_NO_ID;
}

static void test_six(void **state)
{
	struct opened o;
	struct forge f;

	(void)state;
	forge_start(&f);
	o = open_image(forge_image(&f));
	for (uint32_t i = 0; i < 6; i++) {
		struct tk_bytes t = f.vocab.tokens[i];

		expect_token(&o, i, t);
		expect_id(&o, t, first_id(&f.vocab, t));
		assert_int_equal(tk_model_token_kind(o.m, i),
				 f.vocab.kinds[i]);
		assert_true(tk_model_token_score(o.m, i) ==
			    f.vocab.scores[i]);
	}
	expect_id(&o, bytes_of("th"), TK_NO_ID);
	expect_id(&o, bytes_of("the "), TK_NO_ID);
	expect_id(&o, (struct tk_bytes){(const uint8_t *)"\0", 1}, TK_NO_ID);
	assert_int_equal(tk_model_vocab(o.m).n_distinct, 5);
	assert_int_equal(tk_model_vocab(o.m).longest, 4);
	assert_int_equal(tk_model_vocab(o.m).blob_size, 14);
	assert_true(tk_model_vocab(o.m).has_index);
	for (uint64_t id = 6; id; id = id < 64 ? id * 2 : id << 20) {
		struct tk_bytes t;

		assert_status(tk_model_token(&t, o.m, id, &err),
			      TK_E_NOT_FOUND);
		assert_int_equal(tk_model_token_kind(o.m, id), 0);
		assert_true(tk_model_token_score(o.m, id) == 0);
	}
	close_opened(&o);
	forge_end(&f);
}

static void test_long_tokens(void **state)
{
	static uint8_t text[65536];
	struct tk_bytes tokens[] = {
		{text, 65535}, {text, 65534}, {text + 1, 65535}, {text, 1},
	};
	struct tk_vocab_parts parts = {LEN(tokens), tokens, NULL, NULL};
	struct opened o;

	(void)state;
	text[65535] = 1;
	o = open_vocab(&parts);
	for (uint32_t i = 0; i < LEN(tokens); i++) {
		expect_token(&o, i, tokens[i]);
		expect_id(&o, tokens[i], i);
	}
	expect_id(&o, (struct tk_bytes){text, 65536}, TK_NO_ID);
	expect_id(&o, (struct tk_bytes){text, 65533}, TK_NO_ID);
	assert_int_equal(tk_model_vocab(o.m).longest, 65535);
	assert_false(tk_model_vocab(o.m).has_kinds);
	assert_false(tk_model_vocab(o.m).has_scores);
	assert_int_equal(tk_model_token_kind(o.m, 0), TK_TOKEN_NORMAL);
	close_opened(&o);
}

static void test_one_token(void **state)
{
	struct tk_bytes tokens[] = {{NULL, 0}};
	struct tk_vocab_parts parts = {1, tokens, NULL, NULL};
	struct opened o = open_vocab(&parts);

	(void)state;
	expect_token(&o, 0, tokens[0]);
	expect_id(&o, tokens[0], 0);
	expect_id(&o, bytes_of("x"), TK_NO_ID);
	assert_int_equal(tk_model_vocab(o.m).blob_size, 0);
	close_opened(&o);
}

static void test_refused(void **state)
{
	static uint8_t text[65536];
	struct tk_bytes tokens[] = {{text, 1}, {text, 65536}};
	const uint8_t kinds[] = {0, 6};
	const struct {
		struct tk_vocab_parts parts;
		enum tk_status status;
	} bad[] = {
		{{0, tokens, NULL, NULL}, TK_E_LIMIT},
		{{2, tokens, NULL, NULL}, TK_E_LIMIT},
		{{1 << 24, tokens, NULL, NULL}, TK_E_LIMIT},
		{{UINT32_MAX, tokens, NULL, NULL}, TK_E_LIMIT},
		{{1, tokens, kinds + 1, NULL}, TK_E_ARGUMENT},
	};
	struct tmpdir d = tmpdir_make();

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		struct tk_writer *w;

		assert_ok(tk_writer_open(&w, tmpdir_file(&d, "x"), 2, false,
					 &err),
			  err);
		assert_status(tk_vocab_write(w, &bad[i].parts, &err),
			      bad[i].status);
		tk_writer_abort(w);
	}
	assert_int_equal(tmpdir_count(&d), 0);
	tmpdir_remove(&d);
}

/* spec/format.md 4.1: kinds that are all 0 are left out. */
static void test_kinds_left_out(void **state)
{
	struct tk_bytes tokens[] = {bytes_of("a"), bytes_of("b")};
	const uint8_t kinds[] = {0, 0};
	struct tk_vocab_parts with = {2, tokens, kinds, NULL};
	struct tk_vocab_parts without = {2, tokens, NULL, NULL};
	struct opened a = open_vocab(&with), b = open_vocab(&without);

	(void)state;
	assert_int_equal(a.im.size, b.im.size);
	assert_memory_equal(a.im.data, b.im.data, a.im.size);
	close_opened(&a);
	close_opened(&b);
}

/* ---- many ---- */

#define MANY 100000

static uint8_t many_bytes[MANY][12];
static struct tk_bytes many[MANY];

/* Every second byte string is a token; the first byte tells. */
static void make_many(struct rng *r)
{
	for (size_t i = 0; i < MANY; i++) {
		uint64_t x = rng_u64(r), y = rng_u64(r);

		memcpy(many_bytes[i], &x, 8);
		memcpy(many_bytes[i] + 8, &y, 4);
		many_bytes[i][0] &= 0x7f;
		many[i] = (struct tk_bytes){many_bytes[i],
					    1 + rng_below(r, 12)};
	}
}

static void test_many(void **state)
{
	struct tk_vocab_parts parts = {MANY, many, NULL, NULL};
	struct rng r = {99};
	uint32_t distinct = 0;
	struct opened o;

	(void)state;
	make_many(&r);
	o = open_vocab(&parts);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t id = TK_NO_ID;

		expect_token(&o, i, many[i]);
		assert_ok(tk_model_find(&id, o.m, many[i], &err), err);
		assert_true(id <= i && many[id].len == many[i].len &&
			    !memcmp(many[id].ptr, many[i].ptr, many[i].len));
		distinct += id == i;
		/* The short ones repeat: is it the first? */
		if (id < i && i % 64 == 0)
			assert_int_equal(id, first_id(&parts, many[i]));
		many_bytes[i][0] |= 0x80;
		expect_id(&o, many[i], TK_NO_ID);
		many_bytes[i][0] &= 0x7f;
	}
	assert_int_equal(tk_model_vocab(o.m).n_distinct, distinct);
	assert_true(distinct < MANY);
	close_opened(&o);
}

/* Tokens that all want one slot: another seed is taken, and told. */
static void test_collisions(void **state)
{
	static char text[300][16];
	struct tk_bytes tokens[300];
	struct tk_vocab_parts parts = {300, tokens, NULL, NULL};
	size_t index;
	struct opened o;

	(void)state;
	for (unsigned i = 0, n = 0; n < 300; i++) {
		int len = snprintf(text[n], sizeof(text[n]), "%u", i);

		if (XXH3_64bits(text[n], (size_t)len) % 1024 != 1000)
			continue;
		tokens[n] = bytes_of(text[n]);
		n++;
	}
	o = open_vocab(&parts);
	index = image_section(&o.im, TK_KIND_VOCAB_INDEX);
	assert_int_equal(image_get(&o.im, index + 0x20, 4), 1024);
	assert_true(image_get(&o.im, index + 0x24, 4) <= 255);
	assert_int_equal(image_get(&o.im, index + 0x28, 8), 1);
	for (uint32_t i = 0; i < 300; i++)
		expect_id(&o, tokens[i], i);
	expect_id(&o, bytes_of("x"), TK_NO_ID);
	close_opened(&o);
	/* One less than too many: seed 0, and the longest way there is. */
	parts.n_tokens = 256;
	o = open_vocab(&parts);
	index = image_section(&o.im, TK_KIND_VOCAB_INDEX);
	assert_int_equal(image_get(&o.im, index + 0x20, 4), 512);
	assert_int_equal(image_get(&o.im, index + 0x24, 4), 255);
	assert_int_equal(image_get(&o.im, index + 0x28, 8), 0);
	for (uint32_t i = 0; i < 256; i++)
		expect_id(&o, tokens[i], i);
	close_opened(&o);
}

/*
 * XXH3 multiplies the first 8 of 32 bytes, combined with its secret and the
 * seed, by the next 8: where the former give 0 the latter do not count.
 */
static void put_token(uint8_t token[32], uint64_t seed, uint64_t i)
{
	uint64_t zero = UINT64_C(0xbe4ba423396cfeb8) + seed;

	memset(token, 0, 32);
	for (int b = 0; b < 8; b++) {
		token[b] = (uint8_t)(zero >> 8 * b);
		token[8 + b] = (uint8_t)(i >> 8 * b);
	}
}

/* Tokens with the same 64 bits of hash: all are found, or no file is made. */
static void test_one_hash(void **state)
{
	enum { EACH = 257, SEEDS = 16 };
	static uint8_t bytes[SEEDS * EACH][32];
	static struct tk_bytes tokens[SEEDS * EACH];
	struct tk_vocab_parts parts = {EACH - 1, tokens, NULL, NULL};
	struct tmpdir dir = tmpdir_make();
	struct tk_writer *w;
	struct opened o;

	(void)state;
	for (uint32_t i = 0; i < SEEDS * EACH; i++) {
		put_token(bytes[i], i / EACH, i);
		tokens[i] = (struct tk_bytes){bytes[i], 32};
	}
	assert_int_equal(XXH3_64bits(bytes[0], 32), XXH3_64bits(bytes[1], 32));
	assert_int_equal(XXH3_64bits_withSeed(bytes[3 * EACH], 32, 3),
			 XXH3_64bits_withSeed(bytes[3 * EACH + 9], 32, 3));
	o = open_vocab(&parts);
	for (uint32_t i = 0; i < EACH; i++)
		expect_id(&o, tokens[i], i < EACH - 1 ? i : TK_NO_ID);
	close_opened(&o);
	/* One more: another seed.  As many for each seed: refused. */
	parts.n_tokens = (SEEDS - 1) * EACH;
	o = open_vocab(&parts);
	expect_id(&o, tokens[SEEDS * EACH - EACH - 1], SEEDS * EACH - EACH - 1);
	close_opened(&o);
	parts.n_tokens = SEEDS * EACH;
	assert_ok(tk_writer_open(&w, tmpdir_file(&dir, "x"), 2, false, &err),
		  err);
	assert_status(tk_vocab_write(w, &parts, &err), TK_E_LIMIT);
	tk_writer_abort(w);
	tmpdir_remove(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_six),
		cmocka_unit_test(test_long_tokens),
		cmocka_unit_test(test_one_token),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kinds_left_out),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_one_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
