/* SPDX-License-Identifier: MIT */
/*
 * test_touch.c - a token on first touch: its bytes, and where they are
 */
#include "forge.h"
#include "test.h"

#define N 30000
#define CHUNK 65536

static struct tk_error err;
static char text[N][16];
static struct tk_bytes tokens[N];

/* Tokens of 0 to 12 bytes. */
static struct image make_image(void)
{
	struct image im;
	struct forge f;

	for (size_t i = 0; i < N; i++) {
		snprintf(text[i], sizeof(text[i]), "%012zu", i * 7919);
		tokens[i] = (struct tk_bytes){(const uint8_t *)text[i] + i % 13,
					      12 - i % 13};
	}
	forge_start(&f);
	f.vocab = (struct tk_vocab_parts){.n_tokens = N, .tokens = tokens};
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static bool is_in(size_t chunk, size_t at, size_t len)
{
	return len && at / CHUNK <= chunk && (at + len - 1) / CHUNK >= chunk;
}

/* Every token is good but for those that have something in a bad chunk. */
static void check(const struct tk_model *m, size_t bad)
{
	const size_t blob = 64 + (4 * (N + 1) + 63) / 64 * 64;
	size_t at = blob, n_bad = 0;

	for (uint32_t id = 0; id < N; id++) {
		bool is_bad = is_in(bad, 64 + 4 * (size_t)id, 8) ||
			      is_in(bad, at, tokens[id].len);

		assert_status(tk_model_verify_token(m, id, &err),
			      is_bad ? TK_E_CHECKSUM : TK_OK);
		at += tokens[id].len;
		n_bad += is_bad;
	}
	assert_true(n_bad > 0);
}

static void test_tokens(void **state)
{
	struct image im = make_image();
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;
	size_t at = image_section(&im, TK_KIND_VOCAB);
	size_t size;

	(void)state;
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	size = (size_t)tk_container_section(
		       c, tk_container_find(c, TK_KIND_VOCAB)).size;
	for (uint32_t id = 0; id < N; id += 7)
		assert_ok(tk_model_verify_token(m, id, &err), err);
	assert_status(tk_model_verify_token(m, N, &err), TK_E_NOT_FOUND);
	assert_status(tk_model_verify_token(m, UINT64_MAX, &err),
		      TK_E_NOT_FOUND);
	for (size_t chunk = 0; chunk * CHUNK < size; chunk++) {
		/* The last byte: in the last chunk that is padding. */
		size_t last = (chunk + 1) * CHUNK < size ? (chunk + 1) * CHUNK
							 : size;

		im.data[at + last - 1] ^= 1;
		check(m, chunk);
		im.data[at + last - 1] ^= 1;
	}
	tk_model_close(m);
	tk_container_close(c);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
