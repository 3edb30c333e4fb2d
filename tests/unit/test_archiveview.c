/* SPDX-License-Identifier: MIT */
/*
 * test_archiveview.c - archives that are not looked into
 */
#include <zstd.h>

#include "archived.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

/* A section of zeros whose frames are all 'frame'. */
static void write_zeros(const char *path, uint64_t size, struct tk_bytes frame)
{
	static const uint8_t zeros[TK_FRAME_SIZE];
	const struct tk_section_spec spec = {
		.kind = TK_KIND_FREE, .name = "test.zeros", .size = size};
	const struct tk_bytes data = {zeros, TK_FRAME_SIZE};
	struct tk_writer *w = NULL;

	assert_ok(tk_writer_open(&w, path, 1, true, &err), err);
	assert_ok(tk_writer_archive(w, &err), err);
	assert_ok(tk_writer_begin(w, &spec, &err), err);
	for (uint64_t i = 0; i < size / TK_FRAME_SIZE; i++)
		assert_ok(tk_writer_frame(w, data, frame, &err), err);
	assert_ok(tk_writer_end(w, NULL, &err), err);
	assert_ok(tk_writer_commit(w, &err), err);
}

/* 400 KB that are 1 GiB, and digests: too many beside the matrices. */
static void test_bomb(void **state)
{
	static const uint8_t zeros[TK_FRAME_SIZE];
	struct tmpdir dir = tmpdir_make();
	const char *path = tmpdir_file(&dir, "bomb.tka");
	struct tk_container *a = NULL, *v = NULL;
	uint8_t frame[1000];
	struct tk_bytes packed = {
		frame, ZSTD_compress(frame, sizeof(frame), zeros,
				     sizeof(zeros), 1)};

	(void)state;
	write_zeros(path, (uint64_t)1 << 30, packed);
	assert_ok(tk_container_open(&a, path, &err), err);
	assert_true(tk_container_info(a).size < 1000000);
	assert_status(tk_archive_view(&v, a, &err), TK_E_LIMIT);
	assert_null(v);
	tk_container_close(a);
	tmpdir_remove(&dir);
}

/* A header that is longer by 8 bytes, as a later version may have it. */
static void test_newer(void **state)
{
	const size_t head = 128, moved = 64;
	struct image plain = archived_plain();
	struct image archive = archived_image(&plain);
	const size_t count = (size_t)image_get(&archive, 0x10, 4);
	struct image im = image_copy(&archive, archive.size + moved);
	struct tk_container *a = NULL, *v = NULL;

	(void)state;
	memmove(im.data + head + moved, im.data + head, archive.size - head);
	memset(im.data + head, 0, moved);
	memmove(im.data + head + 8, im.data + head + moved, count * 192);
	memset(im.data + head + 8 + count * 192, 0, moved - 8);
	image_put(&im, 0x0a, 2, TK_FORMAT_MINOR + 1);
	image_put(&im, 0x0c, 4, head + 8);
	image_put(&im, 0x20, 8, im.size);
	for (size_t e = head + 8; e < head + 8 + count * 192; e += 192)
		image_put(&im, e + 0x30, 8,
			  image_get(&im, e + 0x30, 8) + moved);
	image_seal(&im);
	assert_ok(tk_container_open_bytes(&a, image_bytes(&im), &err), err);
	assert_status(tk_archive_view(&v, a, &err), TK_E_FEATURE);
	assert_null(v);
	tk_container_close(a);
	image_free(&im);
	image_free(&archive);
	image_free(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
