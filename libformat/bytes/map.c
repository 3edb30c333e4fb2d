/* SPDX-License-Identifier: MIT */
/*
 * map.c - a file as read-only bytes, and room for one: the only mmap
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */

#include "bytes/map.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

static_assert(sizeof(off_t) == 8, "files of 2 GiB and more");

static enum tk_status check_file(size_t *size, int fd, struct tk_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return tk_fail_errno(err, "fstat");
	if (S_ISDIR(st.st_mode))
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET, "is a directory");
	if (!S_ISREG(st.st_mode))
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
			       "is not a regular file");
	if (!st.st_size)
		return tk_fail(err, TK_E_TRUNCATED, 0, "file is empty");
	if ((uint64_t)st.st_size > SIZE_MAX / 2)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "file does not fit into the address space");
	*size = (size_t)st.st_size;
	return TK_OK;
}

enum tk_status tk_map_open(struct tk_bytes *out, const char *path,
			   struct tk_error *err)
{
	enum tk_status status;
	size_t size = 0;
	void *p;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return tk_fail_errno(err, "open");
	status = check_file(&size, fd, err);
	if (status)
		goto out;
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		status = tk_fail_errno(err, "mmap");
		goto out;
	}
	out->ptr = p;
	out->len = size;
out:
	close(fd);
	return status;
}

enum tk_status tk_map_zeros(struct tk_bytes *out, uint64_t size,
			    struct tk_error *err)
{
	void *p;

	if (!size || size > SIZE_MAX / 2)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "file does not fit into the address space");
	p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return tk_fail_errno(err, "mmap");
	*out = (struct tk_bytes){p, (size_t)size};
	return TK_OK;
}

void tk_map_close(struct tk_bytes map)
{
	if (map.ptr)
		munmap((void *)(uintptr_t)map.ptr, map.len);
}
