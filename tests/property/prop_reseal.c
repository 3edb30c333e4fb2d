/* SPDX-License-Identifier: MIT */
/*
 * prop_reseal.c - hostile numbers behind right checksums
 *
 * Fields of header, table and sections are given boundary values or random
 * ones, and the file is sealed anew: whatever opens is asked everything.  The
 * calls must come back, and read nothing outside the file, which ends at a
 * guard page.
 */
#include "forge.h"
#include "guard.h"
#include "test.h"

#define ROUNDS 24000
#define MOST_COLS 131072

static struct tk_error err;
static float h[MOST_COLS], x[MOST_COLS], scratch[MOST_COLS];
static size_t n_opened, n_models, n_predicted;

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

/* ---- what is asked ---- */

static unsigned ask_vocab(const struct tk_model *m)
{
	static const char *const words[] = {"the", " cat", "", "nothing"};
	unsigned sum = 0;
	uint32_t id;

	for (uint64_t i = 0; i < 9; i++) {
		struct tk_bytes t = {NULL, 0};

		if (!tk_model_token(&t, m, i, &err))
			tk_model_find(&id, m, t, &err);
		for (size_t j = 0; j < t.len; j++)
			sum += t.ptr[j];
		sum += tk_model_token_kind(m, i);
		sum += tk_model_token_score(m, i) > 0;
	}
	for (size_t i = 0; i < LEN(words); i++) {
		enum tk_word_match how;

		tk_word_find(&id, &how, m, bytes_of(words[i]), &err);
	}
	for (int s = 0; s < TK_N_SPECIAL; s++)
		sum += tk_tokenizer_special(m, (enum tk_special)s) ==
		       TK_NO_ID;
	sum += tk_tokenizer_is_end(m, 4);
	sum += (unsigned)tk_tokenizer_reason(m).len;
	return sum;
}

static void ask_matrices(const struct tk_model *m)
{
	for (uint32_t kind = 0x20; kind < 0x32; kind++) {
		struct tk_matrix v = tk_model_matrix(m, kind);

		for (uint64_t r = 0; r < v.rows && v.data; r++) {
			/* Vectors as wide as B_U may be too long for 'x'. */
			if (v.cols <= MOST_COLS)
				tk_row_to_f32(x, v, r);
		}
	}
}

static void predict(const struct tk_model *m)
{
	static const uint32_t ids[] = {5, 4, 3, 2, 1, 0};
	uint64_t n = tk_model_n_predictable(m);
	struct tk_candidate best[5];
	struct tk_normalizer nz;
	float keys[64];

	for (uint64_t id = 0; id < 8; id++)
		tk_embed(x, m, id, &err);
	if (tk_context(h, scratch, m, ids, LEN(ids), &err))
		for (size_t i = 0; i < 256; i++)
			h[i] = 1;
	if (tk_final_norm(h, m, &err) || n > LEN(keys) ||
	    tk_keys(keys, m, h, 0, n, &err))
		return;
	nz = tk_normalize(m, keys, n, 0.9);
	if (tk_top_k(best, LEN(best), keys, n, 0))
		tk_logprob(&nz, tk_logit(m, best[0].key));
	n_predicted++;
}

static void ask_container(const struct tk_container *c)
{
	tk_container_info(c);
	for (size_t i = 0; i < tk_container_count(c); i++) {
		struct tk_bytes b = tk_container_stored(c, i);

		assert_true(b.ptr >= tk_container_file(c).ptr);
		assert_int_equal((uintptr_t)b.ptr % 64, 0);
		tk_container_verify(c, i, &err);
	}
}

static void check_round(const struct image *im)
{
	struct guard g = guard_copy(im->data, im->size, 64);
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;

	if (!tk_container_open_bytes(&c, (struct tk_bytes){g.data, g.size},
				     &err)) {
		n_opened++;
		ask_container(c);
		if (!tk_model_open(&m, c, &err)) {
			n_models++;
			ask_vocab(m);
			ask_matrices(m);
			predict(m);
		}
	}
	tk_model_close(m);
	tk_container_close(c);
	guard_free(&g);
}

static void test_rounds(void **state)
{
	struct image good = forge_whole();
	struct rng r = {109};

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct image im = image_copy(&good, good.size);

		spoil(&im, &good, &r);
		seal_some(&im, &good, &r);
		check_round(&im);
		image_free(&im);
	}
	/* The mutations must not all be caught at the first door. */
	assert_true(n_opened > ROUNDS / 4);
	assert_true(n_models > ROUNDS / 8);
	assert_true(n_predicted > ROUNDS / 10);
	image_free(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
