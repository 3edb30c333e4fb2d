/* SPDX-License-Identifier: MIT */
/*
 * spec_files.h - lines of spec/vectors.txt about whole files
 */
#ifndef SPEC_FILES_H
#define SPEC_FILES_H

#include "spec_words.h"

#define MAX_FILES 4

/* A file image as the lines so far have made it. */
static struct image {
	char name[16];
	uint8_t *data; /* at a multiple of 64 */
	size_t size;
} images[MAX_FILES];
static size_t n_images;

static void images_free(void)
{
	while (n_images)
		free(images[--n_images].data);
}

static uint8_t *zeros(size_t size)
{
	uint8_t *p = aligned_alloc(64, (size | 63) + 1);

	assert_non_null(p);
	memset(p, 0, (size | 63) + 1);
	return p;
}

static struct image *image_word(const struct line *l, size_t i)
{
	for (size_t j = 0; j < n_images; j++)
		if (!strcmp(images[j].name, word(l, i)))
			return &images[j];
	fail_msg("no file %s", word(l, i));
	return NULL;
}

static void verb_file(struct line *l)
{
	struct image *im = &images[n_images];

	assert_true(n_images < MAX_FILES);
	snprintf(im->name, sizeof(im->name), "%s", word(l, 0));
	im->size = number(word(l, 1), 10);
	im->data = zeros(im->size);
	n_images++;
}

static void put_into(uint8_t *data, size_t size, uint64_t at, const char *hex)
{
	static uint8_t bytes[MAX_BYTES];
	size_t len = bytes_word(bytes, hex);

	assert_true(at <= size && len <= size - at);
	memcpy(data + at, bytes, len);
}

static void verb_bytes(struct line *l)
{
	struct image *im = image_word(l, 0);

	put_into(im->data, im->size, number(word(l, 1), 10), word(l, 2));
}

/* ---- opening ---- */

/* The model of image 'i' of the line; it must open. */
static struct tk_model *model_word(struct tk_container **c,
				   const struct line *l, size_t i)
{
	struct image *im = image_word(l, i);
	struct tk_error err = {.message = "ok"};
	struct tk_model *m = NULL;

	if (tk_container_open_bytes(c, (struct tk_bytes){im->data, im->size},
				    &err) ||
	    tk_model_open(&m, *c, &err))
		fail_msg("%s: %s", im->name, err.message);
	return m;
}

static void close_model(struct tk_model *m, struct tk_container *c)
{
	tk_model_close(m);
	tk_container_close(c);
}

/*
 * The status of opening bytes: as a container by the rules R01 to R35, as a
 * model by any other.
 */
static enum tk_status try_open(const char *rule, uint8_t *data, size_t size)
{
	bool container_only = rule[0] == 'R' && number(rule + 1, 10) < 40;
	struct tk_container *c;
	struct tk_model *m;
	enum tk_status status = tk_container_open_bytes(
		&c, (struct tk_bytes){data, size}, NULL);

	if (status)
		return status;
	if (!container_only) {
		status = tk_model_open(&m, c, NULL);
		if (!status)
			tk_model_close(m);
	}
	tk_container_close(c);
	return status;
}

/* Puts the words OFFSET:BYTES from 'first' on into data. */
static void put_patches(uint8_t *data, size_t size, struct line *l,
			size_t first)
{
	for (size_t i = first; i < l->n; i++) {
		char *hex = strchr(l->word[i], ':');

		assert_non_null(hex);
		*hex++ = 0;
		put_into(data, size, number(l->word[i], 10), hex);
	}
}

/* A copy of image 1 of the line with the words that follow put into it. */
static uint8_t *patched(struct line *l, size_t *size)
{
	struct image *im = image_word(l, 1);
	uint8_t *copy = zeros(im->size);

	memcpy(copy, im->data, im->size);
	put_patches(copy, im->size, l, 2);
	*size = im->size;
	return copy;
}

/* RULE M OFFSET:BYTES ... */
static void verb_refused(struct line *l)
{
	size_t size;
	uint8_t *copy = patched(l, &size);

	put_status(l, try_open(word(l, 0), copy, size));
	free(copy);
}

