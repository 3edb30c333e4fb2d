/* SPDX-License-Identifier: MIT */
/*
 * packing.c - tkpack against cp, then the first scan of what tkpack wrote
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "measure.h"
#include "process.h"

#define NPY_HEADER 128

static const struct goal of_cp = {
	"tkpack, synced: time by that of cp and sync", true, 1.3, ""};
static const struct goal of_warm = {
	"first scan in a fresh process: time by a warm scan's", true, 1.3, ""};

struct paths {
	char npy[PATH_SIZE];
	char vocab[PATH_SIZE];
	char packed[PATH_SIZE];
	char copy[PATH_SIZE];
	char tkpack[PATH_SIZE];
};

_Noreturn static void fail(const char *path)
{
	perror(path);
	exit(2);
}

/* The matrix as NumPy would save it. */
static void make_npy(const char *path, struct tk_matrix w)
{
	/* version 1.0, length of the rest */
	static const uint8_t magic[] = {0x93, 'N', 'U', 'M', 'P',
					'Y', 1, 0, 0x76, 0};
	char header[NPY_HEADER + 1], text[NPY_HEADER - sizeof(magic)];
	FILE *f = fopen(path, "wb");
	size_t n = w.rows * w.row_stride;

	snprintf(text, sizeof(text),
		 "{'descr': '<f4', 'fortran_order': False, "
		 "'shape': (%llu, %llu), }",
		 (unsigned long long)w.rows, (unsigned long long)w.cols);
	/* The magic will be in the place of the question marks. */
	snprintf(header, sizeof(header), "??????????%-117s\n", text);
	memcpy(header, magic, sizeof(magic));
	if (!f || fwrite(header, 1, NPY_HEADER, f) != NPY_HEADER ||
	    fwrite(w.data, 1, n, f) != n || fclose(f))
		fail(path);
}

static void make_words(const char *path)
{
	FILE *f = fopen(path, "w");
	char text[16];

	for (size_t i = 0; f && i < N_TOKENS; i++)
		fprintf(f, "%.*s\n", (int)token_name(text, i).len, text);
	if (!f || fclose(f))
		fail(path);
}

static double run_tkpack(void *context)
{
	struct paths *p = context;
	char *argv[] = {p->tkpack, "--embed", p->npy,	 "--vocab", p->vocab,
			"--tie",   "-o",      p->packed, NULL};

	unlink(p->packed);
	return run_program(argv);
}

static double run_cp(void *context)
{
	struct paths *p = context;
	char *argv[] = {"cp", p->npy, p->copy, NULL};

	unlink(p->copy);
	return run_program(argv);
}

/* tkpack's file is on the disk when tkpack ends; so is this copy. */
static double run_cp_sync(void *context)
{
	struct paths *p = context;
	char *argv[] = {"sync", p->copy, NULL};
	double copied = run_cp(context);
	double synced = copied < 0 ? -1 : run_program(argv);

	return synced < 0 ? -1 : copied + synced;
}

/* Seconds of a full scan of W_U on one thread. */
static double scan(const struct opened *o, const float *h, float *keys)
{
	const uint64_t n = tk_model_n_predictable(o->model);
	double begin = now();

	if (tk_keys(keys, o->model, h, 0, n, NULL))
		return -1;
	return now() - begin;
}

struct first_scan {
	const char *path;
	const float *h;
	float *keys;
	double *seconds; /* [2], seen by both processes: first, second */
};

/* A new process has none of the file's pages mapped. */
static double run_first(void *context)
{
	struct first_scan *f = context;
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		struct opened o = open_model(f->path);

		f->seconds[0] = scan(&o, f->h, f->keys);
		f->seconds[1] = scan(&o, f->h, f->keys);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return -1;
	return f->seconds[0];
}

/* The second scan of the process that has just been timed. */
static double run_second(void *context)
{
	const struct first_scan *f = context;

	return f->seconds[1];
}

static void measure_first(const char *path, size_t rounds)
{
	static struct group g = {.title = "First scan in a fresh process, a "
					  "file of tkpack, one thread",
				 .ratio = "second / this"};
	static float h[12288], keys[N_TOKENS];
	struct first_scan f = {path, h, keys, NULL};

	f.seconds = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f.seconds == MAP_FAILED)
		fail("mmap");
	gaussian(h, 12288, 1);
	memset(keys, 1, sizeof(keys)); /* its pages are there */
	add_case(&g, "**first scan**", run_first, &f, 0, 1);
	add_case(&g, "second scan", run_second, &f, 0, NO_CASE);
	measure(&g, rounds);
	reached(&of_warm, times_faster(&g, 1, 0));
	munmap(f.seconds, 4096);
}

static void measure_pack(struct paths *p, double bytes, size_t rounds)
{
	static struct group g = {.title = "Packing an f32 .npy, unconverted",
				 .ratio = "cp, sync / this"};

	add_case(&g, "cp, then sync FILE", run_cp_sync, p, bytes, NO_CASE);
	add_case(&g, "cp", run_cp, p, bytes, 0);
	add_case(&g, "**tkpack**, which syncs", run_tkpack, p, bytes, 0);
	measure(&g, rounds);
	reached(&of_cp, times_faster(&g, 0, 2));
}

static void measure_memory(const struct settings *s, struct paths *p)
{
	char tkinfo[PATH_SIZE], tkpredict[PATH_SIZE];
	char *pack[] = {p->tkpack, "--embed", p->npy,	 "--vocab", p->vocab,
			"--tie",   "-o",      p->copy, NULL};
	char *summary[] = {tkinfo, p->packed, NULL};
	char *verify[] = {tkinfo, "--verify", p->packed, NULL};
	char *predict[] = {tkpredict, "--ids", "7", p->packed, NULL};

	snprintf(tkinfo, PATH_SIZE, "%s/tkinfo", s->bin);
	snprintf(tkpredict, PATH_SIZE, "%s/tkpredict", s->bin);
	unlink(p->copy);
	print_memory_head();
	print_memory("tkpack, the same .npy", pack, false);
	print_memory("tkinfo, of what it wrote", summary, false);
	print_memory("tkinfo --verify, of that", verify, true);
	print_memory("tkpredict --ids 7, of that", predict, true);
}

void bench_pack(const struct settings *s)
{
	static struct paths p;
	char path[PATH_SIZE];
	struct opened o;
	double bytes;

	matrix_path(path, s->dir, s->quick ? 768 : 12288, TK_F32);
	snprintf(p.npy, PATH_SIZE, "%s/pack.npy", s->dir);
	snprintf(p.vocab, PATH_SIZE, "%s/pack.txt", s->dir);
	snprintf(p.packed, PATH_SIZE, "%s/packed.tk", s->dir);
	snprintf(p.copy, PATH_SIZE, "%s/copied.npy", s->dir);
	snprintf(p.tkpack, PATH_SIZE, "%s/tkpack", s->bin);
	o = open_model(path);
	bytes = (double)(o.w_u.rows * o.w_u.row_stride);
	make_npy(p.npy, o.w_u);
	make_words(p.vocab);
	close_model(&o);
	measure_pack(&p, bytes, s->quick ? 7 : 5);
	measure_first(p.packed, s->quick ? 11 : 7);
	measure_memory(s, &p);
	unlink(p.copy);
	unlink(p.npy);
	unlink(p.vocab);
	unlink(p.packed);
}
