/* SPDX-License-Identifier: MIT */
/*
 * test_archive.c - the archive form, against zstd itself and a second splitter
 */
#include <math.h>
#include <zstd.h>

#include "archived.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct image plain;
static struct image archive; /* of it */

static int make_files(void **state)
{
	(void)state;
	plain = archived_plain();
	archive = archived_image(&plain);
	return 0;
}

static int free_files(void **state)
{
	(void)state;
	image_free(&plain);
	image_free(&archive);
	return 0;
}

static struct tk_container *open_image(const struct image *im)
{
	struct tk_container *c = NULL;

	assert_ok(tk_container_open_bytes(&c, image_bytes(im), &err), err);
	return c;
}

/* ---- decoded here, as the specification says ---- */

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* Planes to words, each rotated right by one bit; 'width' bytes a word. */
static void join(uint8_t *data, const uint8_t *planes, size_t len,
		 size_t width)
{
	size_t n = len / width;

	for (size_t i = 0; i < n; i++) {
		uint32_t x = 0;

		for (size_t p = 0; p < width; p++)
			x = x << 8 | planes[p * n + i];
		x = x >> 1 | (x & 1) << (8 * width - 1);
		for (size_t p = 0; p < width; p++)
			data[i * width + p] = (uint8_t)(x >> 8 * p);
	}
}

static void expand(uint8_t *out, struct tk_bytes stored,
		   const struct tk_section *s)
{
	static uint8_t planes[TK_FRAME_SIZE];
	uint64_t n = (s->size + 1048575) / 1048576;
	const uint8_t *sizes = stored.ptr + stored.len - 4 * n;
	const uint8_t *frame = stored.ptr;

	for (uint64_t i = 0; i < n; i++) {
		size_t len = ZSTD_decompress(planes, sizeof(planes), frame,
					     le32(sizes + 4 * i));

		assert_false(ZSTD_isError(len));
		if (s->codec == TK_CODEC_ZSTD_PLANES)
			join(out, planes, len, s->dtype == TK_F32 ? 4 : 2);
		else
			memcpy(out, planes, len);
		out += len;
		frame += le32(sizes + 4 * i);
	}
	assert_ptr_equal(frame, sizes);
}

static void test_as_specified(void **state)
{
	struct tk_container *p = open_image(&plain);
	struct tk_container *a = open_image(&archive);
	static uint8_t data[6000 * 448];

	(void)state;
	assert_true(tk_is_archive(a) && !tk_is_archive(p));
	assert_int_equal(tk_container_count(a), tk_container_count(p));
	assert_memory_equal(tk_container_info(a).content.b,
			    tk_container_info(p).content.b, 16);
	for (size_t i = 0; i + 1 < tk_container_count(a); i++) {
		struct tk_section s = tk_container_section(a, i);
		struct tk_bytes was = tk_container_stored(p, i);

		assert_int_equal(s.codec, s.dtype ? 2 : 1);
		assert_int_equal(s.size, was.len);
		assert_true(s.size <= sizeof(data));
		expand(data, tk_container_stored(a, i), &s);
		assert_memory_equal(data, was.ptr, was.len);
	}
	tk_container_close(a);
	tk_container_close(p);
}

