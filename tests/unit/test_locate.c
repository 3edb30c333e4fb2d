/* SPDX-License-Identifier: MIT */
/*
 * test_locate.c - every place that is damaged, and one row on first touch
 *
 * The file has sections of 1, 2 and 40 chunks, so that runs begin and end
 * within pieces of 16 chunks and go on from one to the next.
 */
#include "forge.h"
#include "test.h"

#define CHUNK 65536
#define N_CHUNKS 40 /* the last of which has 100 bytes */
#define LONG_SIZE ((N_CHUNKS - 1) * CHUNK + 100)
#define MAX_FOUND 64
#define COLS 20000
#define ROWS 9

static struct tk_error err;
static struct image im;
static size_t big, matrix; /* sections */

static struct tk_damage found[MAX_FOUND];
static size_t n_found;

static void note(void *context, const struct tk_damage *damage)
{
	assert_ptr_equal(context, &n_found);
	assert_true(n_found < MAX_FOUND);
	found[n_found++] = *damage;
}

/* The last item first: nothing may depend on the order. */
static void backwards(void *pool, size_t n,
		      void (*work)(void *context, size_t i), void *context)
{
	size_t *calls = pool;

	*calls += n;
	while (n)
		work(context, --n);
}

static void locate(size_t i)
{
	size_t calls = 0;
	const struct tk_parallel parallel = {backwards, &calls};
	struct tk_damage first[MAX_FOUND];
	struct tk_container *c;
	uint64_t n, again;

	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	n_found = 0;
	assert_ok(tk_container_locate(&n, c, i, NULL, note, &n_found, &err),
		  err);
	assert_int_equal(n, n_found);
	memcpy(first, found, sizeof(first));
	n_found = 0;
	assert_ok(tk_container_locate(&again, c, i, &parallel, note, &n_found,
				      &err), err);
	assert_int_equal(n_found, n);
	assert_int_equal(again, n);
	assert_memory_equal(found, first, n_found * sizeof(*first));
	/* Nothing is found if and only if all of it is as it was written. */
	assert_int_equal(!tk_container_verify(c, i, &err), !n);
	if (i == big)
		assert_true(!calls || calls == 3);
	tk_container_close(c);
}

static void is(size_t at, enum tk_damage_kind kind, uint64_t offset,
	       uint64_t size)
{
	assert_true(at < n_found);
	assert_int_equal(found[at].kind, kind);
	assert_int_equal(found[at].offset, offset);
	assert_int_equal(found[at].size, size);
}

static size_t index_of(uint32_t kind)
{
	return (image_entry(&im, kind) - 128) / 192;
}

static int make(void **state)
{
	static float values[ROWS * COLS];
	uint8_t *data = calloc(1, LONG_SIZE);
	struct forge f;

	(void)state;
	for (size_t i = 0; i < LONG_SIZE; i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	for (size_t i = 0; i < LEN(values); i++)
		values[i] = (float)(i % 1000);
	forge_start(&f);
	f.hp.tied = true;
	forge_matrix(&f, TK_KIND_W_E, TK_F32, ROWS, COLS, values);
	forge_free_bytes(&f, "a.long", 0, (struct tk_bytes){data, LONG_SIZE});
	forge_free_bytes(&f, "a.next", 0, (struct tk_bytes){data, CHUNK + 1});
	im = forge_image(&f);
	forge_end(&f);
	free(data);
	big = index_of(TK_KIND_FREE);
	matrix = index_of(TK_KIND_W_E);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	image_free(&im);
	return 0;
}

static void flip(uint64_t at)
{
	im.data[at] ^= 1;
}

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < image_get(&im, 0x10, 4); i++) {
		locate(i);
		assert_int_equal(n_found, 0);
	}
}

