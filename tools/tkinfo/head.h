/* SPDX-License-Identifier: MIT */
/*
 * head.h - the first bytes of a file, for when it does not open
 */
#ifndef TKINFO_HEAD_H
#define TKINFO_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Header and table of a sound file end before this. */
#define HEAD_MAX 65536

struct head {
	uint8_t bytes[HEAD_MAX];
	size_t len;
};

/* Ends the program if 'path' is not a regular file that can be read. */
void head_read(struct head *h, const char *path);

/* A little-endian integer; bytes beyond the end of the file count as 0. */
uint64_t head_load(const struct head *h, size_t at, size_t size);

/*
 * True if this began as a .tk file, though it may be cut, unfinished or
 * changed by a transfer in text mode.
 */
bool head_is_tk(const struct head *h);

#endif /* TKINFO_HEAD_H */
