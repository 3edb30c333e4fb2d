/* SPDX-License-Identifier: MIT */
/*
 * test_locateframes.c - every place of an archive that is damaged
 *
 * The section is of 3 frames of 16, 16 and 8 chunks.
 */
#include "archived.h"
#include "test.h"

#define CHUNK 65536
#define N_CHUNKS 40 /* the last of which has 100 bytes */
#define SIZE ((N_CHUNKS - 1) * CHUNK + 100)

static struct tk_error err;
static struct image im;
static size_t place;	 /* of the section's stored bytes */
static size_t end[4];	 /* of the frames among them; end[0] is 0 */
static size_t sizes_at;	 /* of the frames' sizes in the file */
static size_t stored;	 /* bytes */
static size_t section;

static struct tk_damage found[64];
static size_t n_found;

static void note(void *context, const struct tk_damage *damage)
{
	(void)context;
	assert_true(n_found < LEN(found));
	found[n_found++] = *damage;
}

static enum tk_status locate(void)
{
	struct tk_container *c;
	enum tk_status status;
	uint64_t n;

	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	n_found = 0;
	status = tk_container_locate(&n, c, section, NULL, note, NULL, &err);
	if (!status) {
		assert_int_equal(n, n_found);
		assert_int_equal(!tk_container_verify(c, section, NULL), !n);
	}
	for (size_t i = 0; i < n_found; i++)
		assert_true(found[i].offset + found[i].size <= im.size);
	tk_container_close(c);
	return status;
}

static void is(size_t i, enum tk_damage_kind kind, uint64_t from, uint64_t len,
	       uint64_t offset, uint64_t past)
{
	assert_true(i < n_found);
	assert_int_equal(found[i].kind, kind);
	assert_int_equal(found[i].from, from);
	assert_int_equal(found[i].len, len);
	assert_int_equal(found[i].offset, offset);
	assert_int_equal(found[i].offset + found[i].size, past);
}

static int make(void **state)
{
	uint8_t *data = malloc(SIZE);
	struct image plain;
	struct forge f;
	size_t e;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i * i >> 9 ^ i >> 16);
	forge_start(&f);
	f.hp.d_model = 4;
	forge_free_bytes(&f, "a.long", 0, (struct tk_bytes){data, SIZE});
	plain = forge_image(&f);
	forge_end(&f);
	free(data);
	im = archived_image(&plain);
	image_free(&plain);
	e = image_entry(&im, TK_KIND_FREE);
	section = (e - 128) / 192;
	place = image_section(&im, TK_KIND_FREE);
	stored = (size_t)image_get(&im, e + 0x38, 8);
	sizes_at = place + stored - 12;
	for (size_t i = 0; i < 3; i++)
		end[i + 1] = end[i] +
			     (size_t)image_get(&im, sizes_at + 4 * i, 4);
	assert_int_equal(place + end[3], sizes_at);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	image_free(&im);
	return 0;
}

static void test_whole(void **state)
{
	(void)state;
	assert_ok(locate(), err);
	assert_int_equal(n_found, 0);
}

/* A frame that does not decode: all its chunks, and its bytes. */
static void test_frames(void **state)
{
	(void)state;
	im.data[place + end[1]] ^= 1;
	assert_ok(locate(), err);
	assert_int_equal(n_found, 1);
	is(0, TK_DAMAGE_DATA, 16 * CHUNK, 16 * CHUNK, place + end[1],
	   place + end[2]);
	/* With the next one they are one place. */
	im.data[place + end[2]] ^= 1;
	assert_ok(locate(), err);
	assert_int_equal(n_found, 1);
	is(0, TK_DAMAGE_DATA, 16 * CHUNK, SIZE - 16 * CHUNK, place + end[1],
	   place + end[3]);
	im.data[place + end[1]] ^= 1;
	im.data[place] ^= 1;
	assert_ok(locate(), err);
	assert_int_equal(n_found, 2);
	is(0, TK_DAMAGE_DATA, 0, 16 * CHUNK, place, place + end[1]);
	is(1, TK_DAMAGE_DATA, 32 * CHUNK, SIZE - 32 * CHUNK, place + end[2],
	   place + end[3]);
	im.data[place + end[2]] ^= 1;
	im.data[place] ^= 1;
}

/* Chunks of a frame that decodes: the frame's bytes, these rows. */
static void test_chunks(void **state)
{
	size_t at = place + end[0] + 200;

	(void)state;
	do {
		im.data[at] ^= 1;
		assert_ok(locate(), err);
		assert_true(n_found);
		im.data[at++] ^= 1;
	} while (n_found < 2 && at < place + end[1]);
	assert_true(n_found > 1);
	for (size_t i = 0; i < n_found; i++) {
		is(i, TK_DAMAGE_DATA, found[i].from, found[i].len, place,
		   place + end[1]);
		assert_int_equal(found[i].from % CHUNK, 0);
		assert_true(!i || found[i].from > found[i - 1].from +
							  found[i - 1].len);
	}
}

/* If the sizes do not add up nothing is known of where frames lie. */
static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t byte = 0; byte < 4; byte++) {
			im.data[sizes_at + 4 * i + byte] ^= 0x80;
			assert_ok(locate(), err);
			assert_in_range(n_found, 1, 2);
			assert_int_equal(found[n_found - 1].from +
					 found[n_found - 1].len, SIZE);
			im.data[sizes_at + 4 * i + byte] ^= 0x80;
		}
	}
	/* The second is damaged, and the third lies anywhere. */
	im.data[place + end[1]] ^= 1;
	image_put(&im, sizes_at + 8, 4, 0);
	assert_ok(locate(), err);
	assert_int_equal(n_found, 1);
	is(0, TK_DAMAGE_DATA, 16 * CHUNK, SIZE - 16 * CHUNK, place,
	   place + stored);
	image_put(&im, sizes_at + 8, 4, end[3] - end[2]);
	im.data[place + end[1]] ^= 1;
	image_put(&im, sizes_at, 4, 0xffffffff);
	assert_ok(locate(), err);
	is(0, TK_DAMAGE_DATA, 0, SIZE, place, place + stored);
	image_put(&im, sizes_at, 4, end[1]);
}

/* A later version's codec: bytes that are as written are not damaged. */
static void test_unknown_codec(void **state)
{
	const size_t e = image_entry(&im, TK_KIND_FREE);
	struct tk_container *c;

	(void)state;
	image_put(&im, 0x0a, 2, 2);
	image_put(&im, e + 8, 2, 3);
	image_seal(&im);
	assert_status(locate(), TK_E_FEATURE);
	assert_int_equal(n_found, 0);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_status(tk_container_verify(c, section, NULL), TK_E_FEATURE);
	tk_container_close(c);
	im.data[place + 5] ^= 1;
	assert_ok(locate(), err);
	assert_int_equal(n_found, 1);
	is(0, TK_DAMAGE_STORED, 0, 0, place, place + stored);
	im.data[place + 5] ^= 1;
	image_put(&im, 0x0a, 2, 1);
	image_put(&im, e + 8, 2, 1);
	image_seal(&im);
	test_whole(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_unknown_codec),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
