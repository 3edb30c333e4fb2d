/* SPDX-License-Identifier: MIT */
/*
 * test_differ.c - what differs by the digests, against the bytes themselves
 */
#include "archived.h"
#include "forge.h"
#include "test.h"

#define CHUNK 65536
#define N_CHUNKS 21
#define MOST (N_CHUNKS * CHUNK)

static struct tk_error err;

/* A file with one long section in it. */
static struct image image_with(const uint8_t *data, size_t size)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	forge_free_bytes(&f, "a.long", 0, (struct tk_bytes){data, size});
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static struct tk_container *open_image(const struct image *im)
{
	struct tk_container *c = NULL;

	assert_ok(tk_container_open_bytes(&c, image_bytes(im), &err), err);
	return c;
}

/* Does chunk n differ, by its bytes? */
static bool differs(struct tk_bytes a, struct tk_bytes b, size_t n)
{
	size_t at = n * CHUNK;
	size_t la = a.len > at ? a.len - at : 0;
	size_t lb = b.len > at ? b.len - at : 0;

	la = la < CHUNK ? la : CHUNK;
	lb = lb < CHUNK ? lb : CHUNK;
	return la != lb || memcmp(a.ptr + at, b.ptr + at, la) != 0;
}

/* All runs between 'from' and 'end' are what the bytes say. */
static void check_range(const struct tk_container *a,
			const struct tk_container *b, size_t i, size_t j,
			uint64_t from, uint64_t end)
{
	struct tk_bytes x = tk_container_stored(a, i);
	struct tk_bytes y = tk_container_stored(b, j);
	size_t size = x.len > y.len ? x.len : y.len;
	uint64_t at = from, limit = end < size ? end : size;
	uint64_t stop = end;

	while (tk_container_differ(&at, &stop, a, i, b, j)) {
		assert_true(from <= at && at < stop && stop <= limit);
		for (uint64_t n = from / CHUNK; n < at / CHUNK; n++)
			assert_false(differs(x, y, n));
		for (uint64_t n = at / CHUNK; n * CHUNK < stop; n++)
			assert_true(differs(x, y, n));
		/* Whole chunks, but for what was not asked. */
		assert_true(at % CHUNK == 0 || at == from);
		assert_true(stop % CHUNK == 0 || stop == limit);
		from = at = stop;
		stop = end;
	}
	assert_true(at == from && stop == end);
	for (uint64_t n = from / CHUNK; from < limit && n * CHUNK < limit; n++)
		assert_false(differs(x, y, n));
}

/* Sections of so many chunks that digests are compared 64 at a time. */
static void test_long(void **state)
{
	static const uint8_t zeros[150 * CHUNK];
	static const size_t places[] = {0, 63, 64, 65, 127, 128, 148, 149};
	uint8_t *other = malloc(sizeof(zeros));
	struct image x = image_with(zeros, sizeof(zeros));
	struct tk_container *a = open_image(&x);
	size_t i = tk_container_find(a, TK_KIND_FREE);

	(void)state;
	assert_non_null(other);
	for (size_t k = 0; k <= LEN(places); k++) {
		size_t size = k % 2 ? sizeof(zeros) : sizeof(zeros) - CHUNK - 1;
		struct tk_container *b;
		struct image y;

		memset(other, 0, sizeof(zeros));
		if (k < LEN(places))
			other[places[k] * CHUNK + 5] = 1;
		y = image_with(other, size);
		b = open_image(&y);
		check_range(a, b, i, i, 0, UINT64_MAX);
		check_range(b, a, i, i, 0, UINT64_MAX);
		check_range(a, b, i, i, CHUNK + 3, sizeof(zeros) - CHUNK);
		tk_container_close(b);
		image_free(&y);
	}
	tk_container_close(a);
	image_free(&x);
	free(other);
}

/* Random bytes changed, random lengths, random questions. */
static void test_random(void **state)
{
	static uint8_t one[MOST], two[MOST];
	struct rng r = {11};

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		one[i] = (uint8_t)rng_u64(&r);
	for (int k = 0; k < 60; k++) {
		size_t n = 1 + rng_below(&r, MOST), m = n;
		struct image x, y;
		struct tk_container *a, *b;
		size_t i;

		memcpy(two, one, MOST);
		for (uint64_t left = rng_below(&r, 9); left; left--)
			two[rng_below(&r, n)] ^= 1;
		if (k % 3 == 0)
			m = 1 + rng_below(&r, MOST);
		x = image_with(one, n);
		y = image_with(two, m);
		a = open_image(&x);
		b = open_image(&y);
		i = tk_container_find(a, TK_KIND_FREE);
		check_range(a, b, i, i, 0, UINT64_MAX);
		check_range(b, a, i, i, 0, UINT64_MAX);
		for (int q = 0; q < 20; q++)
			check_range(a, b, i, i, rng_below(&r, MOST),
				    rng_below(&r, MOST + CHUNK));
		tk_container_close(a);
		tk_container_close(b);
		image_free(&x);
		image_free(&y);
	}
}

