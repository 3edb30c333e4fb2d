/* SPDX-License-Identifier: MIT */
/*
 * map.c - a file as read-only bytes, and room for one: the only mmap
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE, MAP_POPULATE */

#include "bytes/map.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

static_assert(sizeof(off_t) == 8, "files of 2 GiB and more");

static enum tk_status check_file(size_t *size, int fd, uint64_t most,
				 struct tk_error *err)
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
	if ((uint64_t)st.st_size > most)
		return tk_fail(err, TK_E_LIMIT, most,
			       "file has %llu bytes, the limit is %llu",
			       (unsigned long long)st.st_size,
			       (unsigned long long)most);
	*size = (size_t)st.st_size;
	return TK_OK;
}

/* A regular file that is not empty; the caller closes '*fd'. */
static enum tk_status open_file(int *fd, size_t *size, const char *path,
				uint64_t most, struct tk_error *err)
{
	enum tk_status status;

	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return tk_fail_errno(err, "open");
	status = check_file(size, *fd, most, err);
	if (status)
		close(*fd);
	return status;
}

enum tk_status tk_map_open(struct tk_bytes *out, const char *path,
			   uint64_t most, bool populate, struct tk_error *err)
{
	int flags = MAP_SHARED | (populate ? MAP_POPULATE : 0);
	enum tk_status status;
	size_t size = 0;
	void *p;
	int fd;

	status = open_file(&fd, &size, path, most, err);
	if (status)
		return status;
	p = mmap(NULL, size, PROT_READ, flags, fd, 0);
	if (p == MAP_FAILED)
		status = tk_fail_errno(err, "mmap");
	else
		*out = (struct tk_bytes){p, size};
	close(fd);
	return status;
}

static enum tk_status read_all(uint8_t *p, size_t size, int fd,
			       struct tk_error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, p + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tk_fail_errno(err, "read");
		if (!n)
			return tk_fail(err, TK_E_TRUNCATED, done,
				       "file was cut while it was read");
		done += (size_t)n;
	}
	return TK_OK;
}

/* Mapped memory: aligned, and refused at once where there cannot be enough. */
enum tk_status tk_map_copy(struct tk_bytes *out, const char *path,
			   uint64_t most, struct tk_error *err)
{
	enum tk_status status;
	size_t size = 0;
	void *p;
	int fd;

	status = open_file(&fd, &size, path, most, err);
	if (status)
		return status;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		close(fd);
		return tk_fail_memory(err);
	}
	status = read_all(p, size, fd, err);
	close(fd);
	if (status)
		munmap(p, size);
	else
		*out = (struct tk_bytes){p, size};
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
