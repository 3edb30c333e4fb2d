/* SPDX-License-Identifier: MIT */
/*
 * asking.c - what word vectors of GloVe's size are asked: the nearest words,
 * and a whole file of analogies, beside reading and beside numpy
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

#define NEAR_K 10
#define NEAR_N 15  /* questions, one a round */
#define SAMPLE 500 /* questions that numpy is asked, one after another */
#define NUMPY_REST_MS 40

static const struct goal of_read = {
	"tk_nearest, 400000 x 300 f32: time by that of reading, same threads",
	true, 1.2, ""};
static const struct goal of_process = {
	"tkvec near, the same: time by a process that maps and reads",
	true, 1.2, ""};
static const struct goal of_numpy = {
	"tkvec eval, the same: speed by numpy asking one after another",
	false, 3, ""};

struct asking {
	struct opened o; /* w_u: W_E */
	struct scan scan;
	struct peer numpy;
	struct tk_analogy *questions;
	uint32_t *right;
	struct tk_candidate *best;
	size_t n, turn;
	char path[PATH_SIZE], tkvec[PATH_SIZE], maps[PATH_SIZE];
	const char *file; /* of questions */
	float *h;
};

/* ---- the nearest ---- */

static double run_near(struct asking *a, size_t threads)
{
	const struct tk_parallel parallel = {pool_parallel, &threads};
	uint32_t id = (uint32_t)(a->turn++ % NEAR_N);
	const struct tk_nearest_query query = {
		.metric = TK_METRIC_COS,
		.k = NEAR_K,
		.n_rows = a->scan.n_rows,
		.exclude = &id,
		.n_exclude = 1,
	};
	struct tk_candidate best[NEAR_K];
	double begin = now(), seconds, answer[2];
	char line[32];
	size_t n;

	tk_row_to_f32(a->h, a->o.w_u, id);
	if (tk_nearest(best, &n, NULL, a->o.w_u, &query, a->h, &parallel,
		       NULL))
		return -1;
	seconds = now() - begin;
	snprintf(line, sizeof(line), "near %u", (unsigned)id);
	if (peer_ask(&a->numpy, line, answer, 2) || n != NEAR_K ||
	    (double)best[0].id != answer[1])
		return -1;
	return seconds;
}

static double run_near_1(void *asking)
{
	return run_near(asking, 1);
}

static double run_near_2(void *asking)
{
	return run_near(asking, MAX_THREADS);
}

static double run_read_1(void *asking)
{
	struct asking *a = asking;

	a->scan.threads = 1;
	return run_read(&a->scan);
}

static double run_read_2(void *asking)
{
	struct asking *a = asking;

	a->scan.threads = MAX_THREADS;
	return run_read(&a->scan);
}

static double run_numpy_near(void *asking)
{
	struct asking *a = asking;
	double answer[2];

	return peer_ask(&a->numpy, "near 3", answer, 2) ? -1 : answer[0];
}

static double run_maps(void *asking)
{
	struct asking *a = asking;
	char *argv[] = {a->maps, a->path, NULL};

	return run_program(argv);
}

static double run_tkvec_near(void *asking)
{
	struct asking *a = asking;
	char word[] = "id:3", near[] = "near";
	char *argv[] = {a->tkvec, a->path, near, word, NULL};

	return run_program(argv);
}

static void bench_near(struct asking *a)
{
	static struct group g = {
		.title = "The nearest words: 400000 x 300, f32",
		.ratio = "of reading"};
	const double bytes = (double)a->scan.bytes.len;
	int read[2], maps, near[2], tkvec, numpy;

	read[0] = add_case(&g, "reading, 1 thread", run_read_1, a, bytes,
			   NO_CASE);
	near[0] = add_case(&g, "**tk_nearest**, 1 thread", run_near_1, a,
			   bytes, read[0]);
	g.cases[near[0]].rest_ms = NUMPY_REST_MS;
	read[1] = add_case(&g, "reading, 2 threads", run_read_2, a, bytes,
			   NO_CASE);
	near[1] = add_case(&g, "**tk_nearest**, 2 threads", run_near_2, a,
			   bytes, read[1]);
	g.cases[near[1]].rest_ms = NUMPY_REST_MS;
	numpy = add_case(&g, "numpy, unit rows, 2 threads", run_numpy_near, a,
			 bytes, read[1]);
	g.cases[numpy].rest_ms = NUMPY_REST_MS;
	maps = add_case(&g, "a process that maps and reads", run_maps, a,
			bytes, NO_CASE);
	tkvec = add_case(&g, "**tkvec near**, whole process", run_tkvec_near,
			 a, bytes, maps);
	measure(&g, 31);
	for (size_t i = 0; i < 2; i++)
		reached(&of_read, times_faster(&g, read[i], near[i]));
	reached(&of_process, times_faster(&g, maps, tkvec));
}

/* ---- a file of questions ---- */

static double run_analogies(struct asking *a, size_t threads)
{
	const struct tk_parallel parallel = {pool_parallel, &threads};
	const double begin = now();

	if (tk_analogies(a->best, a->o.w_u, a->scan.n_rows, a->questions, a->n,
			 TK_3COSADD, &parallel, NULL))
		return -1;
	return now() - begin;
}

static double run_analogies_1(void *asking)
{
	return run_analogies(asking, 1);
}

static double run_analogies_2(void *asking)
{
	return run_analogies(asking, MAX_THREADS);
}