/* The same bytes have the same digests as W_E and as W_U, and archived. */
static void test_kinds(void **state)
{
	struct image x, y, z;
	struct tk_container *a, *b, *c;
	uint64_t from = 0, end = UINT64_MAX;
	static float values[3000 * 40];
	struct rng r = {5};
	struct forge f;
	size_t w_e, w_u;

	(void)state;
	for (size_t i = 0; i < LEN(values); i++)
		values[i] = rng_float(&r);
	forge_start(&f);
	f.hp.tied = true;
	forge_matrix(&f, TK_KIND_W_E, TK_F32, 3000, 40, values);
	x = forge_image(&f);
	forge_end(&f);
	forge_start(&f);
	forge_matrix(&f, TK_KIND_W_E, TK_F32, 3000, 40, values);
	forge_matrix(&f, TK_KIND_W_U, TK_F32, 3000, 40, values);
	y = forge_image(&f);
	forge_end(&f);
	z = archived_image(&y);
	a = open_image(&x);
	b = open_image(&y);
	c = open_image(&z);
	w_e = tk_container_find(a, TK_KIND_W_E);
	w_u = tk_container_find(b, TK_KIND_W_U);
	assert_false(tk_container_differ(&from, &end, a, w_e, b, w_u));
	assert_false(tk_container_differ(&from, &end, a, w_e, c, w_u));
	assert_false(tk_container_differ(&from, &end, c, w_u, b, w_u));
	/* No digests: no difference, and no reading beyond the table. */
	assert_false(tk_container_differ(&from, &end, a,
					 tk_container_count(a) - 1, b, w_u));
	assert_false(tk_container_differ(&from, &end, a, w_e, b, SIZE_MAX));
	assert_true(!from && end == UINT64_MAX);
	assert_true(tk_container_differ(&from, &end, a, 0, b, w_u));
	assert_int_equal(from, 0);
	assert_int_equal(end, 3000 * 192);
	tk_container_close(a);
	tk_container_close(b);
	tk_container_close(c);
	image_free(&x);
	image_free(&y);
	image_free(&z);
}

/* Damaged lists are found, each by its section, and padding is not read. */
static void test_digests(void **state)
{
	static uint8_t data[5 * CHUNK + 1];
	struct image im = image_with(data, sizeof(data));
	struct tk_container *c = open_image(&im);
	const size_t i = tk_container_find(c, TK_KIND_FREE);
	const size_t last = tk_container_count(c) - 1;
	const size_t at = image_section(&im, TK_KIND_DIGESTS) +
			  16 * (size_t)tk_container_section(c, i).first_leaf;

	(void)state;
	im.data[image_section(&im, TK_KIND_FREE) - 1] ^= 1;
	for (size_t k = 0; k <= last; k++)
		assert_ok(tk_container_verify_digests(c, k, &err), err);
	assert_status(tk_container_verify_outside(c, i, &err), TK_E_RESERVED);
	im.data[at + 16 * 5] ^= 1;
	assert_status(tk_container_verify_digests(c, i, &err), TK_E_CHECKSUM);
	assert_int_equal(err.offset, at);
	assert_status(tk_container_verify_digests(c, last, &err),
		      TK_E_CHECKSUM);
	assert_ok(tk_container_verify_digests(c, 0, &err), err);
	tk_container_close(c);
	image_free(&im);
}

/* A frame is what was written, or one of its chunks is not. */
static void test_frame(void **state)
{
	struct image plain = archived_plain();
	struct image archive = archived_image(&plain);
	struct tk_container *c = open_image(&archive);
	const size_t i = tk_container_find(c, TK_KIND_W_E);
	static uint8_t copy[TK_FRAME_SIZE];
	struct tk_coder *coder = NULL;
	struct tk_bytes data;

	(void)state;
	assert_ok(tk_coder_open(&coder, &err), err);
	for (uint64_t n = 0; n < 3; n++) {
		struct tk_bytes spoilt = {copy, 0};

		assert_ok(tk_coder_decode(coder, &data, c, i, n, &err), err);
		assert_ok(tk_frame_verify(c, i, n, data, &err), err);
		assert_status(tk_frame_verify(c, i, n + 1, data, &err),
			      n ? TK_E_ARGUMENT : TK_E_CHECKSUM);
		memcpy(copy, data.ptr, data.len);
		spoilt.len = data.len;
		copy[2 * CHUNK + 7] ^= 64;
		assert_status(tk_frame_verify(c, i, n, spoilt, &err),
			      TK_E_CHECKSUM);
		assert_non_null(strstr(err.message,
				       n == 0	? "byte 131072:"
				       : n == 1 ? "byte 1179648:"
						: "byte 2228224:"));
		spoilt.len--;
		assert_status(tk_frame_verify(c, i, n, spoilt, &err),
			      TK_E_ARGUMENT);
	}
	assert_status(tk_frame_verify(c, tk_container_count(c) - 1, 0, data,
				      &err), TK_E_ARGUMENT);
	tk_coder_close(coder);
	tk_container_close(c);
	image_free(&archive);
	image_free(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
