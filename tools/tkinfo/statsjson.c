/* SPDX-License-Identifier: MIT */
/*
 * statsjson.c - what is in a file, in numbers, as JSON
 */
#include <math.h>

#include "stats.h"
#include "text.h"

#define MOST_LISTED 100 /* ids of odd rows */

static json_t *number(uint64_t x)
{
	return json_integer((json_int_t)x);
}

/* ---- spreads ---- */

static json_t *bins_json(const struct bins *b)
{
	json_t *o = json_object(), *counts = json_array();
	const size_t n = b->to > b->from ? N_BINS : 1;

	text_json_set(o, "from", text_json_real(b->from));
	text_json_set(o, "to", text_json_real(b->to));
	for (size_t i = 0; i < n; i++)
		text_json_append(counts, number(b->counts[i]));
	text_json_set(o, "counts", counts);
	text_json_set(o, "below", number(b->below));
	text_json_set(o, "above", number(b->above));
	return o;
}

/* null if none of the numbers is finite. */
static json_t *spread_json(const struct spread *s)
{
	static const struct {
		const char *name;
		double q;
	} quantiles[] = {{"min", 0},	  {"p01", 0.01}, {"p25", 0.25},
			 {"median", 0.5}, {"p75", 0.75}, {"p99", 0.99},
			 {"max", 1}};
	json_t *o;
	struct bins bins;

	if (!s->n)
		return json_null();
	o = json_object();
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		text_json_set(o, quantiles[i].name,
			      text_json_real(spread_quantile(s,
							     quantiles[i].q)));
	bins = spread_bins(s);
	text_json_set(o, "histogram", bins_json(&bins));
	return o;
}

/* ---- the rows of a matrix ---- */

/* The first ids of those for which 'is_odd' says so. */
static json_t *odd_json(const struct rows *r, uint64_t count,
			bool (*is_odd)(const struct rows *r, uint64_t id))
{
	json_t *o = json_object(), *ids = json_array();

	text_json_set(o, "rows", number(count));
	for (uint64_t id = 0;
	     count && id < r->n_tokens && json_array_size(ids) < MOST_LISTED;
	     id++)
		if (is_odd(r, id))
			text_json_append(ids, number(id));
	text_json_set(o, "ids", ids);
	return o;
}

static bool is_nan_row(const struct rows *r, uint64_t id)
{
	return isnan(r->norms[id]) && rows_has_nan(r, id);
}

static bool is_inf_row(const struct rows *r, uint64_t id)
{
	return isnan(r->norms[id]) && !rows_has_nan(r, id);
}

static bool is_huge_row(const struct rows *r, uint64_t id)
{
	return isinf(r->norms[id]);
}

static bool is_zero_row(const struct rows *r, uint64_t id)
{
	return r->norms[id] <= 0;
}

static bool is_copy(const struct rows *r, uint64_t id)
{
	return r->twin[id] != TK_NO_ID;
}

static json_t *copies_json(const struct rows *r)
{
	json_t *o = odd_json(r, r->n_twins, is_copy), *of = json_array();
	const json_t *ids = json_object_get(o, "ids");

	for (size_t i = 0; i < json_array_size(ids); i++) {
		const json_int_t id =
			json_integer_value(json_array_get(ids, i));

		text_json_append(of, number(r->twin[id]));
	}
	text_json_set(o, "of", of);
	return o;
}

static json_t *padding_json(const struct rows *r)
{
	json_t *o = json_object();
	struct spread s;

	spread_make(&s, r->norms + r->n_tokens,
		    (size_t)(r->m.rows - r->n_tokens));
	text_json_set(o, "rows", number(r->m.rows - r->n_tokens));
	text_json_set(o, "norm", spread_json(&s));
	spread_free(&s);
	return o;
}

static json_t *rows_json(const struct rows *r)
{
	json_t *o = json_object();

	text_json_set(o, "name", json_string(r->name));
	text_json_set(o, "rows", number(r->m.rows));
	text_json_set(o, "cols", number(r->m.cols));
	text_json_set(o, "token_rows", number(r->n_tokens));
	text_json_set(o, "norm", spread_json(&r->spread));
	text_json_set(o, "nan", odd_json(r, r->n_nan, is_nan_row));
	text_json_set(o, "infinite", odd_json(r, r->n_inf, is_inf_row));
	text_json_set(o, "beyond_f32", odd_json(r, r->n_huge, is_huge_row));
	text_json_set(o, "zero", odd_json(r, r->n_zero, is_zero_row));
	text_json_set(o, "copies", copies_json(r));
	text_json_set(o, "padding", padding_json(r));
	text_json_set(o, "mean_cosine", text_json_real(rows_isotropy(r)));
	return o;
}

/* ---- the others ---- */

static json_t *vocab_json(const struct vocab_stats *v)
{
	json_t *o = json_object(), *lengths = json_array();

	text_json_set(o, "tokens", number(v->n));
	text_json_set(o, "shortest", number(v->shortest));
	text_json_set(o, "median", number(v->median));
	text_json_set(o, "longest", number(v->longest));
	for (size_t i = 0; i <= N_LENGTHS; i++)
		text_json_append(lengths, number(v->lengths[i]));
	text_json_set(o, "lengths", lengths);
	text_json_set(o, "leading_space", number(v->n_spaced));
	text_json_set(o, "not_utf8", number(v->n_not_utf8));
	text_json_set(o, "copies", number(v->n_copies));
	return o;
}

static json_t *cosines_json(const struct stats *s)
{
	json_t *o = json_object();

	text_json_set(o, "rows", number(s->n_cosines));
	text_json_set(o, "without",
		      number(s->n_cosines - s->cosine_spread.n));
	text_json_set(o, "mean", text_json_real(s->mean_cosine));
	text_json_set(o, "cosine", spread_json(&s->cosine_spread));
	return o;
}

static json_t *part_json(const struct part_stats *p)
{
	json_t *o = json_object();

	text_json_set(o, "name", json_string(p->name));
	text_json_set(o, "rows", number(p->m.rows));
	text_json_set(o, "cols", number(p->m.cols));
	text_json_set(o, p->m.rows > 1 ? "norm" : "element",
		      spread_json(&p->spread));
	text_json_set(o, "nan", number(p->n_nan));
	text_json_set(o, "infinite", number(p->n_inf));
	text_json_set(o, "zero", number(p->n_zero));
	return o;
}

json_t *stats_object(const struct stats *s)
{
	json_t *o = json_object(), *matrices = json_array();
	json_t *others = json_array();

	text_json_set(o, "vocabulary", vocab_json(&s->vocab));
	if (s->e.m.data)
		text_json_append(matrices, rows_json(&s->e));
	if (s->u.m.data)
		text_json_append(matrices, rows_json(&s->u));
	text_json_set(o, "matrices", matrices);
	text_json_set(o, "w_e_w_u", s->cosines ? cosines_json(s) : json_null());
	for (size_t i = 0; i < s->n_parts; i++)
		text_json_append(others, part_json(&s->parts[i]));
	text_json_set(o, "others", others);
	return o;
}

json_t *stats_json(const struct info *info)
{
	struct stats s;
	json_t *o;

	stats_read(&s, info);
	o = stats_object(&s);
	stats_free(&s);
	return o;
}
