/* SPDX-License-Identifier: MIT */
/*
 * test_model.c - sections that make a model, and sections that do not: rows
 * R50, R51 and R53 to R62 of spec/format.md 8.3
 */
#include "forge.h"
#include "guard.h"
#include "test.h"

static struct tk_error err;
static struct image good;

static int make_good(void **state)
{
	(void)state;
	good = forge_whole();
	return 0;
}

static int free_good(void **state)
{
	(void)state;
	image_free(&good);
	return 0;
}

/* The container must open; the status is the model's. */
static enum tk_status open_model(const struct image *im)
{
	struct guard g = guard_copy(im->data, im->size, 64);
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;
	enum tk_status status;

	assert_ok(tk_container_open_bytes(
			  &c, (struct tk_bytes){g.data, g.size}, &err),
		  err);
	status = tk_model_open(&m, c, &err);
	if (!status)
		tk_model_close(m);
	else
		assert_null(m);
	tk_container_close(c);
	guard_free(&g);
	return status;
}

static void expect(const char *name, const struct image *im,
		   enum tk_status status)
{
	enum tk_status is = open_model(im);

	if (is != status)
		fail_msg("%s: %s", name, is ? err.message : "opens");
}

/* ---- fields of the table ---- */

#define W(kind) TK_KIND_##kind

static const struct {
	const char *name;
	uint32_t kind;
	size_t at, width;
	uint64_t value;
	enum tk_status status;
} entries[] = {
	{"R50 unknown kind", W(B_U), 0, 4, 0x26, TK_E_FEATURE},
	{"R50 free section", W(FREE), 4, 4, 1, TK_E_FEATURE},
	{"R50 hparams", W(HPARAMS), 0x0a, 2, 9, TK_E_FEATURE},
	{"R50 vocab", W(VOCAB), 0x0a, 2, 9, TK_E_FEATURE},
	{"R50 b_u", W(B_U), 0x0a, 2, 5, TK_E_FEATURE},
	{"R50 mix", W(MIX), 0x0a, 2, 0xffff, TK_E_FEATURE},
	{"R50 w_e", W(W_E), 0x0a, 2, 5, TK_E_FEATURE},
	{"R50 w_u", W(W_U), 0x0a, 2, 7, TK_E_FEATURE},
	{"R50 norm", W(FINAL_NORM_BIAS), 0x0a, 2, 9, TK_E_FEATURE},
	{"R54 norm", W(FINAL_NORM_WEIGHT), 0x50, 8, 19, TK_E_SHAPE},
	{"R54 norm bias", W(FINAL_NORM_BIAS), 0x50, 8, 21, TK_E_SHAPE},
	{"R54 embed norm", W(EMBED_NORM_WEIGHT), 0x50, 8, 21, TK_E_SHAPE},
	{"R54 its bias", W(EMBED_NORM_BIAS), 0x50, 8, 1, TK_E_SHAPE},
	{"R54 mix", W(MIX), 0x50, 8, 19, TK_E_SHAPE},
	{"R54 b_u of n_tokens", W(B_U), 0x50, 8, 6, TK_E_SHAPE},
	{"R54 b_u", W(B_U), 0x50, 8, 9, TK_E_SHAPE},
	{"legal: unknown kind", W(NOTE), 0, 4, 5, TK_OK},
	{"legal: note", W(NOTE), 0x0a, 2, 9, TK_OK},
	{"legal: tokenizer", W(TOKENIZER), 0x0a, 2, 9, TK_OK},
	{"legal: vocab-index", W(VOCAB_INDEX), 0x0a, 2, 9, TK_OK},
	{"legal: a free note", W(FREE), 4, 4, 6, TK_OK},
};

static void test_entries(void **state)
{
	(void)state;
	expect("the good file", &good, TK_OK);
	for (size_t i = 0; i < LEN(entries); i++) {
		struct image im = image_copy(&good, good.size);

		image_put(&im, image_entry(&good, entries[i].kind) +
				       entries[i].at,
			  entries[i].width, entries[i].value);
		image_seal(&im);
		expect(entries[i].name, &im, entries[i].status);
		image_free(&im);
	}
}

/* What is of an unknown dtype is not there. */
static void test_absent(void **state)
{
	struct image im = image_copy(&good, good.size);
	struct tk_container *c;
	struct tk_model *m;
	uint32_t id;

	(void)state;
	image_put(&im, image_entry(&im, W(VOCAB_INDEX)) + 0x0a, 2, 9);
	image_put(&im, image_entry(&im, W(TOKENIZER)) + 0x0a, 2, 9);
	image_put(&im, image_entry(&im, W(NOTE)) + 0x0a, 2, 9);
	image_seal(&im);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	assert_false(tk_model_vocab(m).has_index);
	assert_int_equal(tk_model_keyvalues(m, W(TOKENIZER)).len, 0);
	assert_int_equal(tk_model_keyvalues(m, W(NOTE)).len, 0);
	assert_int_equal(tk_tokenizer_kind(m).len, 0);
	assert_ok(tk_model_find(&id, m, bytes_of(" cat"), &err), err);
	assert_int_equal(id, 1);
	tk_model_close(m);
	tk_container_close(c);
	image_free(&im);
}

