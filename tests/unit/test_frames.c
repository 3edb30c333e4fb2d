/* SPDX-License-Identifier: MIT */
/*
 * test_frames.c - frames of an archive that are not what they must be
 */
#include <zstd.h>

#include "archived.h"
#include "test.h"

static struct tk_error err;
static struct image archive;

static int make_archive(void **state)
{
	struct image plain = archived_plain();

	(void)state;
	archive = archived_image(&plain);
	image_free(&plain);
	return 0;
}

static int free_archive(void **state)
{
	(void)state;
	image_free(&archive);
	return 0;
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static struct tk_container *open_image(const struct image *im)
{
	struct tk_container *c = NULL;

	assert_ok(tk_container_open_bytes(&c, image_bytes(im), &err), err);
	return c;
}

/* Where the stored bytes of w_u begin, and where its sizes do. */
static void find_stored(size_t *frames, size_t *sizes)
{
	struct tk_container *a = open_image(&archive);
	struct tk_section s = tk_container_section(
		a, tk_container_find(a, TK_KIND_W_U));

	*frames = (size_t)s.offset;
	*sizes = (size_t)(s.offset + s.stored_size -
			  4 * tk_frame_count(s.size));
	tk_container_close(a);
}

static enum tk_status decode_w_u(const struct image *im, uint64_t n)
{
	struct tk_coder *coder = NULL;
	struct tk_container *a = NULL;
	struct tk_bytes data;
	enum tk_status status;

	/* Stored bytes are not looked at by open. */
	assert_ok(tk_container_open_bytes(&a, image_bytes(im), &err), err);
	assert_ok(tk_coder_open(&coder, &err), err);
	status = tk_coder_decode(coder, &data, a,
				 tk_container_find(a, TK_KIND_W_U), n, &err);
	tk_coder_close(coder);
	tk_container_close(a);
	return status;
}

static void put32(uint8_t *p, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(x >> 8 * i);
}

static void test_sizes_that_lie(void **state)
{
	static const int64_t off[] = {-1, 1, INT32_MIN, INT32_MAX, 1 << 20};
	size_t frames, sizes;

	(void)state;
	find_stored(&frames, &sizes);
	for (size_t i = 0; i < LEN(off); i++) {
		struct image im = image_copy(&archive, archive.size);
		uint32_t x = le32(im.data + sizes);

		put32(im.data + sizes, (uint32_t)(x + off[i]));
		assert_status(decode_w_u(&im, 0), TK_E_CODEC);
		assert_status(decode_w_u(&im, 1), TK_E_CODEC);
		put32(im.data + sizes, x);
		assert_status(decode_w_u(&im, 1), TK_OK);
		image_free(&im);
	}
}

/* Puts a frame of 'len' bytes of 'n' zeros in the place of w_u's second. */
static enum tk_status with_frame(const uint8_t *frame, size_t len)
{
	struct image im = image_copy(&archive, archive.size);
	size_t frames, sizes, at, room;
	enum tk_status status;

	find_stored(&frames, &sizes);
	at = frames + le32(im.data + sizes);
	room = le32(im.data + sizes + 4);
	assert_true(len <= room);
	/* The first frame takes what the second leaves. */
	put32(im.data + sizes + 4, (uint32_t)len);
	put32(im.data + sizes, (uint32_t)(at - frames + room - len));
	memcpy(im.data + at + room - len, frame, len);
	status = decode_w_u(&im, 1);
	image_free(&im);
	return status;
}

static size_t compress(uint8_t *out, size_t room, size_t len, int window,
		       int checksum, int size_flag)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	uint8_t *zeros = calloc(1, len);
	size_t n;

	assert_true(z && zeros);
	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, checksum);
	ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, size_flag);
	if (window)
		ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window);
	n = ZSTD_compress2(z, out, room, zeros, len);
	assert_false(ZSTD_isError(n));
	ZSTD_freeCCtx(z);
	free(zeros);
	return n;
}

