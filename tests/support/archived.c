/* SPDX-License-Identifier: MIT */
/*
 * archived.c - a file as an archive
 */
#include "archived.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

void archived_write(const char *path, const struct tk_container *c)
{
	size_t n = tk_container_count(c) - 1;
	struct tk_coder *coder = NULL;
	struct tk_writer *w = NULL;

	assert_ok(tk_writer_open(&w, path, n, true, &err), err);
	assert_ok(tk_writer_archive(w, &err), err);
	assert_ok(tk_coder_open(&coder, &err), err);
	for (size_t i = 0; i < n; i++) {
		struct tk_section s = tk_container_section(c, i);
		struct tk_section_spec spec = {
			.kind = s.kind,
			.flags = s.flags,
			.name = s.name,
			.dtype = (enum tk_dtype)s.dtype,
			.size = s.size,
			.rows = s.rows,
			.cols = s.cols,
		};
		struct tk_bytes data, frame;

		assert_ok(tk_writer_begin(w, &spec, &err), err);
		for (uint64_t f = 0; f < tk_frame_count(s.size); f++) {
			assert_ok(tk_coder_decode(coder, &data, c, i, f, &err),
				  err);
			assert_ok(tk_coder_encode(coder, &frame, c, i, f,
						  &err), err);
			assert_ok(tk_writer_frame(w, data, frame, &err), err);
		}
		assert_ok(tk_writer_end(w, NULL, &err), err);
	}
	tk_coder_close(coder);
	assert_ok(tk_writer_commit(w, &err), err);
}

struct image archived_plain(void)
{
	struct rng r = {7};
	struct image im;
	struct forge f;

	forge_start(&f);
	forge_random(&f, TK_KIND_W_E, TK_F32, 6000, 100, &r);
	forge_random(&f, TK_KIND_W_U, TK_F16, 6000, 100, &r);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

struct image archived_image(const struct image *plain)
{
	struct tmpdir dir = tmpdir_make();
	const char *path = tmpdir_file(&dir, "archive");
	struct tk_container *c = NULL;
	struct image im;

	assert_ok(tk_container_open_bytes(&c, image_bytes(plain), &err), err);
	archived_write(path, c);
	tk_container_close(c);
	im = image_of_file(path);
	tmpdir_remove(&dir);
	return im;
}
