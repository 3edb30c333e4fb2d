/* SPDX-License-Identifier: MIT */
/*
 * tmpdir.h - a directory of the test's own
 */
#ifndef TMPDIR_H
#define TMPDIR_H

#include <stddef.h>

struct tmpdir {
	char path[64];
};

struct tmpdir tmpdir_make(void);

/* PATH/NAME, in one of four static buffers. */
const char *tmpdir_file(const struct tmpdir *d, const char *name);

/* Number of entries, hidden ones included. */
size_t tmpdir_count(const struct tmpdir *d);

/* Removes the directory and the files and empty directories in it. */
void tmpdir_remove(struct tmpdir *d);

#endif /* TMPDIR_H */
