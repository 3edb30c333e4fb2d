/* SPDX-License-Identifier: MIT */
/*
 * test_tokenizer.c - words looked up, and ids that have a part to play:
 * spec/tokenizer.md 1 and 2
 */
#include "forge.h"
#include "guard.h"
#include "test.h"

static struct tk_error err;

struct opened {
	struct image im;
	struct guard g;
	struct tk_container *c;
	struct tk_model *m;
};

static void open_forge(struct opened *o, struct forge *f)
{
	o->im = forge_image(f);
	forge_end(f);
	o->g = guard_copy(o->im.data, o->im.size, 64);
	assert_ok(tk_container_open_bytes(
			  &o->c, (struct tk_bytes){o->g.data, o->g.size}, &err),
		  err);
	assert_ok(tk_model_open(&o->m, o->c, &err), err);
}

static void close_opened(struct opened *o)
{
	tk_model_close(o->m);
	tk_container_close(o->c);
	guard_free(&o->g);
	image_free(&o->im);
}

/* ---- words ---- */

static const struct {
	const char *text;
	enum tk_token_kind kind;
} words[] = {
	{"A", TK_TOKEN_BYTE},	   {"B", TK_TOKEN_BYTE},
	{" ", TK_TOKEN_BYTE},	   {"the", TK_TOKEN_NORMAL},
	{" the", TK_TOKEN_NORMAL}, {" cat", TK_TOKEN_NORMAL},
	{"dog", TK_TOKEN_NORMAL},  {"A", TK_TOKEN_NORMAL},
	{"A", TK_TOKEN_NORMAL},	   {"the", TK_TOKEN_NORMAL},
	{" ", TK_TOKEN_USER},
};

static void open_words(struct opened *o, bool kinds)
{
	static struct tk_bytes tokens[LEN(words)];
	static uint8_t kind[LEN(words)];
	struct forge f;

	for (size_t i = 0; i < LEN(words); i++) {
		tokens[i] = bytes_of(words[i].text);
		kind[i] = (uint8_t)words[i].kind;
	}
	forge_start(&f);
	f.vocab.n_tokens = LEN(words);
	f.vocab.tokens = tokens;
	f.vocab.kinds = kinds ? kind : NULL;
	f.vocab.scores = NULL;
	open_forge(o, &f);
}

static void expect_word(const struct opened *o, const char *word, uint32_t id,
			enum tk_word_match how)
{
	enum tk_word_match match = (enum tk_word_match)99;
	uint32_t found = 99;

	assert_ok(tk_word_find(&found, &match, o->m, bytes_of(word), &err),
		  err);
	assert_int_equal(found, id);
	assert_int_equal(match, how);
}

static void expect_none(const struct opened *o, const char *word)
{
	enum tk_word_match match = (enum tk_word_match)99;
	uint32_t found = 99;

	assert_status(tk_word_find(&found, &match, o->m, bytes_of(word), &err),
		      TK_E_NOT_FOUND);
	assert_int_equal(found, 99);
	assert_int_equal(match, 99);
}

static void test_words(void **state)
{
	struct opened o;

	(void)state;
	open_words(&o, true);
	expect_word(&o, "the", 3, TK_WORD_EXACT);
	expect_word(&o, " the", 4, TK_WORD_EXACT);
	expect_word(&o, "cat", 5, TK_WORD_SPACE_ADDED);
	expect_word(&o, " dog", 6, TK_WORD_SPACE_REMOVED);
	expect_none(&o, "  dog");
	expect_word(&o, "  cat", 5, TK_WORD_SPACE_REMOVED);
	expect_none(&o, "bird");
	expect_none(&o, "");
	close_opened(&o);
}

/* A byte's own token has a lower id than the letter; the letter is meant. */
static void test_bytes(void **state)
{
	struct opened o;

	(void)state;
	open_words(&o, true);
	expect_word(&o, "A", 7, TK_WORD_EXACT);
	expect_word(&o, " A", 7, TK_WORD_SPACE_REMOVED);
	expect_word(&o, " ", 10, TK_WORD_EXACT);
	expect_word(&o, "B", 1, TK_WORD_EXACT);
	close_opened(&o);
	/* nothing is said of kinds: the lowest id */
	open_words(&o, false);
	expect_word(&o, "A", 0, TK_WORD_EXACT);
	close_opened(&o);
}

/* ---- ids ---- */

static void open_ids(struct opened *o, const uint64_t *eos, bool ends,
		     const uint64_t *ids, size_t n)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes section;
	struct forge f;

	assert_non_null(b);
	tk_kv_set_text(b, "kind", bytes_of("none"), false);
	if (eos)
		tk_kv_set_u64(b, "eos_id", *eos, false);
	if (ends)
		tk_kv_set_u64s(b, "eos_ids", ids, n, false);
	assert_ok(tk_kv_builder_finish(&section, b, &err), err);
	forge_start(&f);
	forge_bytes(&f, TK_KIND_TOKENIZER, section);
	tk_kv_builder_free(b);
	open_forge(o, &f);
}

/* 'mask': a bit for each of the six ids. */
static void expect_ends(const struct opened *o, unsigned mask)
{
	for (uint32_t id = 0; id < 6; id++)
		assert_int_equal(tk_tokenizer_is_end(o->m, id), mask >> id & 1);
	assert_false(tk_tokenizer_is_end(o->m, TK_NO_ID));
	assert_false(tk_tokenizer_is_end(o->m, 6));
}

static void test_ends(void **state)
{
	static const uint64_t ids[] = {2, 5, UINT32_MAX, UINT64_C(0x100000003)};
	uint64_t eos = 1;
	struct opened o;

	(void)state;
	open_ids(&o, NULL, false, NULL, 0);
	expect_ends(&o, 0);
	close_opened(&o);
	open_ids(&o, &eos, false, NULL, 0);
	expect_ends(&o, 1 << 1);
	close_opened(&o);
	open_ids(&o, &eos, true, ids, LEN(ids));
	expect_ends(&o, 1 << 1 | 1 << 2 | 1 << 5);
	close_opened(&o);
	open_ids(&o, NULL, true, ids, LEN(ids));
	expect_ends(&o, 1 << 2 | 1 << 5);
	close_opened(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
