/* SPDX-License-Identifier: MIT */
/*
 * pagenear.c - the nearest tokens of some words, exact
 *
 * Some words at a time are multiplied with all rows: the matrix is read once
 * for each such group, and groups are shared out among the threads.
 */
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "page.h"
#include "progress.h"

#define BLOCK 256	    /* rows */
#define MOST_WORDS 64	    /* in a group */
#define GROUP_BYTES (4 << 20) /* of its vectors */

struct search {
	struct page *p;
	size_t group; /* words in each */
	size_t first; /* group of this window */
};

static size_t group_size(const struct page *p)
{
	const size_t n = GROUP_BYTES / (sizeof(float) * (size_t)p->m.cols);

	return n < 1 ? 1 : n < MOST_WORDS ? n : MOST_WORDS;
}

/* Takes the candidate among the best, equal keys by the lower id. */
static void offer(struct tk_candidate *best, uint32_t id, float key)
{
	size_t at = PAGE_NEAREST;

	while (at && (best[at - 1].id == TK_NO_ID || best[at - 1].key < key))
		at--;
	if (at == PAGE_NEAREST)
		return;
	for (size_t i = PAGE_NEAREST - 1; i > at; i--)
		best[i] = best[i - 1];
	best[at] = (struct tk_candidate){id, key};
}

/* Rows first ... first + n - 1 with the word number 'word'. */
static void offer_rows(struct page *p, size_t word, uint32_t first, size_t n,
		       const float *dots)
{
	const float *norms = p->rows->norms;
	const uint32_t self = p->words[word];

	for (size_t i = 0; i < n; i++) {
		const uint32_t id = first + (uint32_t)i;
		double key;

		if (id == self || !isfinite(norms[id]) || !(norms[id] > 0))
			continue;
		key = (double)dots[i] /
		      ((double)norms[id] * (double)norms[self]);
		if (isfinite(key))
			offer(p->nearest + word * PAGE_NEAREST, id,
			      (float)fmax(-1, fmin(1, key)));
	}
}

static void search_group(void *context, size_t i)
{
	struct search *s = context;
	struct page *p = s->p;
	const size_t d = (size_t)p->m.cols;
	const size_t from = (s->first + i) * s->group;
	const size_t left = p->n_words - from;
	const size_t n = left < s->group ? left : s->group;
	float *hs = malloc(n * d * sizeof(*hs));
	float *dots = malloc(n * BLOCK * sizeof(*dots));

	if (!hs || !dots)
		cli_die("out of memory for the nearest tokens");
	for (size_t j = 0; j < n; j++)
		tk_row_to_f32(hs + j * d, p->m, p->words[from + j]);
	for (uint32_t row = 0; row < p->n; row += BLOCK) {
		const size_t len = p->n - row < BLOCK ? p->n - row : BLOCK;

		tk_dot_batch(dots, BLOCK, p->m, row, len, hs, n);
		for (size_t j = 0; j < n; j++)
			offer_rows(p, from + j, row, len, dots + j * BLOCK);
	}
	free(hs);
	free(dots);
}

void page_find_nearest(struct page *p)
{
	const size_t n_nearest = (size_t)PAGE_WORDS * PAGE_NEAREST;
	struct search s = {.p = p};
	size_t n_groups, step = 4 * p->info->threads;

	p->nearest = page_room(n_nearest, sizeof(*p->nearest));
	for (size_t i = 0; i < n_nearest; i++)
		p->nearest[i].id = TK_NO_ID;
	if (!p->n_words)
		return;
	s.group = group_size(p);
	n_groups = (p->n_words + s.group - 1) / s.group;
	progress_start(n_groups * p->n * p->m.row_stride);
	for (; s.first < n_groups; s.first += step) {
		const size_t left = n_groups - s.first;
		const size_t n = left < step ? left : step;

		cli_parallel(p->info->threads, n, search_group, &s);
		progress_add(n * p->n * p->m.row_stride);
	}
	progress_end();
}