static void test_frames_that_lie(void **state)
{
	/* w_u: 6000 rows of 256 bytes; what the second frame must hold. */
	const size_t want = 6000 * 256 - 1048576;
	static uint8_t f[4096];
	size_t n;

	(void)state;
	n = compress(f, sizeof(f), want, 20, 0, 1);
	assert_status(with_frame(f, n), TK_OK);
	assert_status(with_frame(f, n - 1), TK_E_CODEC);
	assert_status(with_frame(f, 5), TK_E_CODEC);
	assert_status(with_frame(f, 0), TK_E_CODEC);
	f[n] = 0;
	assert_status(with_frame(f, n + 1), TK_E_CODEC);
	/* a frame of zstd, but not its only one */
	assert_true(n + 8 < sizeof(f));
	memcpy(f + n, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	assert_status(with_frame(f, n + 8), TK_E_CODEC);
	assert_status(with_frame(f + n, 8), TK_E_CODEC);
	f[0] ^= 1;
	assert_status(with_frame(f, n), TK_E_CODEC);
	n = compress(f, sizeof(f), want - 1, 20, 0, 1);
	assert_status(with_frame(f, n), TK_E_CODEC);
	n = compress(f, sizeof(f), want + 1, 20, 0, 1);
	assert_status(with_frame(f, n), TK_E_CODEC);
	n = compress(f, sizeof(f), 16 << 20, 20, 0, 1); /* a bomb */
	assert_status(with_frame(f, n), TK_E_CODEC);
	n = compress(f, sizeof(f), want, 20, 1, 1);
	assert_status(with_frame(f, n), TK_E_CODEC);
	n = compress(f, sizeof(f), want, 20, 0, 0);
	assert_status(with_frame(f, n), TK_E_CODEC);
}

/* A window beyond 1 MiB is refused even where the content would fit. */
static void test_window(void **state)
{
	static const uint8_t wide[] = {0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x51};
	static uint8_t f[256];
	size_t n = compress(f + 64, 128, 6000 * 256 - 1048576, 20, 0, 1);

	(void)state;
	/* single segment with four bytes of size: a window byte instead */
	assert_int_equal(f[64 + 4], 0xa0);
	memcpy(f + 63, wide, sizeof(wide));
	assert_status(with_frame(f + 63, n + 1), TK_E_CODEC);
	f[63 + 5] = 0x50; /* 1 MiB */
	assert_status(with_frame(f + 63, n + 1), TK_OK);
}

/* 300,000 f32 that are all 0: frames of another length. */
static struct image archive_of_zeros(void)
{
	float *zeros = calloc(300000, sizeof(*zeros));
	struct image plain, im;
	struct forge f;

	assert_non_null(zeros);
	forge_start(&f);
	forge_matrix(&f, TK_KIND_W_E, TK_F32, 3000, 100, zeros);
	plain = forge_image(&f);
	im = archived_image(&plain);
	forge_end(&f);
	image_free(&plain);
	free(zeros);
	return im;
}

/* A coder that outlives a file: the next one may lie at its address. */
static void test_another_file(void **state)
{
	struct image zeros = archive_of_zeros();
	struct tk_coder *coder = NULL;
	struct tk_container *a = open_image(&archive);
	size_t i = tk_container_find(a, TK_KIND_W_E);
	struct tk_bytes data;

	(void)state;
	assert_ok(tk_coder_open(&coder, &err), err);
	assert_ok(tk_coder_decode(coder, &data, a, i, 0, &err), err);
	tk_container_close(a);
	a = open_image(&zeros);
	assert_int_equal(tk_container_find(a, TK_KIND_W_E), i);
	assert_ok(tk_coder_decode(coder, &data, a, i, 1, &err), err);
	assert_ok(tk_frame_verify(a, i, 1, data, &err), err);
	tk_container_close(a);
	tk_coder_close(coder);
	image_free(&zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_that_lie),
		cmocka_unit_test(test_frames_that_lie),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_another_file),
	};

	return cmocka_run_group_tests(tests, make_archive, free_archive);
}