/* Frames forwards and backwards. */
static void check_frames(const struct tk_container *p,
			 const struct tk_container *a)
{
	size_t i = tk_container_find(a, TK_KIND_W_E);
	struct tk_bytes was = tk_container_stored(p, i), data;
	uint64_t n = tk_frame_count(was.len);
	struct tk_coder *coder = NULL;

	assert_ok(tk_coder_open(&coder, &err), err);
	for (uint64_t j = 0; j < 2 * n; j++) {
		uint64_t at = j < n ? n - 1 - j : j - n;

		assert_ok(tk_coder_decode(coder, &data, a, i, at, &err), err);
		assert_true(data.len == TK_FRAME_SIZE || at == n - 1);
		assert_memory_equal(data.ptr, was.ptr + at * TK_FRAME_SIZE,
				    data.len);
	}
	assert_status(tk_coder_decode(coder, &data, a, i, n, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_coder_encode(coder, &data, a, i, 0, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_coder_encode(coder, &data, p, 99, 0, &err),
		      TK_E_ARGUMENT);
	tk_coder_close(coder);
}

/* Every dtype; a last frame of one row; none that is not full. */
static void test_frames(void **state)
{
	static const struct {
		enum tk_dtype dtype;
		uint64_t rows, cols;
	} shapes[] = {
		{TK_F32, 16385, 16}, {TK_F16, 32769, 32}, {TK_BF16, 5, 33},
		{TK_Q8, 30000, 40},  {TK_F32, 16384, 16},
	};
	struct rng r = {8};

	(void)state;
	for (size_t k = 0; k < LEN(shapes); k++) {
		struct image im, archived;
		struct tk_container *p, *a;
		struct forge f;

		forge_start(&f);
		forge_random(&f, TK_KIND_W_E, shapes[k].dtype, shapes[k].rows,
			     shapes[k].cols, &r);
		im = forge_image(&f);
		forge_end(&f);
		archived = archived_image(&im);
		p = open_image(&im);
		a = open_image(&archived);
		check_frames(p, a);
		tk_container_close(a);
		tk_container_close(p);
		image_free(&archived);
		image_free(&im);
	}
}

/* Bits that a coder of single bytes needs for each of them, Shannon 1948. */
static double entropy(const uint8_t *bytes, size_t n)
{
	double counts[256] = {0}, bits = 0;

	for (size_t i = 0; i < n; i++)
		counts[bytes[i]]++;
	for (size_t i = 0; i < 256; i++)
		if (counts[i] > 0)
			bits -= counts[i] * log2(counts[i] / (double)n);
	return bits / (double)n;
}

/* Nearly normal numbers, as weights are: sums of twelve. */
static float *bell(size_t n)
{
	float *x = malloc(n * sizeof(*x));
	struct rng r = {11};

	assert_non_null(x);
	for (size_t i = 0; i < n; i++) {
		x[i] = 0;
		for (size_t j = 0; j < 12; j++)
			x[i] += rng_float(&r);
	}
	return x;
}

/*
 * Of bf16 the exponents are what can be saved, and within 6 parts in 1000
 * they are: what Huffman's code loses, and nothing lost to matches.
 */
static void test_ratio(void **state)
{
	const size_t rows = 4096, cols = 256, n = rows * cols;
	float *values = bell(n);
	uint8_t *exponents = malloc(n);
	struct tk_container *a, *p;
	struct image im, archived;
	struct forge f;
	double bits;
	size_t i;

	(void)state;
	assert_non_null(exponents);
	forge_start(&f);
	forge_matrix(&f, TK_KIND_W_E, TK_BF16, rows, cols, values);
	im = forge_image(&f);
	archived = archived_image(&im);
	p = open_image(&im);
	a = open_image(&archived);
	i = tk_container_find(p, TK_KIND_W_E);
	for (size_t j = 0; j < n; j++)
		exponents[j] = (uint8_t)(
			tk_container_stored(p, i).ptr[2 * j + 1] << 1 |
			tk_container_stored(p, i).ptr[2 * j] >> 7);
	bits = (double)(tk_container_section(a, i).stored_size * 8) / (double)n;
	assert_true(bits > entropy(exponents, n) + 7);
	assert_true(bits < 1.006 * (entropy(exponents, n) + 8));
	tk_container_close(a);
	tk_container_close(p);
	image_free(&archived);
	image_free(&im);
	forge_end(&f);
	free(exponents);
	free(values);
}

static void test_view(void **state)
{
	struct tk_container *p = open_image(&plain);
	struct tk_container *a = open_image(&archive), *v = NULL, *b;
	struct tk_bytes was, is;
	struct tk_model *m = NULL;
	size_t w_u;

	(void)state;
	assert_status(tk_model_open(&m, a, &err), TK_E_FEATURE);
	assert_status(tk_archive_view(&v, p, &err), TK_E_ARGUMENT);
	assert_ok(tk_archive_view(&v, a, &err), err);
	assert_memory_equal(tk_container_info(v).file.b,
			    tk_container_info(p).file.b, 16);
	for (size_t i = 0; i < tk_container_count(v); i++) {
		is = tk_container_stored(v, i);
		was = tk_container_stored(p, i);
		if (tk_container_section(v, i).dtype == TK_BYTES)
			assert_memory_equal(is.ptr, was.ptr, was.len);
	}
	w_u = tk_container_find(v, TK_KIND_W_U);
	is = tk_container_stored(v, w_u);
	was = tk_container_stored(p, w_u);
	/* Two frames: from the end of one into the next. */
	assert_ok(tk_archive_load(v, a, w_u, TK_FRAME_SIZE - 5, 10, &err),
		  err);
	assert_memory_equal(is.ptr, was.ptr, was.len);
	assert_status(tk_archive_load(v, a, w_u, was.len, 1, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_archive_load(v, a, w_u, UINT64_MAX, 2, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_archive_load(v, a, w_u, 0, 0, &err), TK_E_ARGUMENT);
	/* What is no view of this archive is not written to. */
	b = open_image(&archive);
	assert_status(tk_archive_load(p, a, w_u, 0, 1, &err), TK_E_ARGUMENT);
	assert_status(tk_archive_load(a, a, w_u, 0, 1, &err), TK_E_ARGUMENT);
	assert_status(tk_archive_load(v, b, w_u, 0, 1, &err), TK_E_ARGUMENT);
	assert_status(tk_archive_load(v, p, w_u, 0, 1, &err), TK_E_ARGUMENT);
	assert_status(tk_archive_load(v, a, 99, 0, 1, &err), TK_E_ARGUMENT);
	tk_container_close(b);
	assert_ok(tk_model_open(&m, v, &err), err);
	tk_model_close(m);
	tk_container_close(v);
	tk_container_close(a);
	tk_container_close(p);
}

/* Of a large sketch there is what opening it reads, and then zeros. */
static void test_sketch(void **state)
{
	struct rng r = {9};
	struct tk_container *p, *a, *v = NULL;
	struct tk_model *m = NULL;
	struct tk_sketch sketch;
	struct image im, archived;
	struct tk_bytes is, was;
	struct forge f;
	size_t i;

	(void)state;
	forge_start(&f);
	forge_random(&f, TK_KIND_W_U, TK_F16, 6, 40000, &r);
	f.with_sketch = true;
	im = forge_image(&f);
	forge_end(&f);
	archived = archived_image(&im);
	p = open_image(&im);
	a = open_image(&archived);
	assert_ok(tk_archive_view(&v, a, &err), err);
	i = tk_container_find(v, TK_KIND_SKETCH);
	is = tk_container_stored(v, i);
	was = tk_container_stored(p, i);
	assert_true(was.len == is.len);
	assert_true(was.len > TK_FRAME_SIZE);
	assert_memory_equal(is.ptr, was.ptr, TK_FRAME_SIZE);
	assert_memory_not_equal(is.ptr, was.ptr, was.len);
	assert_int_equal(is.ptr[was.len - 400], 0);
	assert_ok(tk_model_open(&m, v, &err), err);
	assert_ok(tk_sketch_open(&sketch, m, &err), err);
	assert_ok(tk_archive_load(v, a, i, 0, was.len, &err), err);
	assert_memory_equal(is.ptr, was.ptr, was.len);
	tk_model_close(m);
	tk_container_close(v);
	tk_container_close(a);
	tk_container_close(p);
	image_free(&archived);
	image_free(&im);
}

/* The writer takes frames for an archive, and bytes for anything else. */
static void test_writer(void **state)
{
	struct tk_section_spec spec = {.kind = TK_KIND_NOTE, .size = 2000000};
	static const uint8_t zeros[TK_FRAME_SIZE];
	struct tk_bytes data = {zeros, TK_FRAME_SIZE}, few = {zeros, 100};
	struct tmpdir dir = tmpdir_make();
	struct tk_writer *w = NULL;

	(void)state;
	assert_ok(tk_writer_open(&w, tmpdir_file(&dir, "w"), 2, false, &err),
		  err);
	assert_ok(tk_writer_begin(w, &spec, &err), err);
	assert_status(tk_writer_archive(w, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_frame(w, data, data, &err), TK_E_ARGUMENT);
	tk_writer_abort(w);
	assert_ok(tk_writer_open(&w, tmpdir_file(&dir, "w"), 2, false, &err),
		  err);
	assert_ok(tk_writer_archive(w, &err), err);
	assert_status(tk_writer_archive(w, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_frame(w, data, data, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_begin(w, &spec, &err), err);
	assert_status(tk_writer_write(w, few, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_frame(w, few, data, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_frame(w, data, few, &err), err);
	assert_status(tk_writer_frame(w, data, data, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_end(w, NULL, &err), TK_E_ARGUMENT);
	tk_writer_abort(w);
	tmpdir_remove(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_specified),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_sketch),
		cmocka_unit_test(test_writer),
	};

	return cmocka_run_group_tests(tests, make_files, free_files);
}
