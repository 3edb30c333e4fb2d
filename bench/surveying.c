/* SPDX-License-Identifier: MIT */
/*
 * surveying.c - what rows are like, beside reading them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "onepass.h"
#include "pool.h"

static const struct goal of_read = {
	"tk_survey_rows, f32, f16: share of the read bandwidth, same threads",
	false, 0.8, ""};

/* A matrix, and where the answer goes. */
struct survey {
	struct scan scan;
	struct tk_row_survey rows;
};

static double run_survey(void *survey)
{
	struct survey *s = survey;
	const struct tk_parallel parallel = {pool_parallel, &s->scan.threads};
	double begin = now();

	if (tk_survey_rows(&s->rows, NULL, NULL, &parallel, NULL))
		return -1;
	return now() - begin;
}

static double run_read_of(void *survey)
{
	struct survey *s = survey;

	return run_read(&s->scan);
}

static int add(struct group *g, const char *name, double (*run)(void *),
	       struct survey *s, int against)
{
	char text[64];

	snprintf(text, sizeof(text), "%s, %zu thread%s", name, s->scan.threads,
		 s->scan.threads > 1 ? "s" : "");
	return add_case(g, text, run, s, (double)s->scan.bytes.len, against);
}

void bench_survey(const struct settings *s, char *path, size_t rounds)
{
	static char tkinfo[PATH_SIZE];
	char *argv[] = {tkinfo, "--stats", path, NULL};
	const struct opened o = open_model(path);
	const struct tk_matrix m = o.w_u;
	struct survey surveys[MAX_THREADS];
	float *norms = must(calloc(m.rows, sizeof(*norms)));
	double *mean = must(calloc(m.cols, sizeof(*mean)));
	struct group *g = must(calloc(1, sizeof(*g)));
	int read = NO_CASE, ours[MAX_THREADS];
	char title[160];

	snprintf(tkinfo, sizeof(tkinfo), "%s/tkinfo", s->bin);
	snprintf(title, sizeof(title), "What rows are like: %s, %llu x %llu",
		 tk_dtype_name((uint16_t)m.dtype), (unsigned long long)m.rows,
		 (unsigned long long)m.cols);
	*g = (struct group){.title = title, .ratio = "of reading"};
	for (size_t i = 0; i < MAX_THREADS; i++) {
		surveys[i].scan = scan_of(&o);
		surveys[i].scan.threads = i + 1;
		surveys[i].rows = (struct tk_row_survey){
			m, m.rows, m.rows, norms, mean, 0};
		read = add(g, "reading", run_read_of, &surveys[i],
			   NO_CASE);
		ours[i] = add(g, "**tk_survey_rows**", run_survey, &surveys[i],
			      read);
	}
	add_case(g, "**tkinfo --stats**, whole process", run_argv, argv,
		 (double)surveys[0].scan.bytes.len, read);
	measure(g, rounds);
	for (size_t i = 0; i < MAX_THREADS; i++)
		reached(&of_read, times_faster(g, ours[i], ours[i] - 1));
	free(g);
	free(mean);
	free(norms);
	close_model(&o);
}