static void verb_accepted(struct line *l)
{
	size_t size;
	uint8_t *copy = patched(l, &size);
	enum tk_status status = try_open(word(l, 0), copy, size);

	if (status)
		put_status(l, status);
	free(copy);
}

/* RULE M SIZE OFFSET:BYTES ... */
static void verb_cut(struct line *l)
{
	struct image *im = image_word(l, 1);
	size_t size = number(word(l, 2), 10);
	uint8_t *copy = zeros(size);

	memcpy(copy, im->data, size < im->size ? size : im->size);
	put_patches(copy, size, l, 3);
	put_status(l, try_open(word(l, 0), copy, size));
	free(copy);
}

/* The first failure among all sections. */
static enum tk_status verify_all(const struct tk_container *c)
{
	enum tk_status status = TK_OK;

	for (size_t i = 0; i < tk_container_count(c) && !status; i++)
		status = tk_container_verify(c, i, NULL);
	return status;
}

static void verb_damaged(struct line *l)
{
	struct tk_container *c;
	size_t size;
	uint8_t *copy = patched(l, &size);

	assert_int_equal(tk_container_open_bytes(
				 &c, (struct tk_bytes){copy, size}, NULL),
			 TK_OK);
	put_status(l, verify_all(c));
	tk_container_close(c);
	free(copy);
}

static void verb_identity(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	struct tk_file_info info = tk_container_info(c);

	assert_int_equal(verify_all(c), TK_OK);
	put_bytes(l, info.file.b, sizeof(info.file.b));
	put_bytes(l, info.content.b, sizeof(info.content.b));
	close_model(m, c);
}

/* ---- writing ---- */

static void write_section(struct tk_writer *w, const struct tk_container *c,
			  size_t i)
{
	struct tk_section s = tk_container_section(c, i);
	struct tk_bytes bytes = tk_container_stored(c, i);
	struct tk_section_spec spec = {
		.kind = s.kind, .dtype = s.dtype, .size = s.size,
		.rows = s.rows, .cols = s.cols,
	};
	struct tk_bytes half = {bytes.ptr, bytes.len / 2};
	struct tk_bytes rest = {bytes.ptr + half.len, bytes.len - half.len};

	assert_int_equal(tk_writer_begin(w, &spec, NULL), TK_OK);
	assert_int_equal(tk_writer_write(w, half, NULL), TK_OK);
	assert_int_equal(tk_writer_write(w, rest, NULL), TK_OK);
	assert_int_equal(tk_writer_end(w, NULL, NULL), TK_OK);
}

static void verb_rewrite(struct line *l)
{
	struct tk_container *c, *again;
	struct tk_model *m = model_word(&c, l, 0);
	size_t n = tk_container_count(c) - 1;
	struct tk_bytes a = tk_container_file(c), b;
	struct tk_writer *w;

	scratch_make();
	assert_int_equal(tk_writer_open(&w, scratch_path, n, false, NULL),
			 TK_OK);
	for (size_t i = 0; i < n; i++)
		write_section(w, c, i);
	assert_int_equal(tk_writer_commit(w, NULL), TK_OK);
	assert_int_equal(tk_container_open(&again, scratch_path, NULL), TK_OK);
	b = tk_container_file(again);
	if (a.len != b.len || memcmp(a.ptr, b.ptr, a.len))
		put(l, "differs");
	tk_container_close(again);
	scratch_remove();
	close_model(m, c);
}

/* ---- the vocabulary ---- */

static void verb_token(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	struct tk_bytes token;

	assert_int_equal(tk_model_token(&token, m, number(word(l, 1), 10),
					NULL),
			 TK_OK);
	put_bytes(l, token.ptr, token.len);
	close_model(m, c);
}

static void verb_find(struct line *l)
{
	static uint8_t bytes[MAX_BYTES];
	struct tk_bytes token = {bytes, bytes_word(bytes, word(l, 1))};
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	uint32_t id;

	assert_true(tk_model_vocab(m).has_index);
	if (tk_model_find(&id, m, token, NULL))
		put(l, "none");
	else
		put(l, "%" PRIu32, id);
	close_model(m, c);
}

#endif /* SPEC_FILES_H */
