/* SPDX-License-Identifier: MIT */
/*
 * bench.c - measures everything and prints the tables of bench/README.md
 *
 *     bench [--quick] [--ggml] [--matrix FILE.tk] DIR
 *
 * DIR is where the files to measure with are made, and kept for the next run.
 */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "blas.h"
#include "pool.h"

struct opened open_model(const char *path)
{
	struct opened o = {0};
	struct tk_error err;

	if (tk_container_open(&o.file, path, &err) ||
	    tk_model_open(&o.model, o.file, &err) ||
	    tk_can_predict(o.model, &err)) {
		fprintf(stderr, "bench: %s: %s\n", path, err.message);
		exit(2);
	}
	o.w_u = tk_model_w_u(o.model);
	return o;
}

void close_model(struct opened *o)
{
	tk_model_close(o->model);
	tk_container_close(o->file);
}

static void parse(struct settings *s, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			s->quick = true;
		else if (!strcmp(argv[i], "--ggml"))
			s->ggml = "bench-ggml";
		else if (!strcmp(argv[i], "--matrix") && i + 1 < argc)
			s->matrix = argv[++i];
		else if (argv[i][0] != '-' && !s->dir)
			s->dir = argv[i];
		else
			s->dir = NULL, i = argc;
	}
	if (s->dir)
		return;
	fprintf(stderr, "usage: bench [--quick] [--ggml] [--matrix FILE.tk] "
			"DIR\n");
	exit(2);
}

static void run(const struct settings *s)
{
	const size_t cols[] = {768, 12288};
	char path[PATH_SIZE];

	for (size_t c = 0; c < (s->quick ? 1 : 2); c++) {
		make_matrices(s->dir, cols[c]);
		for (size_t i = 0; i < N_DTYPES; i++) {
			matrix_path(path, s->dir, cols[c], dtypes[i]);
			bench_logits(s, path, c ? 11 : s->quick ? 11 : 41);
		}
	}
	if (s->matrix)
		bench_logits(s, s->matrix, 21);
	bench_softmax(s);
	bench_open(s);
	bench_pack(s);
}

int main(int argc, char **argv)
{
	struct settings s = {0};
	static char bin[PATH_SIZE], ggml[PATH_SIZE];

	parse(&s, argc, argv);
	/* the other programs lie beside this one */
	snprintf(bin, sizeof(bin), "%s", argv[0]);
	s.bin = dirname(bin);
	if (s.ggml) {
		snprintf(ggml, sizeof(ggml), "%s/bench-ggml", s.bin);
		s.ggml = ggml;
	}
	printf("libformat %d.%d.%d, %s; OpenBLAS: %s\n", TK_VERSION_MAJOR,
	       TK_VERSION_MINOR, TK_VERSION_PATCH, tk_kernel_name(),
	       blas_name() ? blas_name() : "not built in");
	pool_start();
	run(&s);
	return 0;
}
