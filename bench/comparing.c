/* SPDX-License-Identifier: MIT */
/*
 * comparing.c - two large files: equal, equal but for their form, with a few
 * rows that differ, and with all of them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "measure.h"
#include "onepass.h"
#include "pool.h"
#include "process.h"

#define N_FEW 5

static const size_t few[N_FEW] = {5, 1000, 20000, 20001, N_TOKENS - 1};

static const struct goal of_equal = {
	"tkdiff, equal files, whole process", true, 20, " ms"};
static const struct goal of_few = {
	"tkdiff, a few rows differ: speed by cmp", false, 1000, ""};
static const struct goal of_few_here = {
	"the same without starting a process", false, 1000, ""};
static const struct goal of_all = {
	"tkdiff, all rows differ: share of the read bandwidth of 2 threads",
	false, 0.8, ""};

struct files {
	char a[PATH_SIZE], equal[PATH_SIZE], archive[PATH_SIZE];
	char few[PATH_SIZE], all[PATH_SIZE];
	char tkdiff[PATH_SIZE], tkpack[PATH_SIZE], empty[PATH_SIZE];
	struct opened x, y; /* a and all */
	struct tk_row_delta *deltas;
};

/* ---- the files ---- */

/* As fixture.c has it: the file may be there already. */
static void base_row(float *out, size_t r, size_t cols, const void *context)
{
	(void)context;
	gaussian(out, cols, (uint64_t)r << 32);
}

static void few_row(float *out, size_t r, size_t cols, const void *context)
{
	base_row(out, r, cols, context);
	for (size_t i = 0; i < N_FEW; i++)
		if (r == few[i])
			out[7] += 1;
}

static void all_row(float *out, size_t r, size_t cols, const void *context)
{
	base_row(out, r, cols, context);
	for (size_t i = 0; i < cols; i++)
		out[i] *= 1.001F;
}

static void make_files(struct files *f, size_t cols)
{
	struct plan plan = {.cols = cols, .dtype = TK_F32, .row = base_row};
	char *copy[] = {"cp", f->a, f->equal, NULL};
	char *pack[] = {f->tkpack, "--archive", f->a, "-o", f->archive, NULL};

	make_model(f->a, &plan);
	plan.row = few_row;
	make_model(f->few, &plan);
	plan.row = all_row;
	make_model(f->all, &plan);
	if (access(f->equal, R_OK))
		run_program(copy);
	if (access(f->archive, R_OK))
		run_program(pack);
}

static void set_paths(struct files *f, const struct settings *s, size_t cols)
{
	matrix_path(f->a, s->dir, cols, TK_F32);
	snprintf(f->equal, PATH_SIZE, "%s/diff-%zu-equal.tk", s->dir, cols);
	snprintf(f->archive, PATH_SIZE, "%s/diff-%zu.tka", s->dir, cols);
	snprintf(f->few, PATH_SIZE, "%s/diff-%zu-few.tk", s->dir, cols);
	snprintf(f->all, PATH_SIZE, "%s/diff-%zu-all.tk", s->dir, cols);
	snprintf(f->tkdiff, PATH_SIZE, "%s/tkdiff", s->bin);
	snprintf(f->tkpack, PATH_SIZE, "%s/tkpack", s->bin);
	snprintf(f->empty, PATH_SIZE, "%s/bench-empty", s->bin);
}

/* ---- programs ---- */

static double run_cmp(void *context)
{
	struct files *f = context;
	char *argv[] = {"cmp", f->a, f->equal, NULL};

	return run_program(argv);
}

static double run_empty(void *context)
{
	struct files *f = context;
	char *argv[] = {f->empty, NULL};

	return run_program(argv);
}

static double run_tkdiff(struct files *f, char *other, int status)
{
	char *argv[] = {f->tkdiff, f->a, other, NULL};

	return run_program_to(argv, status);
}

static double run_equal(void *context)
{
	struct files *f = context;

	return run_tkdiff(f, f->equal, 0);
}

static double run_archive(void *context)
{
	struct files *f = context;

	return run_tkdiff(f, f->archive, 0);
}

static double run_few(void *context)
{
	struct files *f = context;

	return run_tkdiff(f, f->few, 1);
}

static double run_all(void *context)
{
	struct files *f = context;

	return run_tkdiff(f, f->all, 1);
}

/* ---- in this process ---- */

/* Rows of the run are verified and compared; returns how many differ. */
static size_t compare_run(const struct tk_matrix m[2],
			  struct tk_container *const c[2], const size_t i[2],
			  uint64_t from, uint64_t end)
{
	struct tk_row_delta deltas[64];
	const uint64_t first = from / m[0].row_stride;
	const uint64_t n = (end - 1) / m[0].row_stride + 1 - first;
	size_t differ = 0;

	for (int k = 0; k < 2; k++)
		if (tk_container_verify_bytes(c[k], i[k], from, end - from,
					      NULL))
			return 0;
	if (n > 64 || tk_delta_rows(deltas, m[0], first, m[1], first, n, NULL,
				   NULL))
		return 0;
	for (uint64_t r = 0; r < n; r++)
		differ += deltas[r].n_differ > 0;
	return differ;
}

