/* SPDX-License-Identifier: MIT */
/*
 * small.c - what takes microseconds: opening, look-up, softmax, top-k
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "measure.h"
#include "process.h"

static const struct goal of_open = {
	"open + first look-up, 50,257 tokens, warm, in process", true, 20,
	" us"};
static const struct goal of_size = {
	"the same: time by that of a file of 1 MB", true, 1.2, ""};
static const struct goal of_process = {
	"whole process: time by that of an empty dynamic program", true, 1.3,
	""};

#define OPENINGS 100 /* timed together */
#define SUMS 20

struct opening {
	char path[PATH_SIZE];
};

/* The mean of open + first look-up; closing is not counted. */
static double run_open(void *context)
{
	const struct opening *o = context;
	char text[16];
	const struct tk_bytes token = token_name(text, N_TOKENS / 2);
	double seconds = 0;

	for (int i = 0; i < OPENINGS; i++) {
		struct tk_container *file = NULL;
		struct tk_model *m = NULL;
		double begin = now();
		uint32_t id = 0;

		if (tk_container_open(&file, o->path, NULL) ||
		    tk_model_open(&m, file, NULL) ||
		    tk_model_find(&id, m, token, NULL))
			seconds = -1e9;
		seconds += now() - begin;
		tk_model_close(m);
		tk_container_close(file);
	}
	return seconds / OPENINGS;
}

static void measure_programs(const struct settings *s, char *small, char *big)
{
	static struct group g = {.title = "A whole process: start, look one "
					  "token up, end",
				 .ratio = "empty / this"};
	static char empty[PATH_SIZE], linked[PATH_SIZE];
	static char lookup[PATH_SIZE], archive[PATH_SIZE], tkinfo[PATH_SIZE];
	char *none[] = {empty, NULL};
	char *none_linked[] = {linked, NULL};
	char *in_small[] = {lookup, small, "token7", NULL};
	char *in_big[] = {lookup, big, "token7", NULL};
	char *by_archive[] = {archive, big, "token7", NULL};
	char *tool[] = {tkinfo, "--vocab=token7", big, NULL};
	int i;

	snprintf(empty, sizeof(empty), "%s/bench-empty", s->bin);
	snprintf(linked, sizeof(linked), "%s/bench-linked", s->bin);
	snprintf(lookup, sizeof(lookup), "%s/bench-lookup", s->bin);
	snprintf(archive, sizeof(archive), "%s/bench-lookup-a", s->bin);
	snprintf(tkinfo, sizeof(tkinfo), "%s/tkinfo", s->bin);
	add_case(&g, "empty program, libc.so only", run_argv, none, 0, NO_CASE);
	add_case(&g, "empty program, with libformat.so and libm.so", run_argv,
		 none_linked, 0, 0);
	i = add_case(&g, "**look-up**, libformat.a in it, large file", run_argv,
		     by_archive, 0, 0);
	add_case(&g, "**look-up**, libformat.so, file of 1 MB", run_argv,
		 in_small, 0, 0);
	add_case(&g, "**look-up**, libformat.so, large file", run_argv, in_big,
		 0, 0);
	add_case(&g, "**tkinfo --vocab=**, large file", run_argv, tool, 0, 0);
	measure(&g, MAX_ROUNDS);
	for (int j = i; j < i + 3; j++)
		reached(&of_process, times_faster(&g, 0, j));
}

void bench_open(const struct settings *s)
{
	static struct group g = {.title = "Open + first look-up, in process",
				 .ratio = "1 MB / this"};
	static struct opening small, big;

	snprintf(small.path, sizeof(small.path), "%s/vocabulary.tk", s->dir);
	make_vocabulary(small.path);
	if (s->quick) {
		matrix_path(big.path, s->dir, 768, TK_F32);
	} else {
		snprintf(big.path, sizeof(big.path), "%s/large.tk", s->dir);
		make_large(big.path);
	}
	add_case(&g, "file of 1 MB", run_open, &small, 0, NO_CASE);
	add_case(&g, s->quick ? "file of 0.16 GB" : "file of 5 GB", run_open,
		 &big, 0, 0);
	measure(&g, MAX_ROUNDS);
	for (int i = 0; i < 2; i++)
		reached(&of_open, 1e6 * median_of(&g.cases[i]));
	reached(&of_size, times_faster(&g, 0, 1));
	measure_programs(s, small.path, big.path);
}

/* What would be optimised away if nobody looked at it. */
static volatile double sink;

struct ranking {
	const struct tk_model *m;
	float *keys;
	size_t k;
};

static double run_normalize(void *context)
{
	const struct ranking *r = context;
	double begin = now();

	for (int i = 0; i < SUMS; i++)
		sink = tk_normalize(r->m, r->keys, N_TOKENS, 1.0).sum;
	return (now() - begin) / SUMS;
}

static double run_top_k(void *context)
{
	const struct ranking *r = context;
	struct tk_candidate best[40];
	double begin = now();

	for (int i = 0; i < SUMS; i++)
		sink = (double)tk_top_k(best, r->k, r->keys, N_TOKENS, 0);
	return (now() - begin) / SUMS;
}

void bench_softmax(const struct settings *s)
{
	static struct group g = {.title = "Ranking and softmax of 50,257 "
					  "logits, one thread",
				 .ratio = "top 10 / this"};
	static float keys[N_TOKENS];
	static struct ranking r[2];
	char path[PATH_SIZE];
	struct opened o;

	matrix_path(path, s->dir, 768, TK_F16);
	o = open_model(path);
	gaussian(keys, N_TOKENS, 2);
	r[0] = (struct ranking){o.model, keys, 10};
	r[1] = (struct ranking){o.model, keys, 40};
	add_case(&g, "tk_top_k, 10", run_top_k, &r[0], 0, NO_CASE);
	add_case(&g, "tk_top_k, 40", run_top_k, &r[1], 0, 0);
	add_case(&g, "tk_normalize", run_normalize, &r[0], 0, 0);
	measure(&g, 31);
	close_model(&o);
}
