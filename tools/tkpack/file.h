/* SPDX-License-Identifier: MIT */
/*
 * file.h - foreign files: read with pread, never mapped
 *
 * A mapped source would count as resident memory and turn a file that is cut
 * while we read it into a signal.
 */
#ifndef TKPACK_FILE_H
#define TKPACK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct source; /* source.h: takes the error message */

struct file {
	int fd;
	char *path;	  /* as messages name it */
	uint64_t size;	  /* bytes */
	struct stat stat; /* when it was opened */
};

/*
 * Opens a regular file; anything else (directory, FIFO, ...) is an error at
 * once.  All functions return 0, or -1 with the message in the source.
 * The file is owned by the source and closed with it.
 */
int file_open(struct file **out, struct source *s, const char *path);

/* Exactly 'len' bytes at 'offset'; a file that ends before is an error. */
int file_read(struct source *s, const struct file *f, void *dst, uint64_t len,
	      uint64_t offset);

/* The first min(len, size) bytes; for sniffing.  Returns how many. */
size_t file_head(const struct file *f, void *dst, size_t len);

/*
 * A window that moves forward through a file, for formats that must be
 * scanned.  'end - next' bytes are at hand at 'next'.
 */
struct scan {
	struct file *file;
	uint64_t offset; /* in the file, of 'next' */
	const uint8_t *next;
	const uint8_t *end;
	uint8_t *buffer;
	size_t capacity;
};

/* The buffer belongs to the source.  capacity: the longest 'need', below. */
int scan_open(struct scan *sc, struct source *s, struct file *f,
	      size_t capacity);

/* Starts again at 'offset'. */
void scan_seek(struct scan *sc, uint64_t offset);

/*
 * Makes at least min(need, what is left of the file) bytes available and
 * returns how many are: fewer than 'need' only at the end of the file.
 * -1 on a read error.  need must not exceed the capacity.
 */
int64_t scan_fill(struct scan *sc, struct source *s, size_t need);

/* Goes past n bytes, n <= end - next. */
void scan_skip(struct scan *sc, size_t n);

#endif /* TKPACK_FILE_H */