/* An index that no section has. */
static void test_no_section(void **state)
{
	const size_t n = (size_t)image_get(&im, 0x10, 4);
	const size_t bad[] = {n, n + 1, TK_NO_SECTION, TK_NO_SECTION / 2};
	struct tk_container *c;
	uint64_t runs = 7;

	(void)state;
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	for (size_t i = 0; i < LEN(bad); i++) {
		assert_status(tk_container_locate(&runs, c, bad[i], NULL, note,
						  NULL, &err),
			      TK_E_ARGUMENT);
		assert_int_equal(runs, 7);
		assert_status(tk_container_verify(c, bad[i], &err),
			      TK_E_ARGUMENT);
		assert_status(tk_container_verify_outside(c, bad[i], &err),
			      TK_E_ARGUMENT);
		assert_status(tk_container_verify_digests(c, bad[i], &err),
			      TK_E_ARGUMENT);
		assert_status(tk_container_verify_bytes(c, bad[i], 0, 1, &err),
			      TK_E_ARGUMENT);
	}
	tk_container_close(c);
}

/* Runs: alone, across pieces, up to the short chunk at the end. */
static void test_runs(void **state)
{
	static const uint8_t bad[] = {0, 3, 4, 14, 15, 16, 17, 31, 38, 39};
	const size_t at = image_section(&im, TK_KIND_FREE);

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++)
		flip(at + bad[i] * CHUNK + 99);
	locate(big);
	assert_int_equal(n_found, 5);
	is(0, TK_DAMAGE_DATA, at, CHUNK);
	is(1, TK_DAMAGE_DATA, at + 3 * CHUNK, 2 * CHUNK);
	is(2, TK_DAMAGE_DATA, at + 14 * CHUNK, 4 * CHUNK);
	is(3, TK_DAMAGE_DATA, at + 31 * CHUNK, CHUNK);
	is(4, TK_DAMAGE_DATA, at + 38 * CHUNK, CHUNK + 100);
	/* The other sections are whole. */
	locate(big + 1);
	assert_int_equal(n_found, 0);
	for (size_t i = 0; i < LEN(bad); i++)
		flip(at + bad[i] * CHUNK + 99);
	for (size_t i = 0; i < LONG_SIZE; i += 50)
		flip(at + i);
	locate(big);
	assert_int_equal(n_found, 1);
	is(0, TK_DAMAGE_DATA, at, LONG_SIZE);
	for (size_t i = 0; i < LONG_SIZE; i += 50)
		flip(at + i);
}

/* Damaged digests do not make whole data suspect. */
static void test_digests(void **state)
{
	const size_t at = image_section(&im, TK_KIND_FREE);
	const size_t e = image_entry(&im, TK_KIND_FREE);
	const size_t leaves = image_section(&im, TK_KIND_DIGESTS) +
			      16 * (size_t)image_get(&im, e + 0x60, 8);

	(void)state;
	flip(leaves + 16 * 20 + 7);
	locate(big);
	assert_int_equal(n_found, 1);
	is(0, TK_DAMAGE_DIGESTS, leaves, 16 * N_CHUNKS);
	/* If both are damaged, chunk 20 is not known to be whole. */
	flip(at + 5 * CHUNK);
	locate(big);
	assert_int_equal(n_found, 3);
	is(0, TK_DAMAGE_DIGESTS, leaves, 16 * N_CHUNKS);
	is(1, TK_DAMAGE_DATA, at + 5 * CHUNK, CHUNK);
	is(2, TK_DAMAGE_DATA, at + 20 * CHUNK, CHUNK);
	flip(at + 5 * CHUNK);
	flip(leaves + 16 * 20 + 7);
}

static void test_padding(void **state)
{
	const size_t at = image_section(&im, TK_KIND_FREE);

	(void)state;
	assert_int_equal(im.data[at - 1] | im.data[at - 70], 0);
	flip(at - 70);
	flip(at - 2);
	flip(at);
	locate(big);
	assert_int_equal(n_found, 2);
	is(0, TK_DAMAGE_PADDING, at - 70, 69);
	is(1, TK_DAMAGE_DATA, at, CHUNK);
	flip(at - 70);
	flip(at - 2);
	flip(at);
}

