/* SPDX-License-Identifier: MIT */
/*
 * spec_values.h - lines of spec/vectors.txt about bytes and numbers
 */
#ifndef SPEC_VALUES_H
#define SPEC_VALUES_H

#include "container/digest.h"
#include "container/kinds.h"
#include "spec_words.h"

static uint8_t value_bytes[MAX_BYTES];

static void verb_leaf(struct line *l)
{
	size_t len = bytes_word(value_bytes, word(l, 1));
	uint8_t out[16];

	tk_digest_leaf(out, value_bytes, len, number(word(l, 0), 10));
	put_bytes(l, out, sizeof(out));
}

static void verb_digest(struct line *l)
{
	size_t len = bytes_word(value_bytes, word(l, 0));
	uint8_t out[16];

	tk_digest_bytes(out, value_bytes, len);
	put_bytes(l, out, sizeof(out));
}

static void verb_align(struct line *l)
{
	put(l, "%" PRIu64, tk_section_alignment(number(word(l, 0), 10), false));
}

static void verb_stride(struct line *l)
{
	put(l, "%" PRIu64, tk_row_stride(dtype_word(word(l, 0)),
					 number(word(l, 1), 10)));
}

/* ---- key/values ---- */

static void set_value(struct tk_kv_builder *b, const char *key,
		      const char *type, struct tk_bytes v, bool must)
{
	size_t n = v.len / 8;
	uint64_t u[8] = {0};
	double d[8] = {0};

	assert_true(n <= 8 || !strcmp(type, "bytes"));
	for (size_t i = 0; i < n && i < 8; i++) {
		for (int j = 7; j >= 0; j--)
			u[i] = u[i] << 8 | v.ptr[8 * i + (size_t)j];
		memcpy(&d[i], &u[i], 8);
	}
	if (!strcmp(type, "bool"))
		tk_kv_set_bool(b, key, v.ptr[0], must);
	else if (!strcmp(type, "u64"))
		tk_kv_set_u64(b, key, u[0], must);
	else if (!strcmp(type, "f64"))
		tk_kv_set_f64(b, key, d[0], must);
	else if (!strcmp(type, "text"))
		tk_kv_set_text(b, key, v, must);
	else if (!strcmp(type, "bytes"))
		tk_kv_set_bytes(b, key, v, must);
	else if (!strcmp(type, "u64s"))
		tk_kv_set_u64s(b, key, u, n, must);
	else if (!strcmp(type, "f64s"))
		tk_kv_set_f64s(b, key, d, n, must);
	else
		fail_msg("no type %s", type);
}

/* KEY:TYPE:VALUE; '!' after the type for MUST. */
static void verb_kv(struct line *l)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes out;

	for (size_t i = 0; i < l->n; i++) {
		char *type = strchr(l->word[i], ':');
		char *value = type ? strchr(type + 1, ':') : NULL;
		struct tk_bytes v = {value_bytes, 0};
		bool must;

		assert_non_null(value);
		must = value[-1] == '!';
		if (must)
			value[-1] = 0;
		*type++ = 0;
		*value++ = 0;
		v.len = bytes_word(value_bytes, value);
		set_value(b, l->word[i], type, v, must);
	}
	assert_int_equal(tk_kv_builder_finish(&out, b, NULL), TK_OK);
	assert_int_equal(tk_kv_check(out, NULL), TK_OK);
	put_bytes(l, out.ptr, out.len);
	tk_kv_builder_free(b);
}

/* RULE BYTES, in a block of exactly that size. */
static void verb_badkv(struct line *l)
{
	size_t len = bytes_word(value_bytes, word(l, 1));
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, value_bytes, len);
	put_status(l, tk_kv_check((struct tk_bytes){copy, len}, NULL));
	free(copy);
}

/* ---- vocabularies ---- */

struct token_words {
	struct tk_bytes tokens[MAX_WORDS];
	uint8_t kinds[MAX_WORDS];
	float scores[MAX_WORDS];
	struct tk_vocab_parts parts;
};

/* BYTES, BYTES:KIND or BYTES:KIND:SCORE. */
static void read_tokens(struct token_words *t, struct line *l)
{
	uint8_t *p = value_bytes;

	t->parts = (struct tk_vocab_parts){.n_tokens = (uint32_t)l->n,
					   .tokens = t->tokens};
	for (size_t i = 0; i < l->n; i++) {
		char *kind = strchr(l->word[i], ':');
		char *score = kind ? strchr(kind + 1, ':') : NULL;
		struct line one = {.word = {score ? score + 1 : NULL}, .n = 1};

		if (score) {
			*score = 0;
			f32_words(&t->scores[i], &one, 0);
			t->parts.scores = t->scores;
		}
		if (kind) {
			*kind = 0;
			t->kinds[i] = (uint8_t)number(kind + 1, 10);
			t->parts.kinds = t->kinds;
		}
		t->tokens[i].ptr = p;
		t->tokens[i].len = bytes_word(p, l->word[i]);
		p += t->tokens[i].len;
	}
}

