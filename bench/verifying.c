/* SPDX-License-Identifier: MIT */
/*
 * verifying.c - checking a whole file, beside other ways to do it
 */
#include <stdio.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <xxh_x86dispatch.h> /* the best vectors of this processor */
#else
#include <xxhash.h>
#endif

#include "measure.h"
#include "pool.h"
#include "onepass.h"

#define CHUNK_SIZE 65536
#define PIECE_SIZE (1 << 20)
#define SHA_ROUNDS 3

static const struct goal of_hash = {
	"tk_container_verify: speed by XXH3 of 64 KiB chunks, one thread",
	false, 0.9, ""};
static const struct goal of_read = {
	"tkinfo --verify: share of the read bandwidth of 2 threads", false,
	0.8, ""};

/* What would be optimised away if nobody looked at it. */
static volatile uint64_t sink;

static void hash_piece(void *context, size_t i)
{
	const struct scan *s = context;
	const size_t first = i * PIECE_SIZE;
	const size_t left = s->bytes.len - first;
	const size_t end = first + (left < PIECE_SIZE ? left : PIECE_SIZE);

	for (size_t at = first; at < end; at += CHUNK_SIZE) {
		size_t n = end - at < CHUNK_SIZE ? end - at : CHUNK_SIZE;

		sink = XXH3_128bits_withSeed(s->bytes.ptr + at, n,
					     at / CHUNK_SIZE)
			       .low64;
	}
}

static double run_hash(void *scan)
{
	const struct scan *s = scan;
	const size_t n = (s->bytes.len + PIECE_SIZE - 1) / PIECE_SIZE;
	double begin = now();

	pool_run(s->threads, n, hash_piece, scan);
	return now() - begin;
}

/* The library's check of the matrix, on the calling thread. */
static double run_verify(void *scan)
{
	const struct scan *s = scan;
	const size_t i = tk_container_find(s->o->file, TK_KIND_W_E);
	double begin = now();

	if (tk_container_verify(s->o->file, i, NULL))
		return -1;
	return now() - begin;
}

static void ignore(void *context, const struct tk_damage *damage)
{
	(void)context;
	(void)damage;
}

/* The same on all threads, and to the end. */
static double run_locate(void *scan)
{
	struct scan *s = scan;
	const struct tk_parallel parallel = {pool_parallel, &s->threads};
	const size_t i = tk_container_find(s->o->file, TK_KIND_W_E);
	double begin = now();
	uint64_t n;

	if (tk_container_locate(&n, s->o->file, i, &parallel, ignore, NULL,
				NULL) || n)
		return -1;
	return now() - begin;
}

/* The cases that have a process of their own read the whole file. */
static int add_programs(struct group *g, const struct settings *s, char *path,
			double bytes, int read)
{
	static char tkinfo[PATH_SIZE];
	static char *ours[] = {tkinfo, "--verify", NULL, NULL};
	static char *xxhsum[] = {"xxhsum", "-H2", NULL, NULL};
	static char *sha256sum[] = {"sha256sum", NULL, NULL};
	int i, first;

	snprintf(tkinfo, sizeof(tkinfo), "%s/tkinfo", s->bin);
	ours[2] = xxhsum[2] = sha256sum[1] = path;
	first = add_case(g, "**tkinfo --verify**, whole process", run_argv,
			 ours, bytes, read);
	add_case(g, "xxhsum -H2, whole process", run_argv, xxhsum, bytes, read);
	i = add_case(g, "sha256sum, whole process", run_argv, sha256sum, bytes,
		     read);
	g->cases[i].rounds = SHA_ROUNDS;
	return first;
}

void bench_verify(const struct settings *s)
{
	static struct group g = {.title = "Verifying a mapped, cached file",
				 .ratio = "of reading, 2 threads"};
	static char path[PATH_SIZE];
	struct scan one, two;
	struct opened o;
	int hash, ours, read, tool;
	double bytes;

	matrix_path(path, s->dir, s->quick ? 768 : 12288, TK_F32);
	o = open_model(path);
	one = two = scan_of(&o);
	two.threads = MAX_THREADS;
	bytes = (double)one.bytes.len;
	read = add_case(&g, "reading, 2 threads", run_read, &two, bytes,
			NO_CASE);
	add_case(&g, "reading, 1 thread", run_read, &one, bytes, read);
	add_case(&g, "XXH3-128 of 64 KiB chunks, 2 threads", run_hash, &two,
		 bytes, read);
	hash = add_case(&g, "XXH3-128 of 64 KiB chunks, 1 thread", run_hash,
			&one, bytes, read);
	ours = add_case(&g, "**tk_container_verify**, 1 thread", run_verify,
			&one, bytes, read);
	add_case(&g, "**tk_container_locate**, 2 threads", run_locate, &two,
		 bytes, read);
	tool = add_programs(&g, s, path, bytes, read);
	measure(&g, s->quick ? 11 : 9);
	reached(&of_hash, times_faster(&g, ours, hash));
	if (!s->quick) /* what a process costs is no part of the bandwidth */
		reached(&of_read, times_faster(&g, tool, read));
	close_model(&o);
}
