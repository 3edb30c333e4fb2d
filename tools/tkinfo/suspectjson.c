/* SPDX-License-Identifier: MIT */
/*
 * suspectjson.c - tokens that training seems to have left, as JSON
 */
#include <math.h>

#include "cli.h"
#include "suspect.h"
#include "text.h"

static json_t *number(uint64_t x)
{
	return json_integer((json_int_t)x);
}

static json_t *token_json(const struct suspect *s, uint32_t id)
{
	json_t *o = json_object();
	struct tk_bytes token;
	struct tk_error err;

	if (tk_model_token(&token, s->info->model, id, &err))
		cli_die_error(s->info->path, &err);
	text_json_set(o, "id", number(id));
	text_json_token(o, token);
	return o;
}

/* ---- why ---- */

static void say(json_t *whys, bool is_so, const char *why)
{
	if (is_so)
		text_json_append(whys, json_string(why));
}

static void set_why(json_t *o, const struct reach *r, uint32_t id)
{
	json_t *whys = json_array();
	const uint8_t bits = r->bits[id];

	say(whys, bits & REACH_EMPTY, "empty");
	say(whys, bits & REACH_NEVER, "not_in_utf8");
	say(whys, bits & REACH_COPY, "same_bytes");
	say(whys, bits & REACH_UNUSED, "says_unused");
	say(whys, bits & REACH_PART, "not_utf8");
	say(whys, bits & REACH_CONTROL, "control");
	say(whys, bits & REACH_BYTE, "byte");
	text_json_set(o, "why", whys);
	if (bits & REACH_COPY)
		text_json_set(o, "same_bytes_as", number(r->same[id]));
}

/* ---- ranked ---- */

static json_t *number_at(const float *x, uint32_t id)
{
	return x ? text_json_real((double)x[id]) : json_null();
}

static json_t *suspect_token(const struct suspect *s, uint32_t id)
{
	json_t *o = token_json(s, id);

	text_json_set(o, "norm", number_at(s->rows.norms, id));
	text_json_set(o, "cosine_distance", number_at(s->cosine, id));
	text_json_set(o, "l2_distance", number_at(s->l2, id));
	text_json_set(o, "cosine_distance_without_pc",
		      number_at(s->without_pc, id));
	text_json_set(o, "candidate",
		      json_boolean((double)s->key[id] < s->candidate));
	text_json_set(o, "far_out",
		      json_boolean((double)s->key[id] < s->far_out));
	set_why(o, &s->reach, id);
	if (s->rows.twin[id] != TK_NO_ID)
		text_json_set(o, "same_row_as", number(s->rows.twin[id]));
	return o;
}

static json_t *unused_json(const struct suspect *s)
{
	static const char *const whys[N_UNUSED] = {
		[UNUSED_NAMED] = "says_unused",
		[UNUSED_NEVER] = "not_in_utf8",
		[UNUSED_BYTE] = "byte_of_text",
		[UNUSED_PADDING] = "padding",
	};
	const uint64_t rows = s->other.data ? s->other.rows : s->rows.m.rows;
	json_t *o = json_object(), *ids = json_array();

	for (int why = UNUSED_NAMED; why < N_UNUSED; why++)
		text_json_set(o, whys[why], number(s->n_unused[why]));
	text_json_set(o, "in_mean", number(s->n_reference));
	for (uint64_t row = 0; s->unused && row < rows; row++)
		if (s->unused[row])
			text_json_append(ids, number(row));
	text_json_set(o, "rows", ids);
	return o;
}

/* Tokens with one of the bits 'any' and none of 'none'. */
static json_t *reach_json(const struct suspect *s, uint8_t any, uint8_t none)
{
	json_t *a = json_array();

	for (uint32_t id = 0; id < s->reach.n; id++) {
		const uint8_t bits = s->reach.bits[id];
		json_t *o;

		if (!(bits & any) || bits & none)
			continue;
		o = token_json(s, id);
		set_why(o, &s->reach, id);
		text_json_append(a, o);
	}
	return a;
}

json_t *suspect_json(const struct info *info, size_t k)
{
	json_t *o = json_object(), *tokens = json_array();
	struct suspect s;
	bool any;

	suspect_read(&s, info);
	any = s.spread.n > 0;
	text_json_set(o, "indicator",
		      !s.rows.m.data ? json_null()
		      : s.by_norm    ? json_string("norm")
				     : json_string("cosine_distance"));
	text_json_set(o, "norms_of",
		      s.rows.m.data ? json_string(s.rows.name) : json_null());
	text_json_set(o, "unused", unused_json(&s));
	text_json_set(o, "ranked", number(s.spread.n));
	text_json_set(o, "unranked", number(s.n_unranked));
	text_json_set(o, "median",
		      any ? text_json_real(spread_quantile(&s.spread, 0.5))
			  : json_null());
	text_json_set(o, "candidates_below",
		      any ? text_json_real(s.candidate) : json_null());
	text_json_set(o, "far_out_below",
		      any ? text_json_real(s.far_out) : json_null());
	text_json_set(o, "far_out", number(s.n_far_out));
	for (size_t i = 0; i < s.spread.n && i < k; i++)
		text_json_append(tokens, suspect_token(&s, suspect_at(&s, i)));
	text_json_set(o, "tokens", tokens);
	text_json_set(o, "unreachable", reach_json(&s, REACH_NOT, 0));
	text_json_set(o, "undecodable", reach_json(&s, REACH_PART, 0));
	text_json_set(o, "copies_known", json_boolean(s.reach.has_copies));
	suspect_free(&s);
	return o;
}