/* What the source said in no good UTF-8 is there as bytes; a number is not. */
static void test_texts(void **state)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_container *c;
	struct tk_bytes s;
	struct forge f;
	struct image im;
	struct tk_model *m;

	(void)state;
	tk_kv_set_bytes(b, "reason", bytes_of("\xff!"), false);
	tk_kv_set_u64(b, "kind", 5, false);
	assert_ok(tk_kv_builder_finish(&s, b, &err), err);
	forge_start(&f);
	forge_bytes(&f, W(TOKENIZER), s);
	im = forge_image(&f);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	assert_int_equal(tk_tokenizer_kind(m).len, 0);
	s = tk_tokenizer_reason(m);
	assert_int_equal(s.len, 2);
	assert_memory_equal(s.ptr, "\xff!", 2);
	tk_model_close(m);
	tk_container_close(c);
	image_free(&im);
	forge_end(&f);
	tk_kv_builder_free(b);
}

/* ---- bytes of sections ---- */

static const struct {
	const char *name;
	uint32_t kind;
	size_t at, width;
	uint64_t value;
	enum tk_status status;
} fields[] = {
	{"R40 hparams", W(HPARAMS), 0, 4, 5000, TK_E_LIMIT},
	{"R41 hparams", W(HPARAMS), 0, 4, 1, TK_E_LAYOUT},
	{"R42 hparams", W(HPARAMS), 4, 4, 1, TK_E_RESERVED},
	{"R43 hparams", W(HPARAMS), 10, 1, 99, TK_E_VALUE},
	{"R41 note", W(NOTE), 0, 4, 2, TK_E_LAYOUT},
	{"R42 tokenizer", W(TOKENIZER), 4, 4, 1, TK_E_RESERVED},
	{"R55 more tokens", W(VOCAB), 0, 4, 16, TK_E_SECTION},
	{"R55 larger blob", W(VOCAB), 4, 4, 65, TK_E_SECTION},
	{"R55 largest blob", W(VOCAB), 4, 4, UINT32_MAX, TK_E_SECTION},
	{"R55 no blob", W(VOCAB), 4, 4, 0, TK_E_SECTION},
	{"R55 no kinds", W(VOCAB), 16, 4, 2, TK_E_SECTION},
	{"R55 no scores", W(VOCAB), 16, 4, 1, TK_E_SECTION},
	{"R56 tokens", W(VOCAB), 0, 4, 1 << 24, TK_E_LIMIT},
	{"R56 all tokens", W(VOCAB), 0, 4, UINT32_MAX, TK_E_LIMIT},
	{"R56 longest", W(VOCAB), 8, 4, 65536, TK_E_LIMIT},
	{"R57 no tokens", W(VOCAB), 0, 4, 0, TK_E_SECTION},
	{"R57 none distinct", W(VOCAB), 12, 4, 0, TK_E_SECTION},
	{"R57 more distinct", W(VOCAB), 12, 4, 7, TK_E_SECTION},
	{"R58 flags", W(VOCAB), 16, 4, 7, TK_E_RESERVED},
	{"R58 reserved", W(VOCAB), 20, 1, 1, TK_E_RESERVED},
	{"R58 last reserved", W(VOCAB), 63, 1, 1, TK_E_RESERVED},
	{"R60 no slots", W(VOCAB_INDEX), 0x20, 4, 0, TK_E_SECTION},
	{"R60 8 slots", W(VOCAB_INDEX), 0x20, 4, 8, TK_E_SECTION},
	{"R60 17 slots", W(VOCAB_INDEX), 0x20, 4, 17, TK_E_SECTION},
	{"R60 32 slots", W(VOCAB_INDEX), 0x20, 4, 32, TK_E_SECTION},
	{"R60 2^31 slots", W(VOCAB_INDEX), 0x20, 4, 0x80000000, TK_E_SECTION},
	{"R60 id bits 2", W(VOCAB_INDEX), 0x30, 4, 2, TK_E_SECTION},
	{"R60 id bits 4", W(VOCAB_INDEX), 0x30, 4, 4, TK_E_SECTION},
	{"R60 id bits 32", W(VOCAB_INDEX), 0x30, 4, 32, TK_E_SECTION},
	{"R61", W(VOCAB_INDEX), 0x24, 4, 256, TK_E_LIMIT},
	{"R62", W(VOCAB_INDEX), 0x3f, 1, 1, TK_E_RESERVED},
	{"legal: longest probe", W(VOCAB_INDEX), 0x24, 4, 255, TK_OK},
	{"legal: any seed", W(VOCAB_INDEX), 0x28, 8, UINT64_MAX, TK_OK},
	{"legal: stale", W(VOCAB_INDEX), 0, 8, 0, TK_OK},
	{"legal: bytes of the blob", W(VOCAB), 128, 8, 0, TK_OK},
	{"legal: offsets", W(VOCAB), 64, 8, UINT64_MAX, TK_OK},
	{"legal: fewer distinct", W(VOCAB), 12, 4, 1, TK_OK},
	{"legal: longest", W(VOCAB), 8, 4, 65535, TK_OK},
};

