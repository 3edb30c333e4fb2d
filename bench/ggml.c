/* SPDX-License-Identifier: MIT */
/*
 * ggml.c - ggml's mul_mat of W_U of a .tk file with one vector
 *
 *     bench-ggml FILE.tk
 *
 * Every line of standard input is a number of threads; the answer is how many
 * seconds one product took.  f32, f16 and bf16 rows are copied into ggml's
 * memory as they are; q8 ones are quantised to q8_0 from their values.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ggml.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>

#include <libformat.h>

struct product {
	struct tk_matrix w;
	struct ggml_tensor *weights, *h, *out;
	struct ggml_cgraph *graph;
	ggml_backend_t cpu;
};

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "bench-ggml: %s\n", what);
	exit(2);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum ggml_type type_of(enum tk_dtype dtype)
{
	switch (dtype) {
	case TK_F32:
		return GGML_TYPE_F32;
	case TK_F16:
		return GGML_TYPE_F16;
	case TK_BF16:
		return GGML_TYPE_BF16;
	default:
		return GGML_TYPE_Q8_0;
	}
}

static struct tk_matrix open_matrix(const char *path)
{
	struct tk_container *file = NULL;
	struct tk_model *m = NULL;
	struct tk_matrix w;
	struct tk_error err;

	if (tk_container_open(&file, path, &err) ||
	    tk_model_open(&m, file, &err))
		fail(err.message);
	w = tk_model_w_u(m);
	if (!w.data)
		fail("the file has no W_U");
	w.rows = tk_model_n_predictable(m);
	return w;
}

static void load(const struct product *p)
{
	const size_t size = ggml_row_size(p->weights->type, (int64_t)p->w.cols);
	float *row = calloc(p->w.cols, sizeof(*row));

	if (!row)
		fail("out of memory");
	for (uint64_t r = 0; r < p->w.rows; r++) {
		char *to = (char *)p->weights->data + r * size;

		if (p->w.dtype != TK_Q8) {
			memcpy(to, p->w.data + r * p->w.row_stride, size);
			continue;
		}
		tk_row_to_f32(row, p->w, r);
		ggml_quantize_chunk(GGML_TYPE_Q8_0, row, to, 0, 1,
				    (int64_t)p->w.cols, NULL);
	}
	free(row);
	for (uint64_t i = 0; i < p->w.cols; i++)
		((float *)p->h->data)[i] = sinf((float)i);
}

static void prepare(struct product *p)
{
	const int64_t cols = (int64_t)p->w.cols, rows = (int64_t)p->w.rows;
	const enum ggml_type type = type_of(p->w.dtype);
	struct ggml_init_params params = {
		.mem_size = ggml_row_size(type, cols) * p->w.rows + (16 << 20)};
	struct ggml_context *c = ggml_init(params);

	p->cpu = ggml_backend_cpu_init();
	if (!c || !p->cpu)
		fail("out of memory");
	p->weights = ggml_new_tensor_2d(c, type, cols, rows);
	p->h = ggml_new_tensor_1d(c, GGML_TYPE_F32, cols);
	p->out = ggml_mul_mat(c, p->weights, p->h);
	p->graph = ggml_new_graph(c);
	ggml_build_forward_expand(p->graph, p->out);
	load(p);
}

/* A product that is not the right one would be fast for nothing. */
static void check(const struct product *p)
{
	const uint64_t last = p->w.rows - 1;
	const float found = ((float *)p->out->data)[last];
	float expected, scale = 0;

	tk_dot_rows(&expected, p->w, last, 1, p->h->data);
	for (uint64_t i = 0; i < p->w.cols; i++)
		scale += fabsf(((float *)p->h->data)[i]);
	if (!(fabsf(found - expected) <= 0.01f * scale))
		fail("ggml's product is not that of the file");
}

int main(int argc, char **argv)
{
	struct product p = {0};
	char line[80];

	if (argc != 2)
		fail("usage: bench-ggml FILE.tk");
	p.w = open_matrix(argv[1]);
	prepare(&p);
	while (fgets(line, sizeof(line), stdin)) {
		double begin;

		ggml_backend_cpu_set_n_threads(p.cpu, atoi(line));
		begin = now();
		if (ggml_backend_graph_compute(p.cpu, p.graph))
			fail("ggml failed");
		printf("%.9f\n", now() - begin);
		fflush(stdout);
		check(&p);
	}
	return 0;
}
