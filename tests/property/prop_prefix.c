/* SPDX-License-Identifier: MIT */
/*
 * prop_prefix.c - a file is whole or it is not opened: no beginning of one,
 * and none with something behind it
 */
#include "archived.h"
#include "guard.h"
#include "samples.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

static enum tk_status try_open(const uint8_t *data, size_t size)
{
	struct guard g = guard_copy(data, size, 64);
	struct tk_container *c = NULL;
	enum tk_status status = tk_container_open_bytes(
		&c, (struct tk_bytes){g.data, size}, &err);

	tk_container_close(c);
	guard_free(&g);
	return status;
}

/* Takes 'im'. */
static void check_prefixes(const char *name, struct image im, size_t step)
{
	size_t n = 0;

	for (size_t size = 0; size < im.size; size += step, n++) {
		if (try_open(im.data, size) != TK_E_TRUNCATED)
			fail_msg("%zu of %zu bytes: %s", size, im.size,
				 err.message);
		assert_int_equal(err.offset, size);
	}
	assert_status(try_open(im.data, im.size), TK_OK);
	sample_report("%s: %zu lengths below %zu, none is opened\n", name, n,
		      im.size);
	image_free(&im);
}

static void test_prefixes(void **state)
{
	struct image plain = sample_every(SAMPLE_16K);
	struct forge f;

	(void)state;
	check_prefixes("minimal", sample_minimal(), 1);
	check_prefixes("typical", sample_typical(), 1);
	check_prefixes("whole", forge_whole(), 1);
	check_prefixes("every kind", sample_every(SAMPLE_64K),
		       sample_step(5, 1));
	check_prefixes("archive", archived_image(&plain), 1);
	image_free(&plain);
	/* The smallest file that there is. */
	forge_start(&f);
	f.without_hparams = true;
	f.vocab.n_tokens = 0;
	forge_free_bytes(&f, "a.b", 0, bytes_of("x"));
	check_prefixes("smallest", forge_image(&f), 1);
	forge_end(&f);
}

/* A shorter file whose header says so: the table must not agree. */
static void test_sealed_prefixes(void **state)
{
	struct image im = forge_whole();
	size_t whole = im.size;

	(void)state;
	for (im.size = 128; im.size < whole; im.size++) {
		image_put(&im, 0x20, 8, im.size);
		image_seal(&im);
		if (try_open(im.data, im.size) != TK_E_LAYOUT)
			fail_msg("%zu of %zu bytes: %s", im.size, whole,
				 err.message);
	}
	image_free(&im);
}

static void test_longer(void **state)
{
	static const size_t more[] = {1, 15, 16, 64, 4096, 65536};
	struct image im = forge_whole();

	(void)state;
	for (size_t i = 0; i < LEN(more); i++) {
		struct image longer = image_copy(&im, im.size + more[i]);

		assert_status(try_open(longer.data, longer.size),
			      TK_E_TRAILING);
		assert_int_equal(err.offset, im.size);
		image_put(&longer, 0x20, 8, longer.size);
		image_seal(&longer);
		assert_status(try_open(longer.data, longer.size),
			      TK_E_LAYOUT);
		image_free(&longer);
	}
	image_free(&im);
}

/* The same through a path. */
static void test_files(void **state)
{
	struct image im = forge_whole();
	struct tmpdir d = tmpdir_make();

	(void)state;
	for (size_t size = 0; size <= im.size + 64; size += 64) {
		const char *path = tmpdir_file(&d, "x.tk");
		struct image part = image_copy(&im, size);
		struct tk_container *c = NULL;
		FILE *f = fopen(path, "wb");

		assert_non_null(f);
		assert_int_equal(fwrite(part.data, 1, size, f), size);
		fclose(f);
		assert_status(tk_container_open(&c, path, &err),
			      size < im.size   ? TK_E_TRUNCATED
			      : size > im.size ? TK_E_TRAILING
					       : TK_OK);
		tk_container_close(c);
		image_free(&part);
	}
	tmpdir_remove(&d);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_sealed_prefixes),
		cmocka_unit_test(test_longer),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
