/* SPDX-License-Identifier: MIT */
/*
 * ggml.c - ggml's mul_mat of W_U of a .tk file with one vector
 *
 *     bench-ggml FILE.tk TYPE HIDDEN
 *
 * TYPE is ggml's name of one; HIDDEN has the vector, f32.  Every line of
 * standard input is a number of threads.  The answer: the seconds of one
 * product; its largest difference from ours, by our largest key; and how many
 * of our 10 best are among its 10 best.
 *
 * f32, f16 and bf16 rows stay where they lie in the file, as ours do.  Other
 * types are made from their values, and kept in FILE.tk.TYPE.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <ggml.h>
#include <ggml-backend.h>
#include <ggml-cpu.h>

#include <libformat.h>

#define TOP_K 10
#define PATH_SIZE 4096
#define PIECE_SIZE ((size_t)4 << 20)

struct product {
	struct tk_matrix w;
	enum ggml_type type;
	float *h, *out, *right; /* right: as tk_dot_rows() has it */
	struct ggml_cgraph *graph;
	ggml_backend_t cpu;
};

_Noreturn static void fail(const char *what)
{
	fprintf(stderr, "bench-ggml: %s\n", what);
	exit(2);
}

static void *must(void *memory)
{
	if (!memory)
		fail("out of memory");
	return memory;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum ggml_type type_of(const char *name)
{
	for (int t = 0; t < GGML_TYPE_COUNT; t++)
		if (!strcmp(ggml_type_name((enum ggml_type)t), name))
			return (enum ggml_type)t;
	fail("this ggml has no such type");
}

static bool is_ours(const struct product *p)
{
	return !strcmp(ggml_type_name(p->type),
		       tk_dtype_name((uint16_t)p->w.dtype));
}

static size_t row_size(const struct product *p)
{
	return is_ours(p) ? p->w.row_stride
			  : ggml_row_size(p->type, (int64_t)p->w.cols);
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

/* In large pieces, for large pages of it; whole or not at all. */
static void quantize(const struct product *p, const char *path)
{
	const size_t size = row_size(p);
	char unfinished[PATH_SIZE];
	uint8_t *rows = must(malloc(size));
	float *row = must(calloc(p->w.cols, sizeof(*row)));
	FILE *f;

	snprintf(unfinished, sizeof(unfinished), "%s.new", path);
	f = must(fopen(unfinished, "wb"));
	setvbuf(f, must(malloc(PIECE_SIZE)), _IOFBF, PIECE_SIZE);
	for (uint64_t r = 0; r < p->w.rows; r++) {
		tk_row_to_f32(row, p->w, r);
		ggml_quantize_chunk(p->type, row, rows, 0, 1,
				    (int64_t)p->w.cols, NULL);
		if (fwrite(rows, size, 1, f) != 1)
			fail("cannot write the quantised rows");
	}
	if (fclose(f) || rename(unfinished, path))
		fail("cannot write the quantised rows");
	free(row);
	free(rows);
}

static void *map_quantized(const struct product *p, const char *model)
{
	const size_t size = row_size(p) * p->w.rows;
	char path[PATH_SIZE - 8];
	void *rows;
	int fd;

	if (p->w.cols % (uint64_t)ggml_blck_size(p->type))
		fail("the rows are no multiple of this type's blocks");
	snprintf(path, sizeof(path), "%s.%s", model, ggml_type_name(p->type));
	if (access(path, R_OK))
		quantize(p, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	rows = fd < 0 ? MAP_FAILED
		      : mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (rows == MAP_FAILED)
		fail("cannot map the quantised rows");
	close(fd);
	return rows;
}

static void load_hidden(const struct product *p, const char *path)
{
	FILE *f = must(fopen(path, "rb"));

	if (fread(p->h, sizeof(*p->h), p->w.cols, f) != p->w.cols)
		fail("the vector is too short");
	fclose(f);
}

static void prepare(struct product *p, const char *model, const char *hidden)
{
	const int64_t cols = (int64_t)p->w.cols, rows = (int64_t)p->w.rows;
	const struct ggml_init_params params = {.mem_size = 16 << 20,
						.no_alloc = true};
	struct ggml_context *c = must(ggml_init(params));
	struct ggml_tensor *w = ggml_new_tensor_2d(c, p->type, cols, rows);
	struct ggml_tensor *h = ggml_new_tensor_1d(c, GGML_TYPE_F32, cols);
	struct ggml_tensor *out = ggml_mul_mat(c, w, h);

	p->h = must(aligned_alloc(64, ((size_t)cols * 4 + 63) / 64 * 64));
	p->out = must(aligned_alloc(64, ((size_t)rows * 4 + 63) / 64 * 64));
	p->right = must(calloc((size_t)rows, sizeof(*p->right)));
	load_hidden(p, hidden);
	tk_dot_rows(p->right, p->w, 0, p->w.rows, p->h);
	w->data = is_ours(p) ? (void *)(uintptr_t)p->w.data
			     : map_quantized(p, model);
	w->nb[1] = row_size(p);
	h->data = p->h;
	out->data = p->out;
	p->graph = ggml_new_graph(c);
	ggml_build_forward_expand(p->graph, out);
	p->cpu = must(ggml_backend_cpu_init());
}

/* The largest difference, by the largest key. */
static double worst_of(const struct product *p)
{
	double worst = 0, largest = 0;

	for (uint64_t i = 0; i < p->w.rows; i++) {
		worst = fmax(worst, fabs((double)p->out[i] -
					 (double)p->right[i]));
		largest = fmax(largest, fabs((double)p->right[i]));
	}
	return worst / largest;
}

static int n_common(const struct product *p)
{
	struct tk_candidate a[TOP_K], b[TOP_K];
	size_t n = tk_top_k(a, TOP_K, p->right, p->w.rows, 0);
	size_t m = tk_top_k(b, TOP_K, p->out, p->w.rows, 0);
	int common = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			common += a[i].id == b[j].id;
	return common;
}

/* A product that is not the right one would be fast for nothing. */
static void answer(const struct product *p, double seconds)
{
	const double worst = worst_of(p);
	const double most = p->type == GGML_TYPE_F32 ? 1e-5
			    : ggml_is_quantized(p->type) ? 0.5
							 : 0.02;

	if (!(worst < most))
		fail("ggml's product is not that of the file");
	printf("%.9f %.9g %d\n", seconds, worst, n_common(p));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct product p = {0};
	char line[80];

	if (argc != 4)
		fail("usage: bench-ggml FILE.tk TYPE HIDDEN");
	p.w = open_matrix(argv[1]);
	p.type = type_of(argv[2]);
	prepare(&p, argv[1], argv[3]);
	while (fgets(line, sizeof(line), stdin)) {
		double begin, end;

		ggml_backend_cpu_set_n_threads(p.cpu, atoi(line));
		memset(p.out, 0, p.w.rows * sizeof(*p.out));
		begin = now();
		if (ggml_backend_graph_compute(p.cpu, p.graph))
			fail("ggml failed");
		end = now();
		answer(&p, end - begin);
	}
	return 0;
}