/* What tkdiff does with a few rows, by the library. */
static double run_few_here(void *context)
{
	const struct files *f = context;
	const double begin = now();
	struct tk_container *c[2] = {NULL, NULL};
	struct tk_model *m[2] = {NULL, NULL};
	struct tk_matrix w[2];
	uint64_t from = 0, end = UINT64_MAX;
	size_t i[2], differ = 0;
	double seconds;

	for (int k = 0; k < 2; k++) {
		if (tk_container_open(&c[k], k ? f->few : f->a, NULL) ||
		    tk_model_open(&m[k], c[k], NULL))
			return -1;
		w[k] = tk_model_w_e(m[k]);
		i[k] = tk_container_find(c[k], TK_KIND_W_E);
		if (tk_container_verify_digests(c[k], i[k], NULL))
			return -1;
	}
	while (tk_container_differ(&from, &end, c[0], i[0], c[1], i[1])) {
		differ += compare_run(w, c, i, from, end);
		from = end;
		end = UINT64_MAX;
	}
	for (int k = 0; k < 2; k++) {
		tk_model_close(m[k]);
		tk_container_close(c[k]);
	}
	seconds = now() - begin;
	return differ == N_FEW ? seconds : -1;
}

/* Both matrices, from the first byte to the last. */
static double run_read_both(void *context)
{
	const struct files *f = context;
	struct scan x = scan_of(&f->x), y = scan_of(&f->y);

	x.threads = y.threads = MAX_THREADS;
	return run_read(&x) + run_read(&y);
}

static void run_on_pool(void *threads, size_t n,
			void (*work)(void *context, size_t i), void *context)
{
	pool_run(*(const size_t *)threads, n, work, context);
}

static double run_rows(const struct files *f, size_t threads)
{
	const struct tk_parallel parallel = {run_on_pool, &threads};
	const uint64_t n = f->x.w_u.rows;
	const double begin = now();
	double seconds;

	if (tk_delta_rows(f->deltas, f->x.w_u, 0, f->y.w_u, 0, n, &parallel,
			  NULL))
		return -1;
	seconds = now() - begin;
	for (uint64_t r = 0; r < n; r++)
		if (!(f->deltas[r].cos > 0.999999) || !f->deltas[r].n_differ)
			return -1;
	return seconds;
}

static double run_rows_1(void *context)
{
	return run_rows(context, 1);
}

static double run_rows_2(void *context)
{
	return run_rows(context, MAX_THREADS);
}

/* ---- the table ---- */

void bench_diff(const struct settings *s)
{
	static struct group g = {.title = "Comparing two f32 files",
				 .ratio = "cmp / this"};
	static struct files f;
	int cmp, read, equal, some, here, all;
	double bytes;

	set_paths(&f, s, s->quick ? 768 : 12288);
	make_files(&f, s->quick ? 768 : 12288);
	f.x = open_model(f.a);
	f.y = open_model(f.all);
	f.deltas = must(calloc(f.x.w_u.rows, sizeof(*f.deltas)));
	bytes = 2 * (double)(f.x.w_u.rows * f.x.w_u.row_stride);
	cmp = add_case(&g, "cmp, equal files", run_cmp, &f, bytes, NO_CASE);
	read = add_case(&g, "reading both, 2 threads", run_read_both, &f,
			bytes, cmp);
	add_case(&g, "an empty dynamic program", run_empty, &f, 0, cmp);
	equal = add_case(&g, "**tkdiff**, equal files", run_equal, &f, 0, cmp);
	add_case(&g, "**tkdiff**, one is an archive", run_archive, &f, 0, cmp);
	some = add_case(&g, "**tkdiff**, 5 rows differ", run_few, &f, 0, cmp);
	here = add_case(&g, "the same by the library", run_few_here, &f, 0,
			cmp);
	all = add_case(&g, "**tkdiff**, all rows differ", run_all, &f, bytes,
		       cmp);
	add_case(&g, "**tk_delta_rows**, all, 2 threads", run_rows_2, &f,
		 bytes, cmp);
	add_case(&g, "**tk_delta_rows**, all, 1 thread", run_rows_1, &f, bytes,
		 cmp);
	measure(&g, s->quick ? 15 : 9);
	reached(&of_equal, 1e3 * median_of(&g.cases[equal]));
	if (!s->quick) {
		reached(&of_few, times_faster(&g, some, cmp));
		reached(&of_few_here, times_faster(&g, here, cmp));
		reached(&of_all, times_faster(&g, all, read));
	}
	free(f.deltas);
	close_model(&f.x);
	close_model(&f.y);
}
