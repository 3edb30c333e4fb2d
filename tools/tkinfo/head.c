/* SPDX-License-Identifier: MIT */
/*
 * head.c - the first bytes of a file, for when it does not open
 */
#include "head.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

void head_read(struct head *h, const char *path)
{
	struct stat st;
	ssize_t n = 1;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		cli_die("%s: %s", *path ? path : "\"\"", strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		cli_die("%s: is not a regular file", path);
	h->len = 0;
	while (n > 0 && h->len < HEAD_MAX) {
		n = pread(fd, h->bytes + h->len, HEAD_MAX - h->len,
			  (off_t)h->len);
		if (n > 0)
			h->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (n < 0)
		cli_die("%s: %s", path, strerror(errno));
	close(fd);
}

uint64_t head_load(const struct head *h, size_t at, size_t size)
{
	uint64_t x = 0;

	for (size_t i = size; i-- > 0;)
		x = x << 8 | (at + i < h->len ? h->bytes[at + i] : 0);
	return x;
}

bool head_is_tk(const struct head *h)
{
	/* spec/format.md 1: what is written, and what transfers make of it. */
	static const struct {
		const char *bytes;
		size_t len;
	} starts[] = {
		{"\x89TKF\r\n\x1a\n", 8}, {"\0TKFpart", 8},
		{"\x89TKF\r\r\n", 7},	  {"\x89TKF\n\x1a", 6},
		{"\tTKF", 4},		  {"\xc2\x89TKF", 5},
	};

	/* Only the first two are known by less than all of them. */
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t len = starts[i].len;

		if (i < 2 && h->len < len)
			len = h->len;
		if (h->len >= len && !memcmp(h->bytes, starts[i].bytes, len))
			return true;
	}
	return false;
}
