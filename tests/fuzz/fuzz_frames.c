/* SPDX-License-Identifier: MIT */
/*
 * fuzz_frames.c - any bytes as the stored bytes of a section of an archive
 *
 * A byte says whether it holds bytes, f32 or f16, three how large it is once
 * decoded; what follows are frames and their sizes, behind right checksums.
 */
#include <stdlib.h>
#include <string.h>

#include "container/layout.h"
#include "files.h"
#include "target.h"
#include "test.h"

#define HEAD 4
#define MOST (9u << 17) /* decoded: two frames */
#define ROW 64
#define START (TK_HEADER_SIZE + 2 * TK_ENTRY_SIZE)

static struct tk_error err;

/* What the first byte chooses. */
static const struct {
	uint32_t kind;
	enum tk_dtype dtype;
	uint64_t cols;
	const char *name;
} forms[] = {
	{TK_KIND_NOTE, TK_BYTES, 0, "note"},
	{TK_KIND_W_E, TK_F32, ROW / 4, "w_e"},
	{TK_KIND_W_E, TK_F16, ROW / 2, "w_e"},
};

static size_t up(size_t n)
{
	return (n + 63) / 64 * 64;
}

static void put_entry(struct image *im, size_t e, uint32_t kind,
		      const char *name, size_t at, size_t stored, size_t size)
{
	image_put(im, e, 4, kind);
	memcpy(im->data + e + 0x10, name, strlen(name));
	image_put(im, e + 0x30, 8, at);
	image_put(im, e + 0x38, 8, stored);
	image_put(im, e + 0x40, 8, size);
}

/* An archive of that section; its leaves are zeros. */
static struct image archive_of(size_t form, size_t size, const uint8_t *stored,
			       size_t len)
{
	size_t leaves = (size + 65535) / 65536 * 16, at = up(START + len);
	struct image im = {aligned_alloc(64, up(at + leaves)), at + leaves};
	size_t e = TK_HEADER_SIZE, d = e + TK_ENTRY_SIZE;

	assert_non_null(im.data);
	memset(im.data, 0, im.size);
	memcpy(im.data, TK_MAGIC, 8);
	image_put(&im, 0x0a, 2, 1);
	image_put(&im, 0x0c, 4, TK_HEADER_SIZE);
	image_put(&im, 0x10, 4, 2);
	image_put(&im, 0x14, 4, TK_ENTRY_SIZE);
	image_put(&im, 0x18, 8, TK_FEATURE_ARCHIVE);
	image_put(&im, 0x20, 8, im.size);
	image_put(&im, 0x28, 4, TK_DIGEST_SCHEME);
	put_entry(&im, e, forms[form].kind, forms[form].name, START, len, size);
	image_put(&im, e + 4, 4, forms[form].cols ? 1 : 4);
	image_put(&im, e + 8, 2, forms[form].cols ? 2 : 1);
	image_put(&im, e + 0x0a, 2, forms[form].dtype);
	if (forms[form].cols) {
		image_put(&im, e + 0x48, 8, size / ROW);
		image_put(&im, e + 0x50, 8, forms[form].cols);
		image_put(&im, e + 0x58, 8, ROW);
	}
	put_entry(&im, d, TK_KIND_DIGESTS, "digests", at, leaves, leaves);
	image_put(&im, d + 4, 4, 1);
	memcpy(im.data + START, stored, len);
	image_seal(&im);
	return im;
}

static void count(void *context, const struct tk_damage *damage)
{
	*(uint64_t *)context += damage->size;
}

