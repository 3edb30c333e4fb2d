/* SPDX-License-Identifier: MIT */
/*
 * gguf_open.c - opens a GGUF image, as a file in a directory of the test's
 */
#include "gguf_open.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/test_gguf.XXXXXX";

int gguf_directory_make(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

int gguf_directory_remove(void **state)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	char path[512];

	(void)state;
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	if (d)
		closedir(d);
	return rmdir(directory);
}

const char *gguf_write(const char *name, const void *bytes, size_t len)
{
	static char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path;
}

int gguf_open_bytes(struct source *s, const void *bytes, size_t len,
		    const struct source_options *opt)
{
	struct source_options o = {0};

	if (opt)
		o = *opt;
	o.input = gguf_write("image.gguf", bytes, len);
	source_init(s);
	return reader_gguf.open(s, &o);
}

int gguf_open_image(struct source *s, const struct gguf_image *img,
		    const struct source_options *opt)
{
	size_t len;
	uint8_t *bytes = image_build(img, &len);
	int result = gguf_open_bytes(s, bytes, len, opt);

	free(bytes);
	return result;
}

void gguf_assert_open(struct source *s, const struct gguf_image *img,
		      const struct source_options *opt)
{
	if (gguf_open_image(s, img, opt))
		fail_msg("%s", s->message);
}

void gguf_check(const struct gguf_image *img, const char *what,
		const char *message)
{
	struct source s;
	int result = gguf_open_image(&s, img, NULL);

	if (!message && result)
		fail_msg("%s: refused: %s", what, s.message);
	if (message && !result)
		fail_msg("%s: accepted", what);
	if (message && !strstr(s.message, message))
		fail_msg("%s: wrong message: %s", what, s.message);
	source_free(&s);
}

void gguf_check_changes(const struct gguf_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct gguf_image img;

		image_init(&img);
		changes[i].make(&img);
		gguf_check(&img, changes[i].what, changes[i].message);
		gguf_image_free(&img);
	}
}
