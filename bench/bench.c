/* SPDX-License-Identifier: MIT */
/*
 * bench.c - measures everything and prints the tables of bench/README.md
 *
 *     bench [--quick] [--diff] [--ggml] [--matrix FILE.tk] DIR
 *     bench --questions FILE vectors.py DIR
 *
 * DIR has kingdom.tk of samples/train.  The files to measure with are made
 * there, and kept for the next run.
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "blas.h"
#include "grown.h"
#include "measure.h"
#include "pool.h"

#define GROWN "trained-768-f16.tk"

static void parse(struct settings *s, int argc, char **argv)
{
	bool is_wrong = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			s->quick = true;
		else if (!strcmp(argv[i], "--ggml"))
			s->ggml = true;
		else if (!strcmp(argv[i], "--diff"))
			s->diff = true;
		else if (!strcmp(argv[i], "--matrix") && i + 1 < argc)
			s->matrix = argv[++i];
		else if (!strcmp(argv[i], "--questions") && i + 2 < argc) {
			s->questions = argv[++i];
			s->script = argv[++i];
		}
		else if (argv[i][0] != '-' && !s->dir)
			s->dir = argv[i];
		else
			is_wrong = true;
	}
	if (s->dir && !is_wrong)
		return;
	fprintf(stderr, "usage: bench [--quick] [--diff] [--ggml] "
			"[--matrix FILE.tk] DIR\n"
			"       bench --questions FILE vectors.py DIR\n");
	exit(2);
}

static void run_logits(const struct settings *s)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < N_DTYPES; i++) {
		matrix_path(path, s->dir, 768, dtypes[i]);
		bench_logits(s, path, s->quick ? 11 : 31);
	}
	for (size_t i = 0; i < N_DTYPES && !s->quick; i++) {
		matrix_path(path, s->dir, 12288, dtypes[i]);
		bench_logits(s, path, 9);
	}
	if (s->matrix)
		bench_logits(s, s->matrix, 15);
}

static void run_top(const struct settings *s)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/" GROWN, s->dir);
	bench_top(s, path, TRAINED, 15);
	matrix_path(path, s->dir, 768, TK_F16);
	bench_top(s, path, GAUSSIAN, 15);
	if (!s->quick) {
		matrix_path(path, s->dir, 12288, TK_F16);
		bench_top(s, path, GAUSSIAN, 7);
	}
	if (s->matrix)
		bench_top(s, s->matrix, OF_TOKENS, 15);
}

static void run_survey(const struct settings *s)
{
	static const enum tk_dtype types[] = {TK_F32, TK_F16};
	char path[PATH_SIZE];

	for (size_t i = 0; i < 2; i++) {
		matrix_path(path, s->dir, 768, types[i]);
		bench_survey(s, path, s->quick ? 11 : 31);
	}
	for (size_t i = 0; i < 2 && !s->quick; i++) {
		matrix_path(path, s->dir, 12288, types[i]);
		bench_survey(s, path, 9);
	}
}

static void run(const struct settings *s)
{
	if (s->questions) {
		bench_asking(s);
		return;
	}
	if (s->diff) {
		bench_diff(s);
		return;
	}
	make_grown(s->dir, GROWN, 768);
	make_matrices(s->dir, 768);
	if (!s->quick)
		make_matrices(s->dir, 12288);
	bench_open(s);
	run_logits(s);
	run_top(s);
	run_survey(s);
	bench_softmax(s);
	bench_verify(s);
	bench_diff(s);
	bench_pack(s);
}

int main(int argc, char **argv)
{
	struct settings s = {0};
	static char program[PATH_SIZE];

	parse(&s, argc, argv);
	/* the other programs lie beside this one */
	snprintf(program, sizeof(program), "%s", argv[0]);
	s.bin = dirname(program);
	printf("libformat %d.%d.%d, %s; OpenBLAS: %s\n", TK_VERSION_MAJOR,
	       TK_VERSION_MINOR, TK_VERSION_PATCH, tk_kernel_name(),
	       blas_name() ? blas_name() : "not built in");
	pool_start();
	run(&s);
	print_goals();
	return any_failed() ? 1 : 0;
}