static void ask(const struct tk_container *c)
{
	uint64_t frames = tk_frame_count(tk_container_section(c, 0).size), n;
	struct tk_container *view = NULL;
	struct tk_coder *coder = NULL;
	struct tk_bytes data;
	uint64_t bytes = 0;

	assert_ok(tk_coder_open(&coder, &err), err);
	for (uint64_t f = 0; f < frames; f++)
		if (!tk_coder_decode(coder, &data, c, 0, f, &err))
			tk_frame_verify(c, 0, f, data, &err);
	/* The last one first: nothing is known of those before it. */
	tk_coder_decode(coder, &data, c, 0, 0, &err);
	tk_coder_decode(coder, &data, c, 0, frames - 1, &err);
	tk_coder_close(coder);
	tk_container_verify(c, 0, &err);
	tk_container_locate(&n, c, 0, NULL, count, &bytes, &err);
	if (!tk_archive_view(&view, c, &err)) {
		tk_archive_load(view, c, 0, 0, 1, &err);
		tk_container_close(view);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tk_container *c = NULL;
	size_t form, decoded;
	struct image im;

	if (size <= HEAD)
		return 0;
	form = data[0] % LEN(forms);
	decoded = 1 + (data[1] | (size_t)data[2] << 8 |
		       (size_t)data[3] << 16) % MOST;
	if (forms[form].cols)
		decoded = up(decoded);
	im = archive_of(form, decoded, data + HEAD, size - HEAD);
	/* Otherwise nothing would be tested. */
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	ask(c);
	tk_container_close(c);
	image_free(&im);
	return 0;
}

/* ---- seeds ---- */

/* Section 0 of an image as one that is stored: frames, then their sizes. */
static uint8_t *encoded(const struct image *im, size_t form, size_t *size)
{
	struct tk_container *c = NULL;
	struct tk_coder *coder = NULL;
	uint8_t *seed = calloc(1, 1 << 20);
	uint64_t frames, decoded;
	uint32_t sizes[2];
	size_t at = HEAD;

	assert_non_null(seed);
	assert_ok(tk_container_open_bytes(&c, image_bytes(im), &err), err);
	assert_ok(tk_coder_open(&coder, &err), err);
	decoded = tk_container_section(c, 0).size;
	frames = tk_frame_count(decoded);
	for (uint64_t f = 0; f < frames; f++) {
		struct tk_bytes b;

		assert_ok(tk_coder_encode(coder, &b, c, 0, f, &err), err);
		memcpy(seed + at, b.ptr, b.len);
		at += b.len;
		sizes[f] = (uint32_t)b.len;
	}
	seed[0] = (uint8_t)form;
	for (int i = 0; i < 3; i++)
		seed[1 + i] = (uint8_t)((decoded - 1) >> 8 * i);
	for (uint64_t f = 0; f < frames; f++, at += 4)
		for (int i = 0; i < 4; i++)
			seed[at + (size_t)i] = (uint8_t)(sizes[f] >> 8 * i);
	tk_coder_close(coder);
	tk_container_close(c);
	*size = at;
	return seed;
}

static const struct {
	size_t form;
	uint64_t rows;
} seeds[] = {{0, 3}, {0, 20000}, {1, 5}, {2, 7}, {2, 18000}};

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	struct rng r = {i};
	struct image im;
	struct forge f;
	uint8_t *seed;
	uint64_t cols;

	if (i >= LEN(seeds))
		return NULL;
	cols = forms[seeds[i].form].cols;
	forge_start(&f);
	f.without_hparams = true;
	f.vocab.n_tokens = 0;
	if (!seeds[i].form) {
		uint8_t *text = calloc(ROW, (size_t)seeds[i].rows);

		assert_non_null(text);
		memcpy(text, "any text, any text", 18);
		forge_bytes(&f, TK_KIND_NOTE,
			    (struct tk_bytes){text, ROW * seeds[i].rows});
		free(text);
	} else if (seeds[i].rows < 100) {
		forge_random(&f, TK_KIND_W_E, forms[seeds[i].form].dtype,
			     seeds[i].rows, cols, &r);
	} else {
		float *zeros = calloc((size_t)(seeds[i].rows * cols), 4);

		assert_non_null(zeros);
		forge_matrix(&f, TK_KIND_W_E, forms[seeds[i].form].dtype,
			     seeds[i].rows, cols, zeros);
		free(zeros);
	}
	im = forge_image(&f);
	forge_end(&f);
	seed = encoded(&im, seeds[i].form, size);
	image_free(&im);
	return seed;
}
