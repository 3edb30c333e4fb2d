/* SPDX-License-Identifier: MIT */
/*
 * diff_json.c - what differs, for programs
 */
#include "tkdiff.h"

#include <math.h>

#include "names.h"
#include "text.h"

static json_t *number(uint64_t x)
{
	return json_integer((json_int_t)x);
}

/* ---- vocabulary ---- */

static json_t *token_json(const struct side *s, uint32_t id)
{
	json_t *o = json_object();

	text_json_token(o, side_shown_token(s, id));
	text_json_set(o, "id", number(id));
	return o;
}

static json_t *changed_json(const struct vocab_diff *d,
			    const struct token_change *c)
{
	const struct side *sides[2] = {d->a, d->b};
	const uint32_t ids[2] = {c->a, c->b};
	json_t *o = json_object();

	for (int i = 0; i < 2; i++) {
		json_t *t = token_json(sides[i], ids[i]);
		const struct tk_model *m = sides[i]->model;

		if (c->kind)
			text_json_set(t, "kind",
				      json_string(token_kind_name(
					      tk_model_token_kind(m, ids[i]))));
		if (c->score)
			text_json_set(t, "score",
				      text_json_real((double)
						     tk_model_token_score(
							     m, ids[i])));
		text_json_set(o, i ? "b" : "a", t);
	}
	return o;
}

static json_t *change_json(const struct vocab_diff *d, enum change change,
			   const struct token_change *c)
{
	json_t *o;

	switch (change) {
	case CHANGE_ADDED:
		return token_json(d->b, c->b);
	case CHANGE_REMOVED:
		return token_json(d->a, c->a);
	case CHANGE_CHANGED:
		return changed_json(d, c);
	case CHANGE_RENUMBERED:
		break;
	}
	o = json_object();
	text_json_token(o, side_shown_token(d->a, c->a));
	text_json_set(o, "id_a", number(c->a));
	text_json_set(o, "id_b", number(c->b));
	return o;
}

static json_t *vocabulary_json(const struct report *r)
{
	const struct vocab_diff *d = &r->vocab;
	json_t *o = json_object(), *listed = json_object();

	for (int i = 0; i < N_CHANGES; i++)
		text_json_set(o, change_names[i], number(d->n[i]));
	for (int i = 0; i < N_CHANGES; i++) {
		json_t *list = json_array();
		struct token_change c;
		uint32_t at = 0;

		for (size_t n = 0; d->n[i] && n < r->set->top &&
				   vocab_next(&c, d, (enum change)i, &at);
		     n++)
			text_json_append(list,
					 change_json(d, (enum change)i, &c));
		text_json_set(listed, change_names[i], list);
	}
	text_json_set(o, "by", json_string(r->set->by == BY_ID ? "id"
							       : "token"));
	text_json_set(o, "listed", listed);
	return o;
}

/* ---- matrices ---- */

static json_t *table_json(const struct table *t, bool is_w_u)
{
	json_t *o;

	if (!table_is_there(t))
		return json_null();
	o = json_object();
	text_json_set(o, "dtype", json_string(tk_dtype_name(t->s.dtype)));
	text_json_set(o, "rows", number(t->s.rows));
	text_json_set(o, "cols", number(t->s.cols));
	if (is_w_u && t->s.kind == TK_KIND_W_E)
		text_json_set(o, "alias_of", json_string("W_E"));
	return o;
}

static json_t *moved_json(const struct report *r, const struct moved *m)
{
	json_t *o = json_object();

	if (m->a < tk_model_vocab(r->a->model).n_tokens)
		text_json_token(o, side_shown_token(r->a, m->a));
	else
		text_json_set(o, "token", json_null());
	text_json_set(o, "id_a", number(m->a));
	text_json_set(o, "id_b", number(m->b));
	text_json_set(o, "cos", text_json_real(m->cos));
	text_json_set(o, "max_abs", text_json_real(m->max_abs));
	text_json_set(o, "finite", json_boolean(!m->unfit));
	return o;
}

static json_t *rounding_json(const struct table_pair *p,
			     const struct row_diff *d)
{
	json_t *o = json_object();

	text_json_set(o, "dtype",
		      json_string(tk_dtype_name((uint16_t)tk_delta_rounding(
			      p->a.m.dtype, p->b.m.dtype))));
	text_json_set(o, "explains", json_boolean(!d->beyond));
	text_json_set(o, "elements_beyond", number(d->beyond));
	return o;
}

/* Cosines of rows that did not move are 1. */
static void set_cosines(json_t *o, const struct row_diff *d)
{
	const double mean = d->with_cos ? d->sum_cos / (double)d->with_cos
			    : d->moved	? (double)NAN
					: 1;
	const double least = d->with_cos ? d->least.cos : mean;

	text_json_set(o, "mean_cos", text_json_real(mean));
	text_json_set(o, "min_cos", text_json_real(least));
}

static void set_rows(json_t *o, const struct report *r, size_t i)
{
	const struct table_pair *p = &r->pairs[i];
	const struct row_diff *d = &r->rows[i];
	json_t *top = json_array();

	text_json_set(o, "rows_differ", number(d->differ));
	text_json_set(o, "rows", number(d->rows));
	text_json_set(o, "max_abs", text_json_real(d->max.max_abs));
	set_cosines(o, d);
	text_json_set(o, "rows_within", number(d->moved - d->differ));
	text_json_set(o, "rows_only_a", number(d->only_a));
	text_json_set(o, "rows_only_b", number(d->only_b));
	text_json_set(o, "elements_differ", number(d->elements));
	text_json_set(o, "elements_not_finite", number(d->unfit));
	text_json_set(o, "rounding", rounding_json(p, d));
	for (size_t k = 0; k < d->top.n; k++)
		text_json_append(top, moved_json(r, &d->top.list[k]));
	text_json_set(o, "top", top);
}