/* Once sealed throughout, once as an accident would leave it. */
static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(fields); i++) {
		struct image im = image_copy(&good, good.size);
		size_t at = image_section(&good, fields[i].kind);

		if (image_get(&im, at + fields[i].at, fields[i].width) ==
		    fields[i].value)
			fail_msg("%s: changes nothing", fields[i].name);
		image_put(&im, at + fields[i].at, fields[i].width,
			  fields[i].value);
		expect(fields[i].name, &im, fields[i].status);
		if (fields[i].status && err.offset != TK_NO_OFFSET)
			assert_true(err.offset >= at &&
				    err.offset < at + 64);
		if (fields[i].kind != W(VOCAB_INDEX)) {
			image_seal_all(&im);
			expect(fields[i].name, &im, fields[i].status);
		}
		image_free(&im);
	}
}

/* R55, R60: sections shorter than their headers. */
static void test_short_sections(void **state)
{
	static uint8_t zeros[64];

	(void)state;
	for (size_t len = 1; len <= 64; len += 7) {
		struct tk_bytes b = {zeros, len};
		struct image im;
		struct forge f;

		forge_start(&f);
		f.vocab.n_tokens = 0;
		forge_bytes(&f, W(VOCAB), b);
		im = forge_image(&f);
		expect("R55", &im, TK_E_SECTION);
		image_free(&im);
		forge_end(&f);
		forge_start(&f);
		forge_bytes(&f, W(HPARAMS), b);
		im = forge_image(&f);
		expect("R41", &im, len == 8 ? TK_OK : TK_E_LAYOUT);
		image_free(&im);
		forge_end(&f);
	}
}

/* The vocabulary of 'from' with another index. */
static void expect_with_index(const struct image *from, struct tk_bytes index,
			      enum tk_status status)
{
	size_t e = image_entry(from, W(VOCAB));
	struct image im;
	struct forge f;

	forge_start(&f);
	f.vocab.n_tokens = 0;
	forge_bytes(&f, W(VOCAB),
		    (struct tk_bytes){from->data +
					      image_section(from, W(VOCAB)),
				      (size_t)image_get(from, e + 0x38, 8)});
	forge_bytes(&f, W(VOCAB_INDEX), index);
	im = forge_image(&f);
	expect("R60", &im, status);
	image_free(&im);
	forge_end(&f);
}

/* One that is not stale, of 16 bytes and that many zeros. */
static void expect_index(const struct image *from, size_t zeros,
			 uint32_t slots, uint32_t id_bits,
			 enum tk_status status)
{
	uint8_t index[64 + 128] = {0};
	struct image head = {index, sizeof(index)};

	memcpy(index, from->data + image_entry(from, W(VOCAB)) + 0x70, 16);
	image_put(&head, 0x20, 4, slots);
	image_put(&head, 0x30, 4, id_bits);
	expect_with_index(from, (struct tk_bytes){index, 16 + zeros}, status);
}

/* R60: a header cut short; two slots at least for each distinct token. */
static void test_small_index(void **state)
{
	struct tk_bytes tokens[9];
	struct image im;
	struct forge f;

	(void)state;
	/* Too short to be stale. */
	expect_with_index(&good, bytes_of("x"), TK_E_SECTION);
	expect_index(&good, 47, 16, 3, TK_E_SECTION);
	expect_index(&good, 48, 16, 3, TK_E_SECTION);
	expect_index(&good, 48 + 63, 16, 3, TK_E_SECTION);
	expect_index(&good, 48 + 64, 16, 3, TK_OK);
	expect_index(&good, 48 + 128, 32, 3, TK_OK);
	expect_index(&good, 48 + 32, 8, 3, TK_E_SECTION);
	forge_start(&f);
	for (size_t i = 0; i < 9; i++)
		tokens[i] = (struct tk_bytes){
			(const uint8_t *)"abcdefghi" + i, 1};
	f.vocab = (struct tk_vocab_parts){9, tokens, NULL, NULL};
	im = forge_image(&f);
	expect_index(&im, 48 + 64, 16, 4, TK_E_SECTION);
	expect_index(&im, 48 + 128, 32, 4, TK_OK);
	image_free(&im);
	forge_end(&f);
}

/* R51 */
static void test_missing(void **state)
{
	struct image im;
	struct forge f;

	(void)state;
	forge_start(&f);
	im = forge_image(&f);
	expect("legal: a vocabulary alone", &im, TK_OK);
	image_free(&im);
	f.vocab.n_tokens = 0;
	im = forge_image(&f);
	expect("R51 no vocab", &im, TK_E_SECTION);
	image_free(&im);
	forge_end(&f);
	forge_start(&f);
	f.without_hparams = true;
	im = forge_image(&f);
	expect("R51 no hparams", &im, TK_E_SECTION);
	image_free(&im);
	forge_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_short_sections),
		cmocka_unit_test(test_small_index),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, make_good, free_good);
}
