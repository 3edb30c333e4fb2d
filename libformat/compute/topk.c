/* SPDX-License-Identifier: MIT */
/*
 * topk.c - the k best keys: a heap with the worst of them on top
 */
#include "compute/topk.h"

#include <math.h>

#include "base/fpenv.h"

/* Moves the item at i down until no child is worse than it. */
static void sift_down(struct tk_candidate *heap, size_t n, size_t i)
{
	struct tk_candidate item = heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			break;
		if (child + 1 < n && tk_is_better(heap[child], heap[child + 1]))
			child++;
		if (!tk_is_better(item, heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = item;
}

static void sift_up(struct tk_candidate *heap, size_t i)
{
	struct tk_candidate item = heap[i];

	while (i && tk_is_better(heap[(i - 1) / 2], item)) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = item;
}

/* A heap becomes a list: the worst goes to the end, again and again. */
static void unheap(struct tk_candidate *heap, size_t n)
{
	for (size_t left = n; left > 1; left--) {
		struct tk_candidate worst = heap[0];

		heap[0] = heap[left - 1];
		sift_down(heap, left - 1, 0);
		heap[left - 1] = worst;
	}
}

/* Once 'heap' is full, most of what is offered goes no further than this. */
static inline void offer(struct tk_candidate *heap, size_t *n, size_t k,
			 struct tk_candidate c)
{
	/* False for NaN as well. */
	if (!(c.key > -INFINITY))
		return;
	if (*n < k) {
		heap[*n] = c;
		sift_up(heap, (*n)++);
	} else if (k && tk_is_better(c, heap[0])) {
		heap[0] = c;
		sift_down(heap, *n, 0);
	}
}

void tk_offer(struct tk_candidate *heap, size_t *n, size_t k,
	      struct tk_candidate c)
{
	offer(heap, n, k, c);
}

size_t tk_top_k(struct tk_candidate *out, size_t k, const float *keys,
		size_t n, uint32_t first_id)
{
	/* Where subnormals count as zeros, they compare as equal. */
	tk_fpenv env = tk_fpenv_set();
	size_t have = 0;

	for (size_t i = 0; i < n && k; i++) {
		struct tk_candidate c = {first_id + (uint32_t)i, keys[i]};

		offer(out, &have, k, c);
	}
	unheap(out, have);
	tk_fpenv_restore(env);
	return have;
}

void tk_sort_candidates(struct tk_candidate *c, size_t n)
{
	for (size_t i = n / 2; i--;)
		sift_down(c, n, i);
	unheap(c, n);
}

size_t tk_n_better(struct tk_candidate c, const float *keys, size_t n,
		   uint32_t first_id)
{
	tk_fpenv env = tk_fpenv_set();
	size_t better = 0;

	TK_FPENV_HOLD(c.key);
	for (size_t i = 0; i < n; i++) {
		struct tk_candidate other = {first_id + (uint32_t)i, keys[i]};

		better += tk_is_better(other, c);
	}
	TK_FPENV_HOLD(better);
	tk_fpenv_restore(env);
	return better;
}
