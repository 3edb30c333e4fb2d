/* SPDX-License-Identifier: MIT */
/*
 * selfmodel.h - a model in memory, and self-tests of it
 */
#ifndef SELFMODEL_H
#define SELFMODEL_H

#include "compute/selftest.h"

#include <math.h>

#include "forge.h"
#include "modelrows.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

static struct image image;
static struct tk_container *file;
static struct tk_model *model;
static uint8_t *section; /* changed by tests */
static size_t section_len;

static inline void open_model(struct forge *f)
{
	image = forge_image(f);
	forge_end(f);
	assert_ok(tk_container_open_bytes(&file, image_bytes(&image), &err),
		  err);
	assert_ok(tk_model_open(&model, file, &err), err);
}

static inline void close_model(void)
{
	tk_model_close(model);
	tk_container_close(file);
	image_free(&image);
	free(section);
	section = NULL;
}

static inline enum tk_status write_to(const char *path,
			       const struct tk_selftest_source *source,
			       const struct tk_selftest_input *inputs,
			       size_t n, size_t k)
{
	struct tk_writer *w;
	enum tk_status status;

	assert_ok(tk_writer_open(&w, path, 1, true, &err), err);
	status = tk_selftest_write(w, source, inputs, n, k, &err);
	if (status)
		tk_writer_abort(w);
	else
		assert_ok(tk_writer_commit(w, &err), err);
	return status;
}

/* Writes the section and keeps its bytes. */
static inline void make_section(const struct tk_selftest_input *inputs,
				size_t n, size_t k)
{
	struct tmpdir d = tmpdir_make();
	const char *path = tmpdir_file(&d, "test.tk");
	struct model_rows rows;
	struct tk_selftest_source source = source_of_model(&rows, model);
	struct image im;
	size_t at;

	assert_ok(write_to(path, &source, inputs, n, k), err);
	im = image_of_file(path);
	tmpdir_remove(&d);
	at = image_entry(&im, TK_KIND_SELFTEST);
	section_len = (size_t)image_get(&im, at + 0x40, 8);
	free(section);
	section = malloc(section_len);
	assert_non_null(section);
	memcpy(section, im.data + image_get(&im, at + 0x30, 8), section_len);
	image_free(&im);
}

static inline struct tk_selftest checked(void)
{
	struct tk_selftest s = {.section = {section, section_len},
				.offset = 1000};

	assert_ok(tk_selftest_check(&s.n_cases, s.section, model, &err), err);
	return s;
}

static inline uint8_t *case_at(size_t number)
{
	struct tk_selftest s = {.section = {section, section_len}};
	struct tk_selftest_case c;
	size_t pos = 0;

	do
		assert_true(tk_selftest_next(&c, &s, &pos));
	while (number--);
	return section + (c.in - section) - 16;
}

static const uint32_t some_ids[] = {2, 0, 1};
static const float some_vector[20] = {1, -2, 0.5F};

static inline void open_whole(void)
{
	const struct tk_selftest_input inputs[] = {
		{.ids = some_ids, .n_ids = LEN(some_ids)},
		{.hidden = some_vector},
		{.ids = some_ids, .n_ids = 1},
	};
	struct forge f;

	forge_start(&f);
	forge_fill(&f);
	forge_selftest(&f);
	open_model(&f);
	make_section(inputs, LEN(inputs), 3);
}

#endif /* SELFMODEL_H */
