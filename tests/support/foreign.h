/* SPDX-License-Identifier: MIT */
/*
 * foreign.h - foreign files made by a test, and what a reader says of them
 */
#ifndef TESTS_FOREIGN_H
#define TESTS_FOREIGN_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "source.h"

/* Group setup and teardown: a directory for the files. */
int foreign_setup(void **state);
int foreign_teardown(void **state);

/* The path of a file of that name in the directory; up to 8 at a time. */
const char *foreign_path(const char *name);

/* Makes the file, and returns its path. */
const char *foreign_bytes(const char *name, const void *bytes, size_t len);
const char *foreign_text(const char *name, const char *text);

/* Opens with that reader, or by content if NULL; the caller frees 's'. */
void foreign_open(struct source *s, const struct reader *r,
		  const struct source_options *opt);

/* The same, but it must fail with a message that contains 'part'. */
void foreign_refused(const struct reader *r, const struct source_options *opt,
		     const char *part);

/* The file 'bytes' must be refused. */
void foreign_refused_bytes(const struct reader *r, const void *bytes,
			   size_t len, const char *part);

/* All rows of a table as f32, 'step' at a time; freed by the caller. */
float *foreign_rows(struct source *s, struct table *t, uint64_t step);

/* All rows are read; returns 0, or -1 if that failed. */
int foreign_read_all(struct source *s, struct table *t);

void foreign_token(const struct source *s, uint32_t id, const char *text);

/*
 * Opens and reads every prefix of the file, and 'n' copies with a few bytes
 * changed.  What comes of it does not matter, so long as nothing breaks: for
 * the sanitizers.
 */
void foreign_torture(const struct reader *r, const void *bytes, size_t len,
		     int n);

#endif /* TESTS_FOREIGN_H */
