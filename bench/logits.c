/* SPDX-License-Identifier: MIT */
/*
 * logits.c - full logits of a model, kernel by kernel, beside reading it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "measure.h"
#include "pool.h"
#include "onepass.h"

#define SHORT_BYTES 200000000
#define PLAIN_C_ROUNDS 3 /* 1 if there is more to read than that */

static const char *const kernels[] = {"avx512", "avx2", "neon", "scalar"};

#define N_KERNELS (sizeof(kernels) / sizeof(kernels[0]))

static const struct goal of_read = {
	"tk_keys, f32, f16, bf16: share of the read bandwidth, same threads",
	false, 0.9, ""};
static const struct goal of_ggml = {
	"tk_keys, f32, f16, bf16: speed by ggml's, same type and threads",
	false, 0.95, ""};
static const struct goal of_blas = {
	"tk_keys, f32: speed by OpenBLAS's, same threads", false, 1, ""};

/* The cases of one number of threads, and which of them they are. */
struct cases {
	struct scan with[N_KERNELS];
	struct scan other;
	int read, best, blas, ggml;
};

static int add(struct group *g, struct scan *s, const char *name,
	       double (*run)(void *), int against)
{
	char text[64];
	int i;

	snprintf(text, sizeof(text), "%s, %zu thread%s", name, s->threads,
		 s->threads > 1 ? "s" : "");
	i = add_case(g, text, run, s, (double)s->bytes.len, against);
	/* what is this short depends on what the other core just did */
	g->cases[i].twice = s->bytes.len < SHORT_BYTES;
	return i;
}

static void add_kernels(struct group *g, struct cases *c, const struct scan *s)
{
	char name[32];

	for (size_t k = 0; k < N_KERNELS; k++) {
		int i;

		if (!has_kernel(kernels[k]))
			continue;
		c->with[k] = *s;
		c->with[k].kernel = kernels[k];
		snprintf(name, sizeof(name), "**tk_keys** %s", kernels[k]);
		i = add(g, &c->with[k], name, run_keys, c->read);
		if (!strcmp(kernels[k], tk_kernel_name()))
			c->best = i;
		if (!strcmp(kernels[k], "scalar")) {
			g->cases[i].rounds =
				s->bytes.len < SHORT_BYTES ? PLAIN_C_ROUNDS : 1;
			g->cases[i].twice = false;
		}
	}
}

static void add_cases(struct group *g, struct cases *c, const struct scan *s)
{
	const struct opened *o = s->o;

	c->other = *s;
	c->blas = c->ggml = NO_CASE;
	c->read = add(g, &c->other, "reading", run_read, NO_CASE);
	add_kernels(g, c, s);
	if (s->ggml) {
		c->ggml = add(g, &c->other, "ggml mul_mat", run_ggml, c->read);
		g->cases[c->ggml].rest_ms = GGML_REST_MS;
	}
	if (blas_name() && o->w_u.dtype == TK_F32 &&
	    !tk_model_matrix(o->model, TK_KIND_B_U).data) {
		c->blas = add(g, &c->other, "OpenBLAS sgemv", run_blas,
			      c->read);
		g->cases[c->blas].rest_ms = BLAS_REST_MS;
	}
}

static void note(const struct group *g, const struct cases *c,
		 enum tk_dtype dtype)
{
	if (dtype == TK_Q8)
		return;
	reached(&of_read, times_faster(g, c->best, c->read));
	if (c->ggml != NO_CASE)
		reached(&of_ggml, times_faster(g, c->best, c->ggml));
	if (c->blas != NO_CASE)
		reached(&of_blas, times_faster(g, c->best, c->blas));
}

static void measure_scans(const struct scan *s, const char *path,
			  size_t rounds)
{
	static struct group g;
	struct cases cases[MAX_THREADS];
	const enum tk_dtype dtype = s->o->w_u.dtype;
	const char *name = strrchr(path, '/');
	char title[160];

	snprintf(title, sizeof(title),
		 "All logits: %s, %s, %llu x %llu, %.0f MB",
		 name ? name + 1 : path, tk_dtype_name((uint16_t)dtype),
		 (unsigned long long)s->n_rows,
		 (unsigned long long)s->o->w_u.cols,
		 1e-6 * (double)s->bytes.len);
	g = (struct group){.title = title, .ratio = "of reading"};
	for (size_t i = 0; i < MAX_THREADS; i++) {
		struct scan with = *s;

		with.threads = i + 1;
		add_cases(&g, &cases[i], &with);
	}
	measure(&g, rounds);
	for (size_t i = 0; i < MAX_THREADS; i++)
		note(&g, &cases[i], dtype);
	printf("\nEvery kernel gave the bits of plain C in every run.");
	if (cases[0].ggml != NO_CASE)
		printf(" ggml's logits differ by up to %.1e of the largest.",
		       cases[0].other.worst);
	printf("\n");
}

/* What follows the token in the middle, or, without W_E, a random vector. */
static void make_hidden(float *h, float *scratch, const struct opened *o,
			bool generated)
{
	const uint32_t id = (uint32_t)tk_model_n_predictable(o->model) / 2;

	if (generated || tk_context(h, scratch, o->model, &id, 1, NULL) ||
	    tk_final_norm(h, o->model, NULL))
		gaussian(h, o->w_u.cols, 1);
}

void bench_logits(const struct settings *s, const char *path, size_t rounds)
{
	const struct opened o = open_model(path);
	const size_t cols = o.w_u.cols;
	float *h = must(calloc(2 * cols, sizeof(*h)));
	struct scan scan = scan_of(&o);
	float *right = must(calloc(scan.n_rows, sizeof(*right)));
	struct peer ggml;

	make_hidden(h, h + cols, &o, path != s->matrix);
	scan.h = h;
	scan.keys = right;
	scan.threads = MAX_THREADS;
	setenv("TK_KERNEL", "scalar", 1);
	multiply(&scan);
	unsetenv("TK_KERNEL");
	scan.right = right;
	scan.keys = must(calloc(scan.n_rows, sizeof(*scan.keys)));
	if (start_ggml(&ggml, s, path,
		       o.w_u.dtype == TK_Q8
			       ? "q8_0"
			       : tk_dtype_name((uint16_t)o.w_u.dtype),
		       h, cols))
		scan.ggml = &ggml;
	measure_scans(&scan, path, rounds);
	if (scan.ggml)
		peer_end(&ggml);
	free(scan.keys);
	free(right);
	free(h);
	close_model(&o);
}
