/* SPDX-License-Identifier: MIT */
/*
 * vocabdiff.c - tokens that were added, removed, renumbered or changed
 *
 *                by id                          by token
 *     added      ids that only B has            tokens that only B has
 *     removed    ids that only A has            tokens that only A has
 *     renumbered tokens that both have, each with another id
 *     changed    another token, kind or score   another kind or score of the
 *                of the same id                 same token
 */
#include "tkdiff.h"

#include <string.h>

const char *const change_names[N_CHANGES] = {
	[CHANGE_ADDED] = "added",
	[CHANGE_REMOVED] = "removed",
	[CHANGE_RENUMBERED] = "renumbered",
	[CHANGE_CHANGED] = "changed",
};

static uint32_t b_of_a(const struct match *m, uint32_t a)
{
	return m->identity ? a : m->b_of_a[a];
}

static uint32_t a_of_b(const struct match *m, uint32_t b)
{
	return m->identity ? b : m->a_of_b[b];
}

/* Scores are the same if their bits are. */
static bool is_same_score(float x, float y)
{
	uint32_t a, b;

	memcpy(&a, &x, sizeof(a));
	memcpy(&b, &y, sizeof(b));
	return a == b;
}

/* Token a beside token b: what of them is not the same? */
static bool is_changed(struct token_change *c, const struct vocab_diff *d)
{
	const struct tk_model *x = d->a->model, *y = d->b->model;

	/* Tokens of the same id and bytes are partners. */
	c->bytes = b_of_a(d->match, c->a) != c->b;
	c->kind = tk_model_token_kind(x, c->a) != tk_model_token_kind(y, c->b);
	c->score = !is_same_score(tk_model_token_score(x, c->a),
				  tk_model_token_score(y, c->b));
	return c->bytes || c->kind || c->score;
}

/* ---- one id of each kind of change ---- */

static bool is_added(struct token_change *c, const struct vocab_diff *d,
		     uint32_t id)
{
	*c = (struct token_change){.a = NO_MATCH, .b = id};
	return d->by == BY_ID ? id >= d->match->n_a
			      : a_of_b(d->match, id) == NO_MATCH;
}

static bool is_removed(struct token_change *c, const struct vocab_diff *d,
		       uint32_t id)
{
	*c = (struct token_change){.a = id, .b = NO_MATCH};
	return d->by == BY_ID ? id >= d->match->n_b
			      : b_of_a(d->match, id) == NO_MATCH;
}

static bool is_renumbered(struct token_change *c, const struct vocab_diff *d,
			  uint32_t id)
{
	*c = (struct token_change){.a = id, .b = b_of_a(d->match, id)};
	return c->b != NO_MATCH && c->b != id;
}

static bool is_other(struct token_change *c, const struct vocab_diff *d,
		     uint32_t id)
{
	*c = (struct token_change){
		.a = id, .b = d->by == BY_ID ? id : b_of_a(d->match, id)};
	return c->b != NO_MATCH && c->b < d->match->n_b && is_changed(c, d);
}

bool vocab_next(struct token_change *out, const struct vocab_diff *d,
		enum change change, uint32_t *at)
{
	const uint32_t end =
		change == CHANGE_ADDED ? d->match->n_b : d->match->n_a;

	while (*at < end) {
		const uint32_t id = (*at)++;
		bool found = false;

		switch (change) {
		case CHANGE_ADDED:
			found = is_added(out, d, id);
			break;
		case CHANGE_REMOVED:
			found = is_removed(out, d, id);
			break;
		case CHANGE_RENUMBERED:
			found = is_renumbered(out, d, id);
			break;
		case CHANGE_CHANGED:
			found = is_other(out, d, id);
		}
		if (found)
			return true;
	}
	return false;
}

void vocab_compare(struct vocab_diff *out, const struct side *a,
		   const struct side *b, const struct match *match,
		   enum by by)
{
	struct token_change c;

	*out = (struct vocab_diff){.by = by, .a = a, .b = b, .match = match};
	if (sides_have_the_same_tokens(a, b))
		return;
	for (int change = 0; change < N_CHANGES; change++) {
		uint32_t at = 0;

		while (vocab_next(&c, out, (enum change)change, &at))
			out->n[change]++;
	}
}

bool vocab_differs(const struct vocab_diff *d)
{
	for (int change = 0; change < N_CHANGES; change++)
		if (d->n[change])
			return true;
	return false;
}
