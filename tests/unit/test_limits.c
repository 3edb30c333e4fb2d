/* SPDX-License-Identifier: MIT */
/*
 * test_limits.c - limits that a caller has lowered
 *
 * For each: a file that has just that much opens, and with one less it is
 * refused with TK_E_LIMIT, at its place.
 */
#include "archived.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct image im;

/* ---- opening, and all else that has limits ---- */

static enum tk_status decode(const struct tk_container *c)
{
	struct tk_container *view = NULL;
	struct tk_coder *coder = NULL;
	enum tk_status status = tk_coder_open(&coder, &err);
	struct tk_bytes data;
	uint64_t n;

	for (size_t i = 0; i < tk_container_count(c) && !status; i++) {
		status = tk_coder_decode(coder, &data, c, i, 0, &err);
		assert_int_equal(tk_container_locate(&n, c, i, NULL, NULL,
						     NULL, NULL),
				 status);
	}
	tk_coder_close(coder);
	if (!status)
		status = tk_archive_view(&view, c, &err);
	tk_container_close(view);
	return status;
}

static enum tk_status use(const struct tk_container *c)
{
	struct tk_model *m = NULL;
	struct tk_selftest s;
	enum tk_status status;

	if (tk_is_archive(c))
		return decode(c);
	status = tk_model_open(&m, c, &err);
	if (!status)
		status = tk_selftest_open(&s, m, &err);
	tk_model_close(m);
	return status;
}

static enum tk_status open_image(const struct tk_limits *limits)
{
	struct tk_container *c = NULL;
	enum tk_status status = tk_container_open_bytes_within(
		&c, image_bytes(&im), limits, &err);

	if (!status)
		status = use(c);
	tk_container_close(c);
	return status;
}

static enum tk_status open_path(const char *path, unsigned flags,
				const struct tk_limits *limits)
{
	struct tk_container *c = NULL;
	enum tk_status status =
		tk_container_open_within(&c, path, flags, limits, &err);

	if (!status)
		status = use(c);
	tk_container_close(c);
	return status;
}

/* 'limit' lies in 'limits', which are the format's but for it. */
static void expect(struct tk_limits *limits, uint64_t *limit, uint64_t has,
		   uint64_t from, uint64_t end)
{
	const uint64_t old = *limit;

	*limit = has;
	assert_ok(open_image(limits), err);
	*limit = has - 1;
	assert_status(open_image(limits), TK_E_LIMIT);
	assert_int_equal(err.status, TK_E_LIMIT);
	if (err.offset < from || err.offset >= end)
		fail_msg("byte %llu: %s", (unsigned long long)err.offset,
			 err.message);
	*limit = 0;
	assert_status(open_image(limits), TK_E_LIMIT);
	*limit = old;
}

static size_t section(uint32_t kind)
{
	return image_section(&im, kind);
}

static size_t entry(uint32_t kind)
{
	return image_entry(&im, kind);
}

static uint64_t size_of(uint32_t kind)
{
	return image_get(&im, entry(kind) + 0x40, 8);
}

/* ---- a model with everything ---- */

static void make_whole(void)
{
	struct forge f;

	forge_start(&f);
	forge_fill(&f);
	forge_selftest(&f);
	im = forge_image(&f);
	forge_end(&f);
}

/* The most that a section has. */
static uint64_t largest(void)
{
	uint64_t most = 0;

	for (size_t e = 128; e < 128 + 192 * image_get(&im, 0x10, 4); e += 192)
		if (image_get(&im, e + 0x40, 8) > most)
			most = image_get(&im, e + 0x40, 8);
	return most;
}

static void test_container(void **state)
{
	struct tk_limits l = tk_limits_default();

	(void)state;
	make_whole();
	expect(&l, &l.file_bytes, im.size, 0x20, 0x28);
	expect(&l, &l.sections, image_get(&im, 0x10, 4), 0x10, 0x14);
	expect(&l, &l.section_bytes, largest(), 128,
	       128 + 192 * image_get(&im, 0x10, 4));
	/* W_U and b_U have 8, W_E has 7. */
	expect(&l, &l.rows, 8, entry(TK_KIND_B_U), entry(TK_KIND_B_U) + 192);
	l.rows = 6;
	assert_status(open_image(&l), TK_E_LIMIT);
	l.rows = UINT64_MAX;
	expect(&l, &l.cols, 20, entry(TK_KIND_EMBED_NORM_WEIGHT),
	       entry(TK_KIND_EMBED_NORM_WEIGHT) + 192);
	expect(&l, &l.mix_rows, 4, entry(TK_KIND_MIX),
	       entry(TK_KIND_MIX) + 192);
	image_free(&im);
}

