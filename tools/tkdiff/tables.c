/* SPDX-License-Identifier: MIT */
/*
 * tables.c - which matrices go together
 */
#include "tkdiff.h"

#include <string.h>

#include "names.h"

/* In the order of the report. */
static const uint32_t kinds[MAX_PAIRS] = {
	TK_KIND_W_E,		   TK_KIND_W_U,
	TK_KIND_B_U,		   TK_KIND_MIX,
	TK_KIND_FINAL_NORM_WEIGHT, TK_KIND_FINAL_NORM_BIAS,
	TK_KIND_EMBED_NORM_WEIGHT, TK_KIND_EMBED_NORM_BIAS,
};

bool table_is_there(const struct table *t)
{
	return t->section != TK_NO_SECTION;
}

/* A vector as a column: a row for each element. */
static struct tk_matrix column_of(struct tk_matrix m)
{
	return (struct tk_matrix){
		.data = m.data,
		.rows = m.cols,
		.cols = 1,
		.row_stride = m.dtype == TK_F32 ? 4 : 2,
		.dtype = m.dtype,
	};
}

static struct table table_of(const struct side *side, uint32_t kind)
{
	struct table t = {.side = side};

	/* The same bytes as W_E's have the same digests. */
	if (kind == TK_KIND_W_U && tk_model_hparams(side->model).tied)
		kind = TK_KIND_W_E;
	t.section = tk_container_find(side->file, kind);
	if (!table_is_there(&t))
		return t;
	t.m = tk_model_matrix(side->model, kind);
	t.s = tk_container_section(side->file, t.section);
	if (kind == TK_KIND_B_U)
		t.m = column_of(t.m);
	if (side->view)
		t.m.data = NULL;
	return t;
}

bool tables_are_comparable(const struct table_pair *p)
{
	return table_is_there(&p->a) && table_is_there(&p->b) &&
	       p->a.m.cols == p->b.m.cols;
}

static bool is_equal(const struct table_pair *p)
{
	return tables_are_comparable(p) && p->a.m.dtype == p->b.m.dtype &&
	       p->a.m.rows == p->b.m.rows &&
	       !memcmp(p->a.s.digest.b, p->b.s.digest.b,
		       sizeof(p->a.s.digest.b));
}

/* "W_U" for a tied one, too. */
static const char *name_of(struct table_pair *p, uint32_t kind)
{
	if (kind == TK_KIND_W_U)
		return "W_U";
	return matrix_name(table_is_there(&p->a) ? &p->a.s : &p->b.s);
}

size_t tables_pair(struct table_pair pairs[MAX_PAIRS], const struct side *a,
		   const struct side *b, bool by_number)
{
	const bool tied = tk_model_hparams(a->model).tied &&
			  tk_model_hparams(b->model).tied;
	size_t n = 0;

	for (size_t k = 0; k < MAX_PAIRS; k++) {
		struct table_pair *p = &pairs[n];

		if (kinds[k] == TK_KIND_W_U && tied)
			continue;
		*p = (struct table_pair){
			.a = table_of(a, kinds[k]),
			.b = table_of(b, kinds[k]),
			.of_tokens = kinds[k] == TK_KIND_W_E ||
				     kinds[k] == TK_KIND_W_U ||
				     kinds[k] == TK_KIND_B_U,
			.is_column = kinds[k] == TK_KIND_B_U,
		};
		if (!table_is_there(&p->a) && !table_is_there(&p->b))
			continue;
		p->name = name_of(p, kinds[k]);
		p->equal = is_equal(p);
		p->same = p->equal && (by_number || !p->of_tokens);
		n++;
	}
	return n;
}
