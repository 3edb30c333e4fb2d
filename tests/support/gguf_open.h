/* SPDX-License-Identifier: MIT */
/*
 * gguf_open.h - opens a GGUF image, as a file in a directory of the test's
 */
#ifndef TEST_GGUF_OPEN_H
#define TEST_GGUF_OPEN_H

#include "gguf_image.h"
#include "source.h"

/* Group set-up and clean-up: the directory. */
int gguf_directory_make(void **state);
int gguf_directory_remove(void **state);

/* Writes a file into the directory; returns its path, until the next call. */
const char *gguf_write(const char *name, const void *bytes, size_t len);

/*
 * Reads the image, or any bytes, with reader_gguf; 'opt' may be NULL.  The
 * caller ends 's' in any case.
 */
int gguf_open_image(struct source *s, const struct gguf_image *img,
		    const struct source_options *opt);
int gguf_open_bytes(struct source *s, const void *bytes, size_t len,
		    const struct source_options *opt);

/* The test fails, with the reader's message, if the image is refused. */
void gguf_assert_open(struct source *s, const struct gguf_image *img,
		      const struct source_options *opt);

/*
 * The image must be refused with a message that has 'message' in it, or
 * accepted if that is NULL; 'what' it is about, when the test fails.
 */
void gguf_check(const struct gguf_image *img, const char *what,
		const char *message);

/* One change of the good image, and what it must give, as above. */
struct gguf_change {
	const char *what;
	void (*make)(struct gguf_image *img);
	const char *message;
};

void gguf_check_changes(const struct gguf_change *changes, size_t n);

#define GGUF_CHECK(changes) \
	gguf_check_changes(changes, sizeof(changes) / sizeof(changes[0]))

#endif /* TEST_GGUF_OPEN_H */