/* Writes the vocabulary to a file and puts one of its two sections. */
static void put_vocab_section(struct line *l, uint32_t kind)
{
	static struct token_words t;
	struct tk_container *c;
	struct tk_writer *w;
	struct tk_bytes section;

	read_tokens(&t, l);
	scratch_make();
	assert_int_equal(tk_writer_open(&w, scratch_path, 2, false, NULL),
			 TK_OK);
	assert_int_equal(tk_vocab_write(w, &t.parts, NULL), TK_OK);
	assert_int_equal(tk_writer_commit(w, NULL), TK_OK);
	assert_int_equal(tk_container_open(&c, scratch_path, NULL), TK_OK);
	section = tk_container_stored(c, tk_container_find(c, kind));
	put_bytes(l, section.ptr, section.len);
	tk_container_close(c);
	scratch_remove();
}

static void verb_vocab(struct line *l)
{
	put_vocab_section(l, TK_KIND_VOCAB);
}

static void verb_index(struct line *l)
{
	put_vocab_section(l, TK_KIND_VOCAB_INDEX);
}

/* ---- elements ---- */

static void verb_f16(struct line *l)
{
	float x = tk_f16_to_f32((uint16_t)number(word(l, 0), 16));

	put_f32s(l, &x, 1);
}

static void verb_pack(struct line *l)
{
	enum tk_dtype dtype = dtype_word(word(l, 0));
	float x[MAX_WORDS];
	size_t n = f32_words(x, l, 1);

	assert_int_equal(tk_row_from_f32(value_bytes, dtype, x, n, NULL),
			 TK_OK);
	put_bytes(l, value_bytes, tk_row_stride(dtype, n));
}

static void verb_widen(struct line *l)
{
	struct tk_matrix m = {.rows = 1, .dtype = dtype_word(word(l, 0))};
	float x[MAX_WORDS];

	m.cols = number(word(l, 1), 10);
	m.row_stride = bytes_word(value_bytes, word(l, 2));
	m.data = value_bytes;
	assert_true(m.cols <= MAX_WORDS);
	assert_int_equal(m.row_stride, tk_row_stride(m.dtype, m.cols));
	tk_row_to_f32(x, m, 0);
	put_f32s(l, x, m.cols);
}

/* ---- numbers ---- */

static void verb_dot(struct line *l)
{
	size_t d = number(word(l, 0), 10);
	float *w = malloc(2 * d * sizeof(*w));
	uint32_t x = (uint32_t)d;
	float dot;

	assert_non_null(w);
	for (size_t i = 0; i < d; i++) {
		w[i] = pattern_next(&x);
		w[d + i] = pattern_next(&x);
	}
	dot = tk_dot(w, w + d, d);
	put_f32s(l, &dot, 1);
	free(w);
}

static void verb_exp(struct line *l)
{
	put_f64(l, tk_exp(f64_word(word(l, 0))));
}

static void verb_tanh(struct line *l)
{
	put_f64(l, tk_tanh(f64_word(word(l, 0))));
}

/* A row of the dtype at word 'at' and the bytes three words on. */
static struct tk_matrix row_words(struct line *l, size_t at, uint8_t *bytes)
{
	struct tk_matrix m = {bytes, 1, number(word(l, 2), 10), 0,
			      dtype_word(word(l, at))};

	m.row_stride = bytes_word(bytes, word(l, at + 3));
	assert_int_equal(m.row_stride, tk_row_stride(m.dtype, m.cols));
	return m;
}

static void verb_delta(struct line *l)
{
	static uint8_t a[MAX_BYTES], b[MAX_BYTES];
	struct tk_row_delta d;

	assert_int_equal(tk_delta_rows(&d, row_words(l, 0, a), 0,
				       row_words(l, 1, b), 0, 1, NULL, NULL),
			 TK_OK);
	put(l, "%u %u %u", d.n_differ, d.n_beyond, d.n_unfit);
	put_f64(l, d.max_abs);
	if (d.cos == d.cos)
		put_f64(l, d.cos);
	else
		put(l, "-");
}

#endif /* SPEC_VALUES_H */
