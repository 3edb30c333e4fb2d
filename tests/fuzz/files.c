/* SPDX-License-Identifier: MIT */
/*
 * files.c - .tk files as inputs and seeds
 */
#include "files.h"

#include <stdlib.h>
#include <string.h>

#include "archived.h"
#include "target.h"
#include "tmpdir.h"

struct image files_copy(const uint8_t *data, size_t size)
{
	struct image im = {aligned_alloc(64, (size / 64 + 1) * 64), size};

	if (!im.data)
		abort();
	memcpy(im.data, data, size);
	return im;
}

void files_seal(struct image *im)
{
	uint64_t table;

	if (im->size < 128)
		return;
	table = image_get(im, 0x10, 4) * image_get(im, 0x14, 4);
	if (image_get(im, 0x0c, 4) != 128 || image_get(im, 0x14, 4) != 192 ||
	    table > im->size - 128)
		image_seal_header(im);
	else
		image_seal(im);
}

static struct image without_matrices(void)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp.d_model = 20;
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static struct image archive(void)
{
	struct image whole = forge_whole();
	struct image im = archived_image(&whole);

	image_free(&whole);
	return im;
}

/* ---- one with a sketch ---- */

static const uint8_t *read_rows(void *context, uint64_t first, uint64_t n)
{
	const struct tk_matrix *m = context;

	(void)n;
	return m->data + first * m->row_stride;
}

static void copy_sections(struct tk_writer *w, const struct tk_container *c)
{
	for (size_t i = 0; i + 1 < tk_container_count(c); i++) {
		struct tk_section s = tk_container_section(c, i);
		struct tk_section_spec spec = {
			.kind = s.kind,
			.dtype = (enum tk_dtype)s.dtype,
			.size = s.size,
			.rows = s.rows,
			.cols = s.cols,
		};

		if (tk_writer_begin(w, &spec, NULL) ||
		    tk_writer_write(w, tk_container_stored(c, i), NULL) ||
		    tk_writer_end(w, NULL, NULL))
			abort();
	}
}

static void write_with_sketch(const char *path, const struct tk_container *c)
{
	size_t i = tk_container_find(c, TK_KIND_W_E);
	struct tk_digest digest = tk_container_section(c, i).digest;
	struct tk_writer *w = NULL;
	struct tk_model *m = NULL;
	struct tk_row_source rows;
	struct tk_matrix w_e;

	if (tk_model_open(&m, c, NULL) ||
	    tk_writer_open(&w, path, tk_container_count(c), true, NULL))
		abort();
	w_e = tk_model_w_e(m);
	rows = (struct tk_row_source){.rows = tk_model_n_predictable(m),
				      .cols = w_e.cols,
				      .dtype = TK_F32,
				      .read = read_rows,
				      .context = &w_e};
	copy_sections(w, c);
	if (tk_sketch_write(w, &rows, &digest, NULL) ||
	    tk_writer_commit(w, NULL))
		abort();
	tk_model_close(m);
}

static struct image with_sketch(void)
{
	struct tmpdir dir = tmpdir_make();
	const char *path = tmpdir_file(&dir, "sketch");
	struct tk_container *c = NULL;
	struct rng r = {5};
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp.tied = true;
	forge_random(&f, TK_KIND_W_E, TK_F32, 6, 70, &r);
	im = forge_image(&f);
	forge_end(&f);
	if (tk_container_open_bytes(&c, image_bytes(&im), NULL))
		abort();
	write_with_sketch(path, c);
	tk_container_close(c);
	image_free(&im);
	im = image_of_file(path);
	tmpdir_remove(&dir);
	return im;
}

uint8_t *files_seed(size_t i, size_t *size)
{
	struct image (*const make[])(void) = {
		forge_whole,
		archive,
		without_matrices,
		with_sketch,
	};
	struct image im;
	uint8_t *seed;

	if (i >= sizeof(make) / sizeof(make[0]))
		return NULL;
	im = make[i]();
	*size = im.size;
	seed = fuzz_copy(im.data, im.size);
	image_free(&im);
	return seed;
}