static json_t *pair_json(const struct report *r, size_t i)
{
	const struct table_pair *p = &r->pairs[i];
	const bool is_w_u = p->name[0] == 'W' && p->name[2] == 'U';
	const bool comparable = tables_are_comparable(p);
	json_t *o = json_object();

	text_json_set(o, "name", json_string(p->name));
	text_json_set(o, "same", json_boolean(!pair_counts(r, i)));
	text_json_set(o, "a", table_json(&p->a, is_w_u));
	text_json_set(o, "b", table_json(&p->b, is_w_u));
	text_json_set(o, "comparable", json_boolean(comparable));
	if (comparable) {
		set_rows(o, r, i);
		return o;
	}
	text_json_set(o, "rows_differ", json_null());
	text_json_set(o, "rows", number(0));
	text_json_set(o, "max_abs", json_null());
	text_json_set(o, "mean_cos", json_null());
	text_json_set(o, "top", json_array());
	return o;
}

/* Of files with the same content: from the table alone. */
static void append_equal(json_t *array, const struct side *s)
{
	for (size_t i = 0; i < tk_container_count(s->file); i++) {
		const struct tk_section t = tk_container_section(s->file, i);
		json_t *o;

		if (t.dtype == TK_BYTES || t.kind >= TK_KIND_FREE)
			continue;
		o = json_object();
		text_json_set(o, "name", json_string(matrix_name(&t)));
		text_json_set(o, "same", json_true());
		text_json_set(o, "rows_differ", number(0));
		text_json_set(o, "rows",
			      number(t.kind == TK_KIND_B_U ? t.cols : t.rows));
		text_json_set(o, "max_abs", json_real(0));
		text_json_set(o, "mean_cos", json_real(1));
		text_json_set(o, "top", json_array());
		text_json_append(array, o);
	}
}

static json_t *matrices_json(const struct report *r)
{
	json_t *array = json_array();

	if (r->identity >= IDENTITY_CONTENT)
		append_equal(array, r->a);
	for (size_t i = 0; i < r->n_pairs; i++)
		text_json_append(array, pair_json(r, i));
	return array;
}

/* ---- sections ---- */

static json_t *digest_json(const struct tk_section *s)
{
	char text[33];

	if (!s)
		return json_null();
	text_digest(text, s->digest);
	return json_string(text);
}

static json_t *sections_json(const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->sections.n; i++) {
		const struct section_diff *d = &r->sections.list[i];
		json_t *o = json_object();

		text_json_set(o, "kind", number(d->kind));
		text_json_set(o, "name", json_string(d->name));
		text_json_set(o, "a", digest_json(d->a));
		text_json_set(o, "b", digest_json(d->b));
		text_json_set(o, "content", json_boolean(d->counts));
		text_json_append(array, o);
	}
	return array;
}

/* ---- predictions ---- */

static json_t *shift_json(const struct report *r)
{
	const struct shift *s = &r->shift;
	const double n = s->contexts ? (double)s->contexts : 1;
	const bool none = s->done && s->infinite == s->contexts;
	json_t *o = json_object();

	text_json_set(o, "contexts", number(s->contexts));
	text_json_set(o, "length", number(s->length));
	text_json_set(o, "seed", number(r->set->seed));
	text_json_set(o, "common_tokens", number(s->tokens));
	text_json_set(o, "mean_kl",
		      none ? json_null() : text_json_real(s->mean_kl));
	text_json_set(o, "max_kl",
		      none ? json_null() : text_json_real(s->max_kl));
	text_json_set(o, "infinite_kl", number(s->infinite));
	text_json_set(o, "top1_agreement",
		      text_json_real(s->done ? (double)s->agree / n : 1));
	text_json_set(o, "mass_a", text_json_real(s->done ? s->mass_a : 1));
	text_json_set(o, "mass_b", text_json_real(s->done ? s->mass_b : 1));
	if (s->done && s->worst_a != NO_MATCH) {
		json_t *worst = json_object();

		text_json_token(worst, side_shown_token(r->a, s->worst_a));
		text_json_set(worst, "id_a", number(s->worst_a));
		text_json_set(worst, "id_b", number(s->worst_b));
		text_json_set(o, "after", worst);
	}
	return o;
}

/* ---- all of it ---- */

static json_t *tolerance_json(const struct settings *set)
{
	switch (set->tolerance) {
	case TOLERANCE_NUMBER:
		return json_real(set->most);
	case TOLERANCE_ROUNDING:
		return json_string("rounding");
	default:
		return json_null();
	}
}

void report_json(const struct report *r)
{
	json_t *o = json_object();

	text_json_set(o, "schema", json_string("tkdiff/1"));
	text_json_set(o, "a", text_json(text_bytes(r->a->path)));
	text_json_set(o, "b", text_json(text_bytes(r->b->path)));
	text_json_set(o, "same", json_boolean(r->same));
	text_json_set(o, "identity", json_string(identity_names[r->identity]));
	text_json_set(o, "tolerance", tolerance_json(r->set));
	text_json_set(o, "hyperparameters", json_incref(r->hparams));
	text_json_set(o, "tokenizer", json_incref(r->tokenizer));
	text_json_set(o, "vocabulary", vocabulary_json(r));
	text_json_set(o, "matrices", matrices_json(r));
	text_json_set(o, "sections", sections_json(r));
	if (r->set->contexts)
		text_json_set(o, "prediction", shift_json(r));
	text_json_print(o);
}