/* ---- some bytes, one row ---- */

static void test_bytes(void **state)
{
	const size_t at = image_section(&im, TK_KIND_FREE);
	const size_t e = image_entry(&im, TK_KIND_FREE);
	const size_t leaves = image_section(&im, TK_KIND_DIGESTS) +
			      16 * (size_t)image_get(&im, e + 0x60, 8);
	struct tk_container *c;

	(void)state;
	flip(at + 2 * CHUNK);
	flip(leaves + 16 * 30);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
#define BYTES(from, len) tk_container_verify_bytes(c, big, from, len, &err)
	assert_ok(BYTES(0, 2 * CHUNK), err);
	assert_ok(BYTES(3 * CHUNK, 1), err);
	assert_status(BYTES(0, 2 * CHUNK + 1), TK_E_CHECKSUM);
	assert_int_equal(err.offset, at + 2 * CHUNK);
	assert_status(BYTES(3 * CHUNK - 1, 1), TK_E_CHECKSUM);
	assert_status(BYTES(30 * CHUNK, 1), TK_E_CHECKSUM);
	assert_ok(BYTES(LONG_SIZE - 1, 1), err);
	assert_status(BYTES(LONG_SIZE - 1, 2), TK_E_ARGUMENT);
	assert_status(BYTES(LONG_SIZE, 1), TK_E_ARGUMENT);
	assert_status(BYTES(1, UINT64_MAX), TK_E_ARGUMENT);
	assert_status(BYTES(0, 0), TK_E_ARGUMENT);
#undef BYTES
	assert_status(tk_container_verify_bytes(
			      c, tk_container_count(c) - 1, 0, 1, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_container_verify_outside(c, big, &err),
		      TK_E_CHECKSUM);
	assert_int_equal(err.offset, leaves);
	assert_ok(tk_container_verify_outside(c, big + 1, &err), err);
	assert_status(tk_container_verify_outside(
			      c, tk_container_count(c) - 1, &err),
		      TK_E_CHECKSUM);
	tk_container_close(c);
	flip(at + 2 * CHUNK);
	flip(leaves + 16 * 30);
}

/* Rows of 80,000 bytes: each lies in two chunks or three. */
static void test_row(void **state)
{
	const size_t at = image_section(&im, TK_KIND_W_E);
	struct tk_container *c;
	struct tk_model *m;

	(void)state;
	flip(at + 3 * CHUNK + 5);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	for (uint64_t row = 0; row < ROWS; row++) {
		bool bad = row * 80000 / CHUNK <= 3 &&
			   (row * 80000 + 79999) / CHUNK >= 3;

		assert_status(tk_model_verify_row(m, TK_KIND_W_E, row, &err),
			      bad ? TK_E_CHECKSUM : TK_OK);
		/* W_U is W_E. */
		assert_status(tk_model_verify_row(m, TK_KIND_W_U, row, &err),
			      bad ? TK_E_CHECKSUM : TK_OK);
	}
	assert_ok(tk_container_verify_outside(c, matrix, &err), err);
	assert_status(tk_model_verify_row(m, TK_KIND_W_E, ROWS, &err),
		      TK_E_NOT_FOUND);
	assert_status(tk_model_verify_row(m, TK_KIND_W_E, UINT64_MAX, &err),
		      TK_E_NOT_FOUND);
	assert_status(tk_model_verify_row(m, TK_KIND_B_U, 0, &err),
		      TK_E_NOT_FOUND);
	assert_status(tk_model_verify_row(m, TK_KIND_VOCAB, 0, &err),
		      TK_E_NOT_FOUND);
	tk_model_close(m);
	tk_container_close(c);
	flip(at + 3 * CHUNK + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_no_section),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_row),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
