/* SPDX-License-Identifier: MIT */
/*
 * top.c - the 10 best without reading all of W_U, beside reading all of it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grown.h"
#include "measure.h"
#include "pool.h"
#include "onepass.h"

#define N_HIDDEN 15 /* vectors, one a round */

static const struct goal of_q4 = {
	"10 best by the sketch, trained: speed by ggml's q4_0, same threads",
	false, 1, ""};
static const struct goal trained = {
	"10 best by the sketch, trained: speed by the scan of all logits",
	false, 3.5, ""};
static const struct goal untrained = {
	"10 best by the sketch, Gaussian: speed by the scan of all logits",
	false, 1.8, ""};

/* All vectors, the right answers, and what was read for them. */
struct questions {
	float *h; /* [N_HIDDEN][cols] */
	struct tk_candidate right[N_HIDDEN][TOP_K];
	struct tk_scan_stats stats[N_HIDDEN];
};

struct search {
	struct scan scan;
	struct questions *q;
	const struct tk_sketch *sketch;
	void *scratch;
	size_t turn;
};

/* The next vector; all cases of a round have the same one. */
static size_t next(struct search *s)
{
	const size_t i = s->turn++ % N_HIDDEN;

	s->scan.h = s->q->h + i * s->scan.o->w_u.cols;
	return i;
}

static bool are_right(const struct questions *q, size_t i,
		      const struct tk_candidate *best, size_t n)
{
	size_t same = 0;

	while (n == TOP_K && same < n &&
	       best[same].id == q->right[i][same].id &&
	       best[same].key == q->right[i][same].key)
		same++;
	return same == TOP_K;
}

static double check(const struct questions *q, size_t i,
		    const struct tk_candidate *best, size_t n, double seconds)
{
	if (are_right(q, i, best, n))
		return seconds;
	fprintf(stderr, "bench: vector %zu: other tokens or keys\n", i);
	return -1;
}

static double run_full(void *search)
{
	struct search *s = search;
	struct tk_candidate best[TOP_K];
	const size_t i = next(s);
	double begin = now(), end;
	size_t n;

	multiply(&s->scan);
	n = tk_top_k(best, TOP_K, s->scan.keys, s->scan.n_rows, 0);
	end = now();
	return check(s->q, i, best, n, end - begin);
}

static double run_sketch(void *search)
{
	struct search *s = search;
	const struct tk_parallel parallel = {pool_parallel, &s->scan.threads};
	struct tk_candidate best[TOP_K];
	const size_t i = next(s);
	double begin = now(), end;
	size_t n;

	if (tk_sketch_top_k(best, &n, TOP_K, s->sketch, s->scan.h, s->scratch,
			    &parallel, &s->q->stats[i], NULL))
		return -1;
	end = now();
	return check(s->q, i, best, n, end - begin);
}

static double run_quantized(void *search)
{
	struct search *s = search;

	return run_ggml(&s->scan);
}

static int add(struct group *g, struct search *s, const char *name,
	       double (*run)(void *), double bytes, int against)
{
	char text[64];
	int i;

	snprintf(text, sizeof(text), "%s, %zu thread%s", name, s->scan.threads,
		 s->scan.threads > 1 ? "s" : "");
	i = add_case(g, text, run, s, bytes, against);
	if (run == run_quantized)
		g->cases[i].rest_ms = GGML_REST_MS;
	return i;
}

#define N_TYPES 2

static const char *const types[N_TYPES] = {"q4_0", "q4_K"};

/* The cases of one number of threads, and which of them they are. */
struct cases {
	struct search full, sketch, quantized[N_TYPES];
	int of_full, of_sketch, of_q4_0;
};