/* Free matrices are within 'rows' both ways. */
static void test_unknown_kinds(void **state)
{
	struct tk_limits l = tk_limits_default();
	uint8_t zeros[1024] = {0};
	struct forge f;
	size_t e;

	(void)state;
	forge_start(&f);
	f.hp.d_model = 4;
	forge_free_bytes(&f, "a.matrix", 0,
			 (struct tk_bytes){zeros, sizeof(zeros)});
	im = forge_image(&f);
	forge_end(&f);
	e = entry(TK_KIND_FREE);
	image_put(&im, e + 0x0a, 2, TK_F32);
	image_put(&im, e + 0x48, 8, 2);
	image_put(&im, e + 0x50, 8, 128);
	image_put(&im, e + 0x58, 8, 512);
	image_seal(&im);
	l.cols = 1;
	l.rows = 128;
	assert_status(open_image(&l), TK_E_NOT_FOUND); /* no self-test */
	l.rows = 127;
	assert_status(open_image(&l), TK_E_LIMIT);
	assert_in_range(err.offset, e, e + 191);
	image_free(&im);
}

static void test_model(void **state)
{
	struct tk_limits l = tk_limits_default();
	size_t v, t;

	(void)state;
	make_whole();
	v = section(TK_KIND_VOCAB);
	t = section(TK_KIND_SELFTEST);
	expect(&l, &l.tokens, 6, v, v + 64);
	expect(&l, &l.token_bytes, 4, v, v + 64);
	expect(&l, &l.vocab_bytes, 14, v, v + 64);
	expect(&l, &l.keyvalue_bytes, size_of(TK_KIND_HPARAMS),
	       section(TK_KIND_HPARAMS), section(TK_KIND_HPARAMS) + 8);
	expect(&l, &l.keys, 9, section(TK_KIND_HPARAMS),
	       section(TK_KIND_HPARAMS) + 8);
	/* The title is longer than any hyperparameter. */
	expect(&l, &l.value_bytes, strlen("a forged file"),
	       section(TK_KIND_NOTE),
	       section(TK_KIND_NOTE) + size_of(TK_KIND_NOTE));
	expect(&l, &l.selftest_bytes, size_of(TK_KIND_SELFTEST), t, t + 8);
	expect(&l, &l.selftest_cases, 2, t, t + 8);
	image_free(&im);
}

/* ---- archives ---- */

static void test_archive(void **state)
{
	struct tk_limits l = tk_limits_default();
	struct image plain = archived_plain();
	uint64_t beside = 0;

	(void)state;
	im = archived_image(&plain);
	for (size_t e = 128; e < 128 + 192 * image_get(&im, 0x10, 4); e += 192)
		if (!image_get(&im, e + 0x0a, 2))
			beside += image_get(&im, e + 0x40, 8);
	/* Sections are larger once decoded, and so is the file. */
	expect(&l, &l.section_bytes, largest(), 128, 65536);
	expect(&l, &l.file_bytes, plain.size, 0x20, 0x28);
	expect(&l, &l.frame_bytes, TK_FRAME_SIZE, 128, im.size);
	expect(&l, &l.view_bytes, beside, 128, im.size);
	image_free(&im);
	image_free(&plain);
}

/* ---- how they are given ---- */

static void test_given(void **state)
{
	const struct tk_limits none = {0}, most = tk_limits_default();
	const unsigned flags[] = {0, TK_OPEN_COPY, TK_OPEN_POPULATE};
	struct tmpdir d = tmpdir_make();
	struct tk_limits l = most;
	const char *path;
	struct forge f;

	(void)state;
	make_whole();
	memset(&l, 0xff, sizeof(l));
	assert_ok(open_image(&l), err);
	assert_ok(open_image(NULL), err);
	assert_status(open_image(&none), TK_E_LIMIT);
	/* Above the format's they are the format's. */
	image_put(&im, section(TK_KIND_VOCAB) + 8, 4, 65536);
	assert_status(open_image(&l), TK_E_LIMIT);
	image_free(&im);
	forge_start(&f);
	forge_fill(&f);
	forge_selftest(&f);
	path = tmpdir_file(&d, "x.tk");
	forge_write(&f, path);
	forge_end(&f);
	im = image_of_file(path);
	for (size_t i = 0; i < LEN(flags); i++) {
		l = most;
		assert_ok(open_path(path, flags[i], &l), err);
		assert_ok(open_path(path, flags[i], NULL), err);
		l.file_bytes = im.size;
		assert_ok(open_path(path, flags[i], &l), err);
		l.file_bytes--;
		assert_status(open_path(path, flags[i], &l), TK_E_LIMIT);
		assert_int_equal(err.offset, l.file_bytes);
		l = most;
		l.tokens = 5;
		assert_status(open_path(path, flags[i], &l), TK_E_LIMIT);
	}
	image_free(&im);
	tmpdir_remove(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_unknown_kinds),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
