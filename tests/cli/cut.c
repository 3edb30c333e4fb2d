/* SPDX-License-Identifier: MIT */
/*
 * cut.c - a file that is cut as soon as a program has it mapped: preloaded
 *
 * TK_CUT=SIZE:NAME: the first mapping of a file whose path ends in NAME, or the
 * first reading from it, is followed by its being cut to SIZE bytes, as another
 * process could do at any time.  A byte goes to descriptor TK_CUT_LOG: who
 * started the program sees that it has happened.  With TK_CUT_DEAF set SIGBUS
 * cannot be caught: what needs the bytes that are gone dies of it.  No file is
 * without a name, so that one could be left behind.
 */
#define _GNU_SOURCE /* RTLD_NEXT, O_TMPFILE */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void cut(int fd)
{
	const char *what = getenv("TK_CUT"), *log = getenv("TK_CUT_LOG");
	const char *name = what ? strchr(what, ':') : NULL;
	char link[40], path[4096];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = name && log ? readlink(link, path, sizeof(path) - 1) : -1;
	if (len < 0)
		return;
	path[len] = 0;
	name++;
	if ((size_t)len < strlen(name) ||
	    strcmp(path + len - strlen(name), name) != 0)
		return;
	if (!truncate(path, strtol(what, NULL, 10)) &&
	    write(atoi(log), "x", 1) == 1)
		unsetenv("TK_CUT");
}

/* ISO C does not let an object pointer be called. */
#define FIND(real, name) (*(void **)(void *)&(real) = dlsym(RTLD_NEXT, name))

/* The names with 64, since files are of any size here (_FILE_OFFSET_BITS). */
void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *(*real)(void *, size_t, int, int, int, off_t);
	void *p;

	FIND(real, "mmap64");
	p = real(at, size, prot, flags, fd, offset);
	if (p != MAP_FAILED && fd >= 0)
		cut(fd);
	return p;
}

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
	ssize_t (*real)(int, void *, size_t, off_t);
	ssize_t n;

	FIND(real, "pread64");
	n = real(fd, to, size, offset);
	cut(fd);
	return n;
}

int sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	int (*real)(int, const struct sigaction *, struct sigaction *);

	if (number == SIGBUS && getenv("TK_CUT_DEAF"))
		return 0;
	FIND(real, "sigaction");
	return real(number, new, old);
}

int openat(int dir, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, ...);
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	FIND(real, "openat64");
	return real(dir, path, flags, mode);
}
