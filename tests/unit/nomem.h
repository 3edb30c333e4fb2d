/* SPDX-License-Identifier: MIT */
/*
 * nomem.h - memory that runs out at a chosen moment
 *
 * The linker puts the calls below, __wrap_NAME, in place of those that the
 * library makes (tests/CMakeLists.txt has the list).  What zstd allocates is
 * one allocation: that of its context.
 */
#ifndef NOMEM_H
#define NOMEM_H

#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_compressSequences() */

#include <errno.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "archived.h"
#include "test.h"
#include "tmpdir.h"

static struct {
	long until;    /* allocations that succeed before one fails */
	bool for_good; /* and all others after it */
	long calls;
	bool has_failed;
	bool was_map; /* the first that failed was a mapping */
	long live;    /* blocks, mappings and contexts that are not freed */
} memory = {.until = -1};

static bool runs_out(bool is_map)
{
	long n = memory.calls++;

	if (memory.until < 0 || n < memory.until ||
	    (n > memory.until && !memory.for_good))
		return false;
	if (!memory.has_failed)
		memory.was_map = is_map;
	memory.has_failed = true;
	errno = ENOMEM;
	return true;
}

static void *counted(void *p)
{
	memory.live += p != NULL;
	return p;
}

/* ---- what the linker puts in place ---- */

#define INSTEAD(type, name, parameters)                                       \
	type __real_##name parameters;                                        \
	type __wrap_##name parameters;                                        \
	type __wrap_##name parameters

INSTEAD(void *, malloc, (size_t size))
{
	return runs_out(false) ? NULL : counted(__real_malloc(size));
}

INSTEAD(void *, calloc, (size_t n, size_t size))
{
	return runs_out(false) ? NULL : counted(__real_calloc(n, size));
}

INSTEAD(void *, realloc, (void *old, size_t size))
{
	void *p;

	if (runs_out(false))
		return NULL;
	p = __real_realloc(old, size);
	return old ? p : counted(p);
}

INSTEAD(void *, aligned_alloc, (size_t align, size_t size))
{
	return runs_out(false) ? NULL
			       : counted(__real_aligned_alloc(align, size));
}

INSTEAD(char *, strdup, (const char *text))
{
	return runs_out(false) ? NULL : counted(__real_strdup(text));
}

INSTEAD(void, free, (void *p))
{
	memory.live -= p != NULL;
	__real_free(p);
}

/* What mmap() is with 64-bit offsets. */
INSTEAD(void *, mmap64,
	(void *at, size_t size, int prot, int flags, int fd, off_t offset))
{
	void *p = runs_out(true) ? MAP_FAILED
				 : __real_mmap64(at, size, prot, flags, fd,
					       offset);

	memory.live += p != MAP_FAILED;
	return p;
}

INSTEAD(int, munmap, (void *p, size_t size))
{
	memory.live--;
	return __real_munmap(p, size);
}

INSTEAD(ZSTD_CCtx *, ZSTD_createCCtx, (void))
{
	return runs_out(false) ? NULL : counted(__real_ZSTD_createCCtx());
}

INSTEAD(size_t, ZSTD_freeCCtx, (ZSTD_CCtx *z))
{
	memory.live -= z != NULL;
	return __real_ZSTD_freeCCtx(z);
}

/* Makes room when it first knows for how much. */
INSTEAD(size_t, ZSTD_compress2,
	(ZSTD_CCtx *z, void *out, size_t room, const void *in, size_t size))
{
	if (runs_out(false))
		return (size_t)-ZSTD_error_memory_allocation;
	return __real_ZSTD_compress2(z, out, room, in, size);
}

INSTEAD(size_t, ZSTD_compressSequences,
	(ZSTD_CCtx *z, void *out, size_t room, const ZSTD_Sequence *in,
	 size_t n, const void *from, size_t size))
{
	if (runs_out(false))
		return (size_t)-ZSTD_error_memory_allocation;
	return __real_ZSTD_compressSequences(z, out, room, in, n, from, size);
}

INSTEAD(ZSTD_DCtx *, ZSTD_createDCtx, (void))
{
	return runs_out(false) ? NULL : counted(__real_ZSTD_createDCtx());
}

INSTEAD(size_t, ZSTD_freeDCtx, (ZSTD_DCtx *z))
{
	memory.live -= z != NULL;
	return __real_ZSTD_freeDCtx(z);
}

/* ---- until it succeeds ---- */

/*
 * Calls run() with the first, the second ... allocation failing, once and for
 * good, until none does; 'least' is how many there are at least.  run()
 * releases what it was given and returns what the call returned.
 */
static void run_out(const char *name, enum tk_status (*run)(void),
		    struct tk_error *err, long least)
{
	for (int for_good = 0; for_good < 2; for_good++) {
		for (long k = 0;; k++) {
			long live = memory.live;
			enum tk_status status;

			memory.has_failed = false;
			memory.for_good = for_good;
			memory.calls = 0;
			memory.until = k;
			status = run();
			memory.until = -1;
			if (memory.live != live)
				fail_msg("%s, %ld: %ld not freed", name, k,
					 memory.live - live);
			if (!memory.has_failed) {
				assert_ok(status, *err);
				if (k < least)
					fail_msg("%s: only %ld", name, k);
				break;
			}
			/* Addresses may be what is lacking. */
			if (status != TK_E_MEMORY &&
			    !(memory.was_map && status == TK_E_IO &&
			      err->sys_errno == ENOMEM))
				fail_msg("%s, %ld: %s", name, k,
					 tk_status_text(status));
			assert_int_equal(err->status, status);
		}
	}
}

/* ---- what the calls work on ---- */

static struct tk_error err;
static struct tmpdir dir;
static char in_path[400], out_path[400];
static struct forge forged;
static struct tk_container *plain, *archive;
static struct tk_model *model;
static struct image plain_image, archive_image;

/* What no call gives. */
static char nothing[1];
#define NOTHING ((void *)nothing)

#define RUN_OUT(run, least) run_out(#run, run, &err, least)

static int make(void **state)
{
	(void)state;
	dir = tmpdir_make();
	strcpy(in_path, tmpdir_file(&dir, "in.tk"));
	strcpy(out_path, tmpdir_file(&dir, "out.tk"));
	forge_start(&forged);
	forge_fill(&forged);
	forge_selftest(&forged);
	forged.with_sketch = true;
	forge_write(&forged, in_path);
	plain_image = image_of_file(in_path);
	archive_image = archived_image(&plain_image);
	assert_ok(tk_container_open_bytes(&plain, image_bytes(&plain_image),
					  &err), err);
	assert_ok(tk_container_open_bytes(&archive,
					  image_bytes(&archive_image), &err),
		  err);
	assert_ok(tk_model_open(&model, plain, &err), err);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	tk_model_close(model);
	tk_container_close(plain);
	tk_container_close(archive);
	image_free(&plain_image);
	image_free(&archive_image);
	forge_end(&forged);
	tmpdir_remove(&dir);
	return 0;
}

#endif /* NOMEM_H */
