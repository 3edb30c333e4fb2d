/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - same or not, and what that depends on
 *
 * Without a tolerance, two files are the same if their content is: the
 * digests say so, and say in which sections it is not.  With one, what counts
 * is what the model means: how its numbers are stored does not.
 */
#include "tkdiff.h"

#include <string.h>

#include "names.h"

#define N_PLACES 12

bool section_counts(const struct report *r, const struct section_diff *d)
{
	if (r->set->tolerance == TOLERANCE_NONE)
		return d->counts;
	/* The others are compared by what is in them. */
	return d->kind == TK_KIND_MERGES || d->kind == TK_KIND_CHARSMAP;
}

bool hparams_count(const struct report *r)
{
	if (r->set->tolerance != TOLERANCE_NONE &&
	    keys_is_tied_only(r->hparams))
		return false;
	return json_array_size(r->hparams) > 0;
}

bool pair_counts(const struct report *r, size_t i)
{
	const struct table_pair *p = &r->pairs[i];
	const struct row_diff *d = &r->rows[i];

	if (p->same)
		return false;
	return !tables_are_comparable(p) || d->only_a || d->only_b ||
	       d->differ ||
	       (r->set->tolerance == TOLERANCE_NONE && !p->equal);
}

/* ---- parts ---- */

static const char *part_name(const struct section_diff *d)
{
	switch (d->kind) {
	case TK_KIND_HPARAMS:
		return "hyperparameters";
	case TK_KIND_VOCAB:
		return "vocabulary";
	default:
		return matrix_name(d->a ? d->a : d->b);
	}
}

static void put_compared(const struct report *r,
			 void (*put)(void *context, const char *part),
			 void *context)
{
	if (hparams_count(r))
		put(context, "hyperparameters");
	if (vocab_differs(&r->vocab))
		put(context, "vocabulary");
	if (json_array_size(r->tokenizer))
		put(context, "tokenizer");
	for (size_t i = 0; i < r->n_pairs; i++)
		if (pair_counts(r, i))
			put(context, r->pairs[i].name);
}

/* Its place in the report; what has none there comes last. */
static size_t place_of(uint32_t kind)
{
	static const uint32_t kinds[] = {
		TK_KIND_HPARAMS,	   TK_KIND_VOCAB,
		TK_KIND_TOKENIZER,	   TK_KIND_W_E,
		TK_KIND_W_U,		   TK_KIND_B_U,
		TK_KIND_MIX,		   TK_KIND_FINAL_NORM_WEIGHT,
		TK_KIND_FINAL_NORM_BIAS,   TK_KIND_EMBED_NORM_WEIGHT,
		TK_KIND_EMBED_NORM_BIAS,
	};
	size_t i = 0;

	while (i < N_PLACES - 1 && kinds[i] != kind)
		i++;
	return i;
}

void verdict_parts(const struct report *r,
		   void (*put)(void *context, const char *part),
		   void *context)
{
	if (r->set->tolerance != TOLERANCE_NONE)
		put_compared(r, put, context);
	for (size_t place = 0; place < N_PLACES; place++)
		for (size_t i = 0; i < r->sections.n; i++) {
			const struct section_diff *d = &r->sections.list[i];

			if (place_of(d->kind) == place && section_counts(r, d))
				put(context, part_name(d));
		}
}

static void count(void *n, const char *part)
{
	(void)part;
	++*(size_t *)n;
}

bool verdict_is_value(const struct report *r)
{
	const struct settings exact = {.tolerance = TOLERANCE_NUMBER};
	struct report strict = *r;
	size_t n = 0;

	strict.set = &exact;
	verdict_parts(&strict, count, &n);
	for (size_t i = 0; i < r->n_pairs; i++)
		n += r->rows[i].moved > 0;
	return !n;
}

bool verdict_is_same(const struct report *r)
{
	size_t n = 0;

	if (r->identity >= IDENTITY_CONTENT)
		return true;
	if (r->set->tolerance == TOLERANCE_NONE)
		return false;
	verdict_parts(r, count, &n);
	return !n;
}