static double run_eval(void *asking)
{
	struct asking *a = asking;
	char *argv[] = {a->tkvec, a->path, "eval", (char *)(uintptr_t)a->file,
			NULL};

	return run_program(argv);
}

/* For all questions, by those that were asked. */
static double run_numpy_one_by_one(void *asking)
{
	struct asking *a = asking;
	double answer[2], right = 0;
	char line[32];

	for (size_t i = 0; i < SAMPLE; i++) {
		const size_t k = i * a->n / SAMPLE;

		right += a->best[k].id == a->right[k];
	}
	snprintf(line, sizeof(line), "analogies %d", SAMPLE);
	if (peer_ask(&a->numpy, line, answer, 2))
		return -1;
	if (answer[1] != right) {
		fprintf(stderr, "bench: numpy: %.0f right, not %.0f\n",
			answer[1], right);
		return -1;
	}
	return answer[0] * (double)a->n / SAMPLE;
}

static void bench_questions(struct asking *a)
{
	static struct group g = {
		.title = "A file of analogies: 400000 x 300, f32",
		.ratio = "numpy / this"};
	const double bytes = (double)a->scan.bytes.len;
	size_t right = 0;
	int eval, numpy;

	/* The answers that numpy's are compared with come first. */
	add_case(&g, "**tk_analogies**, 2 threads", run_analogies_2, a, bytes,
		 1);
	numpy = add_case(&g, "numpy, one after another, 2 threads",
			 run_numpy_one_by_one, a, 0, NO_CASE);
	g.cases[numpy].rest_ms = NUMPY_REST_MS;
	add_case(&g, "**tk_analogies**, 1 thread", run_analogies_1, a, bytes,
		 numpy);
	eval = add_case(&g, "**tkvec eval**, whole process", run_eval, a,
			bytes, numpy);
	measure(&g, 5);
	reached(&of_numpy, times_faster(&g, eval, numpy));
	for (size_t i = 0; i < a->n; i++)
		right += a->best[i].id == a->right[i];
	printf("\n%zu questions, %zu of them answered right; numpy is asked "
	       "%d, spread over them, and its time multiplied.\n",
	       a->n, right, SAMPLE);
}

/* ---- the files ---- */

static void run_or_end(char *const argv[])
{
	if (run_program(argv) < 0)
		exit(2);
}

static void make_words(struct asking *a, const struct settings *s,
		       char *python, char *script)
{
	char npy[PATH_SIZE], words[PATH_SIZE], tkpack[PATH_SIZE];
	char *make[] = {python, script, "make", (char *)(uintptr_t)s->questions,
			(char *)(uintptr_t)s->dir, NULL};
	char *pack[] = {tkpack, "--embed", npy, "--vocab", words, "-o",
			a->path, "--force", NULL};

	snprintf(npy, PATH_SIZE, "%s/words.npy", s->dir);
	snprintf(words, PATH_SIZE, "%s/words.txt", s->dir);
	snprintf(tkpack, PATH_SIZE, "%s/tkpack", s->bin);
	if (!access(a->path, R_OK))
		return;
	run_or_end(make);
	run_or_end(pack);
}

static void read_ids(struct asking *a, const struct settings *s)
{
	char path[PATH_SIZE];
	uint32_t four[4];
	FILE *f;

	snprintf(path, PATH_SIZE, "%s/words.ids", s->dir);
	f = must(fopen(path, "rb"));
	for (a->n = 0; fread(four, sizeof(four), 1, f) == 1; a->n++)
		;
	rewind(f);
	a->questions = must(calloc(a->n, sizeof(*a->questions)));
	a->right = must(calloc(a->n, sizeof(*a->right)));
	a->best = must(calloc(a->n, sizeof(*a->best)));
	for (size_t i = 0; fread(four, sizeof(four), 1, f) == 1; i++) {
		a->questions[i] =
			(struct tk_analogy){four[0], four[1], four[2]};
		a->right[i] = four[3];
	}
	fclose(f);
}

void bench_asking(const struct settings *s)
{
	static struct asking a;
	static char python[PATH_SIZE], script[PATH_SIZE];
	char *argv[] = {python, script, "ask", (char *)(uintptr_t)s->dir,
			NULL};
	const char *wanted = getenv("TK_PYTHON");

	a.file = s->questions;
	snprintf(python, PATH_SIZE, "%s", wanted ? wanted : "/usr/bin/python3");
	snprintf(script, PATH_SIZE, "%s", s->script);
	snprintf(a.path, PATH_SIZE, "%s/words.tk", s->dir);
	snprintf(a.tkvec, PATH_SIZE, "%s/tkvec", s->bin);
	snprintf(a.maps, PATH_SIZE, "%s/bench-maps", s->bin);
	make_words(&a, s, python, script);
	read_ids(&a, s);
	a.o = open_vectors(a.path);
	a.scan = (struct scan){
		.o = &a.o,
		.n_rows = a.o.w_u.rows,
		.bytes = {a.o.w_u.data, a.o.w_u.rows * a.o.w_u.row_stride}};
	a.h = must(calloc(a.o.w_u.cols, sizeof(*a.h)));
	if (peer_start(&a.numpy, argv))
		exit(2);
	bench_near(&a);
	bench_questions(&a);
	peer_end(&a.numpy);
	free(a.h);
	free(a.best);
	free(a.right);
	free(a.questions);
	close_model(&a.o);
}
