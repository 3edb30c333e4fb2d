/* SPDX-License-Identifier: MIT */
/*
 * guard.c - bytes between two pages that nobody may touch
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region(p, n)
#define UNPOISON(p, n) __asan_unpoison_memory_region(p, n)
#else
#define POISON(p, n) memset(p, 0xa5, n)
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

struct guard guard_copy(const void *data, size_t size, size_t align)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	struct guard g = {.size = size, .map_size = room + 2 * page};
	uint8_t *end;

	g.map = mmap(NULL, g.map_size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(room && mprotect(g.map + page, room,
					  PROT_READ | PROT_WRITE), 0);
	end = g.map + page + room;
	g.data = end - (size + align - 1) / align * align;
	if (size)
		memcpy(g.data, data, size);
	if (room)
		POISON(g.data + size, (size_t)(end - g.data) - size);
	return g;
}

void guard_free(struct guard *g)
{
	UNPOISON(g->map, g->map_size);
	munmap(g->map, g->map_size);
	*g = (struct guard){0};
}
