/* SPDX-License-Identifier: MIT */
/*
 * components.c - principal components of W_E as numbers, for pca.py
 *
 * components FILE P THREADS: a line "rows n total", then for each component
 * "variance error" and its elements; then a line a row with where it lies.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "cloud.h"
#include "pca.h"

static const struct cli_option none[] = {{0, NULL, NULL, NULL}};
static const struct cli_tool tool = {.name = "components",
				     .synopsis = "components FILE P THREADS",
				     .options = none};

static void put(const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf(" %.9g", (double)x[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct tk_model *model;
	struct tk_matrix m;
	struct pca p;
	float *place;
	uint64_t n_rows;

	cli_start(&tool, argc, argv);
	if (argc != 4)
		cli_usage();
	model = cli_open_model(argv[1]);
	m = tk_model_w_e(model);
	n_rows = tk_model_hparams(model).n_tokens;
	n_rows = n_rows < m.rows ? n_rows : m.rows;
	pca_find(&p, m, n_rows, (size_t)atoi(argv[2]), (size_t)atoi(argv[3]));
	printf("%llu %zu %.17g\n", (unsigned long long)p.n_rows, p.n, p.total);
	for (size_t i = 0; i < p.n; i++) {
		printf("%.17g %.17g", p.variance[i], p.error[i]);
		put(p.components + i * p.d, p.d);
	}
	place = cloud_room((size_t)n_rows * p.n + 1, sizeof(*place));
	pca_place(place, &p, m, 0, (size_t)n_rows);
	for (uint64_t i = 0; i < n_rows && p.n; i++)
		put(place + i * p.n, p.n);
	free(place);
	pca_free(&p);
	cli_finish(EXIT_YES);
}
