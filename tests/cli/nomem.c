/* SPDX-License-Identifier: MIT */
/*
 * nomem.c - memory that runs out in a program it is preloaded into
 *
 * TK_NOMEM=N: the N-th allocation after the program's start fails, all from
 * then on if TK_NOMEM is N+.  It writes to descriptor TK_NOMEM_LOG a byte for
 * each that fails, or without TK_NOMEM one for each that is asked for: who
 * started the program sees that something was injected, or how much there is.
 */
#define _GNU_SOURCE /* RTLD_NEXT */

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long calls;
static long until;
static bool for_good, is_started;
static int log_fd;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);

/* The C library's, of an object pointer that ISO C does not let be called. */
#define FIND(name)                                                            \
	(*(void **)(void *)&real_##name = dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void)
{
	const char *n = getenv("TK_NOMEM"), *fd = getenv("TK_NOMEM_LOG");
	char *end = NULL;

	FIND(malloc);
	FIND(calloc);
	FIND(realloc);
	FIND(aligned_alloc);
	until = n ? strtol(n, &end, 10) : 0;
	for_good = end && *end == '+';
	log_fd = fd ? atoi(fd) : -1;
	is_started = log_fd >= 0;
}

static bool runs_out(void)
{
	long n;

	if (!is_started)
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	if (until && n != until && !(for_good && n > until))
		return false;
	/* Nobody to tell: then it does not happen. */
	if (write(log_fd, "x", 1) != 1)
		return false;
	errno = ENOMEM;
	return until;
}

/* Before start() has found it, for the dynamic linker. */
static void *early(size_t size)
{
	static _Alignas(max_align_t) char room[4096];
	static size_t used;
	size_t at = used;

	used += (size + 15) / 16 * 16;
	return used <= sizeof(room) ? room + at : NULL;
}

void *malloc(size_t size)
{
	if (!real_malloc)
		return early(size);
	return runs_out() ? NULL : real_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	if (!real_calloc)
		return early(n * size);
	return runs_out() ? NULL : real_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return runs_out() ? NULL : real_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return runs_out() ? NULL : real_aligned_alloc(align, size);
}
