/* SPDX-License-Identifier: MIT */
/*
 * match.c - which tokens of A are which of B
 *
 * Files with an index could be asked token by token; but an index may be
 * absent, and knows one of equal tokens.  Sorting needs none, and mostly few
 * tokens are left for it.
 */
#include "tkdiff.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* A token, its first bytes as a number: these mostly decide. */
struct sortable {
	uint64_t first;
	uint32_t id;
};

struct tk_bytes side_token(const struct side *s, uint64_t id)
{
	struct tk_bytes token = {NULL, 0};
	struct tk_error err;

	/* Offsets do not fall where tokens can be read, so all of those have
	   no more bytes than the section, however often they are compared. */
	if (tk_model_token(&token, s->model, id, &err))
		cli_die_error(s->path, &err);
	return token;
}

struct tk_bytes side_shown_token(const struct side *s, uint64_t id)
{
	struct tk_error err;

	/* A view was compared with its digests when it was made. */
	if (!s->view && tk_model_verify_token(s->model, id, &err))
		cli_die_error(s->path, &err);
	return side_token(s, id);
}

/* ---- order ---- */

static uint64_t first_bytes(struct tk_bytes token)
{
	uint64_t first = 0;

	for (size_t i = 0; i < 8; i++)
		first = first << 8 | (i < token.len ? token.ptr[i] : 0);
	return first;
}

static int compare_bytes(struct tk_bytes a, struct tk_bytes b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const struct side *a, const struct sortable *x,
		   const struct side *b, const struct sortable *y)
{
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return compare_bytes(side_token(a, x->id), side_token(b, y->id));
}

/* Merges two sorted halves of 'list' by way of 'room'; equal ones stay. */
static void merge(const struct side *s, struct sortable *list, size_t half,
		  size_t n, struct sortable *room)
{
	size_t i = 0, j = half, k = 0;

	memcpy(room, list, half * sizeof(*room));
	while (i < half && j < n) {
		if (compare(s, &room[i], s, &list[j]) <= 0)
			list[k++] = room[i++];
		else
			list[k++] = list[j++];
	}
	memcpy(list + k, room + i, (half - i) * sizeof(*room));
}

/* By bytes, then by id: they come in rising order of ids. */
static void sort(const struct side *s, struct sortable *list, size_t n,
		 struct sortable *room)
{
	if (n < 2)
		return;
	sort(s, list, n / 2, room);
	sort(s, list + n / 2, n - n / 2, room);
	merge(s, list, n / 2, n, room);
}

/* ---- matching ---- */

/* The tokens that 'of' has no partner for, sorted. */
static struct sortable *list_rest(size_t *n, const struct side *s,
				  const uint32_t *of, uint32_t n_tokens)
{
	struct sortable *list, *room;

	*n = 0;
	for (uint32_t id = 0; id < n_tokens; id++)
		*n += of[id] == NO_MATCH;
	list = zeros(*n, sizeof(*list));
	room = zeros(*n, sizeof(*room));
	*n = 0;
	for (uint32_t id = 0; id < n_tokens; id++)
		if (of[id] == NO_MATCH)
			list[(*n)++] = (struct sortable){
				first_bytes(side_token(s, id)), id};
	sort(s, list, *n, room);
	free(room);
	return list;
}

static void join(struct match *m, uint32_t a, uint32_t b)
{
	m->b_of_a[a] = b;
	m->a_of_b[b] = a;
}

static void match_rest(struct match *m, const struct side *a,
		       const struct side *b)
{
	size_t n, k, i = 0, j = 0;
	struct sortable *x = list_rest(&n, a, m->b_of_a, m->n_a);
	struct sortable *y = list_rest(&k, b, m->a_of_b, m->n_b);

	while (i < n && j < k) {
		const int order = compare(a, &x[i], b, &y[j]);

		if (!order)
			join(m, x[i].id, y[j].id);
		i += order <= 0;
		j += order >= 0;
	}
	free(x);
	free(y);
}

/* Same ids, same bytes; true if that is all there is. */
static bool match_ids(struct match *m, const struct side *a,
		      const struct side *b)
{
	const uint32_t n = m->n_a < m->n_b ? m->n_a : m->n_b;
	bool all = m->n_a == m->n_b;

	memset(m->b_of_a, 0xff, m->n_a * sizeof(*m->b_of_a));
	memset(m->a_of_b, 0xff, m->n_b * sizeof(*m->a_of_b));
	for (uint32_t id = 0; id < n; id++) {
		if (!compare_bytes(side_token(a, id), side_token(b, id)))
			join(m, id, id);
		else
			all = false;
	}
	return all;
}

void match_free(struct match *m)
{
	free(m->b_of_a);
	free(m->a_of_b);
	m->b_of_a = m->a_of_b = NULL;
}

bool sides_have_the_same_tokens(const struct side *a, const struct side *b)
{
	const size_t i = tk_container_find(a->file, TK_KIND_VOCAB);
	const size_t j = tk_container_find(b->file, TK_KIND_VOCAB);
	struct tk_digest x, y;

	if (i == TK_NO_SECTION || j == TK_NO_SECTION)
		return false;
	x = tk_container_section(a->file, i).digest;
	y = tk_container_section(b->file, j).digest;
	return !memcmp(x.b, y.b, sizeof(x.b));
}

void match_tokens(struct match *out, const struct side *a,
		  const struct side *b)
{
	*out = (struct match){
		.identity = sides_have_the_same_tokens(a, b),
		.n_a = tk_model_vocab(a->model).n_tokens,
		.n_b = tk_model_vocab(b->model).n_tokens};
	if (out->identity)
		return;
	out->b_of_a = zeros(out->n_a, sizeof(*out->b_of_a));
	out->a_of_b = zeros(out->n_b, sizeof(*out->a_of_b));
	out->identity = match_ids(out, a, b);
	if (out->identity)
		match_free(out);
	else
		match_rest(out, a, b);
}