static void add_cases(struct group *g, struct cases *c,
		      const struct search *s, struct peer *peers)
{
	char name[48];

	c->full = c->sketch = *s;
	c->of_q4_0 = NO_CASE;
	c->of_full = add(g, &c->full, "all logits, 10 best", run_full,
			 (double)s->scan.bytes.len, NO_CASE);
	c->of_sketch = add(g, &c->sketch, "**the same by the sketch**",
			   run_sketch, 0, c->of_full);
	for (size_t i = 0; i < N_TYPES; i++) {
		int at;

		if (!peers[i].ask)
			continue;
		c->quantized[i] = *s;
		c->quantized[i].scan.ggml = &peers[i];
		snprintf(name, sizeof(name), "ggml %s, approximate",
			 types[i]);
		at = add(g, &c->quantized[i], name, run_quantized, 0,
			 c->of_full);
		if (i == 0)
			c->of_q4_0 = at;
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A group of few rounds does not come to the last vectors. */
static void print_stats(const struct questions *q)
{
	double rows[N_HIDDEN], bytes[N_HIDDEN];
	size_t how[4] = {0}, n = 0;

	for (size_t i = 0; i < N_HIDDEN; i++) {
		if (!q->stats[i].bytes_read)
			continue;
		rows[n] = (double)q->stats[i].rows_rescored;
		bytes[n++] = 1e-6 * (double)q->stats[i].bytes_read;
		how[q->stats[i].scan & 3]++;
	}
	if (!n)
		return;
	qsort(rows, n, sizeof(*rows), by_size);
	qsort(bytes, n, sizeof(*bytes), by_size);
	printf("\nThe same ids and bits for %zu vectors, of which %zu took the "
	       "high plane alone, %zu both planes, %zu all rows; %.0f rows of "
	       "W_U were read (median; at most %.0f), and %.1f MB in all "
	       "(at most %.1f).\n",
	       n, how[1], how[2], how[3], rows[n / 2], rows[n - 1],
	       bytes[n / 2], bytes[n - 1]);
}

static void measure_searches(struct search *s, struct peer *peers,
			     const char *path, enum vectors kind,
			     size_t rounds)
{
	static struct group g;
	struct cases c[MAX_THREADS];
	const char *name = strrchr(path, '/');
	char title[160];

	snprintf(title, sizeof(title), "The 10 best: %s, %llu x %llu",
		 name ? name + 1 : path, (unsigned long long)s->scan.n_rows,
		 (unsigned long long)s->scan.o->w_u.cols);
	g = (struct group){.title = title, .ratio = "all logits / this"};
	for (size_t i = 0; i < MAX_THREADS; i++) {
		s->scan.threads = i + 1;
		add_cases(&g, &c[i], s, peers);
	}
	measure(&g, rounds);
	print_stats(s->q);
	for (size_t i = 0; i < N_TYPES; i++)
		if (peers[i].ask)
			printf("%.0f of the 10 best by ggml's %s are right.\n",
			       c[0].quantized[i].scan.common, types[i]);
	for (size_t i = 0; i < MAX_THREADS; i++) {
		reached(kind == GAUSSIAN ? &untrained : &trained,
			times_faster(&g, c[i].of_sketch, c[i].of_full));
		if (kind != GAUSSIAN && c[i].of_q4_0 != NO_CASE)
			reached(&of_q4, times_faster(&g, c[i].of_sketch,
						     c[i].of_q4_0));
	}
}

/* What follows single tokens, all over the vocabulary. */
static void embed_tokens(float *h, const struct opened *o)
{
	const size_t cols = o->w_u.cols;
	float *scratch = must(calloc(cols, sizeof(*scratch)));

	for (size_t i = 0; i < N_HIDDEN; i++, h += cols) {
		const uint64_t n = tk_model_n_predictable(o->model);
		const uint32_t id = (uint32_t)(n * (2 * i + 1) / 2 / N_HIDDEN);

		if (tk_context(h, scratch, o->model, &id, 1, NULL) ||
		    tk_final_norm(h, o->model, NULL))
			gaussian(h, cols, i);
	}
	free(scratch);
}

/* The vectors that belong to this matrix, and their 10 best by full scans. */
static void ask(const struct settings *s, struct search *search,
		enum vectors kind)
{
	struct questions *q = must(calloc(1, sizeof(*q)));
	const size_t cols = search->scan.o->w_u.cols;

	q->h = must(calloc(N_HIDDEN * cols, sizeof(*q->h)));
	if (kind == TRAINED)
		grown_hidden(q->h, N_HIDDEN, cols, s->dir);
	else if (kind == OF_TOKENS)
		embed_tokens(q->h, search->scan.o);
	else
		gaussian(q->h, N_HIDDEN * cols, 3);
	search->q = q;
	search->scan.threads = MAX_THREADS;
	for (size_t i = 0; i < N_HIDDEN; i++) {
		search->scan.h = q->h + i * cols;
		multiply(&search->scan);
		tk_top_k(q->right[i], TOP_K, search->scan.keys,
			 search->scan.n_rows, 0);
	}
}

void bench_top(const struct settings *s, const char *path, enum vectors kind,
	       size_t rounds)
{
	const struct opened o = open_model(path);
	struct search search = {.scan = scan_of(&o)};
	struct peer peers[N_TYPES] = {0};
	struct tk_sketch sketch;

	if (tk_sketch_open(&sketch, o.model, NULL)) {
		printf("\n%s has no sketch: tkpack --sketch makes one.\n",
		       path);
		close_model(&o);
		return;
	}
	search.scan.keys = must(calloc(search.scan.n_rows, sizeof(float)));
	search.sketch = &sketch;
	search.scratch = must(aligned_alloc(64, tk_sketch_scratch(&sketch)));
	ask(s, &search, kind);
	for (size_t i = 0; i < N_TYPES; i++)
		if (!start_ggml(&peers[i], s, path, types[i], search.q->h,
				o.w_u.cols))
			peers[i].ask = NULL;
	measure_searches(&search, peers, path, kind, rounds);
	for (size_t i = 0; i < N_TYPES; i++)
		if (peers[i].ask)
			peer_end(&peers[i]);
	free(search.q->h);
	free(search.q);
	free(search.scratch);
	free(search.scan.keys);
	close_model(&o);
}
