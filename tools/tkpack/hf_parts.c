/* SPDX-License-Identifier: MIT */
/*
 * hf_parts.c - which tensor is W_E, which is W_U, ...
 *
 * The family is the one whose name for W_E is there.  If two families' names
 * are there, one of them is asked for, unless the first counts the other's
 * among its own (t5 has "shared" and, saved twice, the decoder's).
 */
#include "hf_parts.h"

#include <stdio.h>
#include <string.h>

#define MAX_NAME 160
#define MAX_FOUND 8

struct candidate {
	const struct family *family;
	const char *wrapper;
	char name[MAX_NAME];
};

/* A search under way. */
struct search {
	struct weights *w;
	struct source *s;
	const struct source_options *opt;
	struct candidate found[MAX_FOUND];
	size_t n;
};

/* out = wrapper + word 'i' of 'names'; false if there are fewer. */
static bool full_name(char out[MAX_NAME], const char *wrapper,
		      const char *names, size_t i)
{
	size_t n = strlen(wrapper);

	memcpy(out, wrapper, n + 1);
	return family_word(out + n, MAX_NAME - n, names, i);
}

static bool is_name_of(const char *name, const char *wrapper,
		       const char *names)
{
	char own[MAX_NAME];

	for (size_t i = 0; full_name(own, wrapper, names, i); i++)
		if (!strcmp(own, name))
			return true;
	return false;
}

static const char *quoted(struct source *s, const char *name)
{
	return source_quote(s, name, strlen(name), 80);
}

/* ---- W_E and the family ---- */

/* The first of the family's names that is there becomes a candidate. */
static void try_family(struct search *sr, const struct family *f,
		       const char *wrapper)
{
	struct candidate *c = &sr->found[sr->n];
	size_t i = 0;

	if (sr->n == MAX_FOUND)
		return;
	while (full_name(c->name, wrapper, f->names[PART_W_E], i++)) {
		if (!weights_has(sr->w, c->name))
			continue;
		for (size_t k = 0; k < sr->n; k++)
			if (!strcmp(sr->found[k].name, c->name))
				return;
		c->family = f;
		c->wrapper = wrapper;
		sr->n++;
		return;
	}
}

/* True if another candidate's family knows this name as its own. */
static bool is_explained(const struct search *sr, size_t i)
{
	const struct candidate *c = &sr->found[i];

	for (size_t k = 0; k < sr->n; k++)
		if (k != i && sr->found[k].wrapper == c->wrapper &&
		    is_name_of(c->name, c->wrapper,
			       sr->found[k].family->names[PART_W_E]))
			return true;
	return false;
}

static int fail_ambiguous(struct source *s, const char *what,
			  const char *option, const char *a, const char *b)
{
	return source_fail(s, "%s could be tensor %s or %s: say which with "
			      "--%s NAME",
			   what, quoted(s, a), quoted(s, b), option);
}

static int detect(const struct candidate **out, struct search *sr,
		  uint64_t vocab_size)
{
	*out = NULL;
	for (size_t k = 0; k < n_family_wrappers; k++)
		for (size_t i = 0; i < n_families; i++)
			try_family(sr, &families[i], family_wrappers[k]);
	for (size_t i = 0; i < sr->n; i++) {
		if (is_explained(sr, i))
			continue;
		if (*out)
			return fail_ambiguous(sr->s, "W_E", "embed",
					      (*out)->name, sr->found[i].name);
		*out = &sr->found[i];
	}
	if (*out)
		return 0;
	return source_fail(sr->s, "%s: no tensor has a name known for W_E; "
			      "give one with --embed NAME, of: %s",
			   sr->w->path,
			   weights_candidates(sr->w, sr->s, vocab_size));
}

/* --embed NAME may still be a name that tells the family. */
static int choose(const struct candidate **out, struct search *sr,
		  uint64_t vocab_size)
{
	struct candidate *c = &sr->found[0];
	const char *name = sr->opt->embed;

	*out = c;
	if (strlen(name) >= MAX_NAME || !weights_has(sr->w, name))
		return source_fail(sr->s, "%s: has no tensor %s; there are %s",
				   sr->w->path, quoted(sr->s, name),
				   weights_candidates(sr->w, sr->s,
						      vocab_size));
	memcpy(c->name, name, strlen(name) + 1);
	c->family = &family_unknown;
	c->wrapper = "";
	for (size_t k = 0; k < n_family_wrappers; k++)
		for (size_t i = 0; i < n_families; i++) {
			const char *names = families[i].names[PART_W_E];

			if (!is_name_of(name, family_wrappers[k], names))
				continue;
			c->family = &families[i];
			c->wrapper = family_wrappers[k];
			return 0;
		}
	source_note(sr->s, "%s is no family's name for W_E: W_U and the final "
			   "norm were looked for under the usual names",
		    quoted(sr->s, name));
	return 0;
}

/* ---- the other parts ---- */

/* The output side of a wrapped model may stand outside of the wrapper. */
static int find_outside(const struct tensor **out, struct search *sr,
			enum part part, const char *names)
{
	char name[MAX_NAME];

	for (size_t i = 0; full_name(name, "", names, i); i++) {
		if (!weights_has(sr->w, name))
			continue;
		if (*out)
			return fail_ambiguous(sr->s, part_name(part),
					      "unembed", (*out)->name, name);
		return weights_get(out, sr->w, sr->s, name);
	}
	return 0;
}

static int find_part(struct hf_parts *p, struct search *sr, enum part part)
{
	const char *names = p->family->names[part];
	const struct tensor **out = &p->at[part];
	char name[MAX_NAME];

	for (size_t i = 0; full_name(name, p->wrapper, names, i); i++) {
		if (!weights_has(sr->w, name))
			continue;
		if (weights_get(out, sr->w, sr->s, name))
			return -1;
		break;
	}
	if ((part != PART_W_U && part != PART_B_U) || !*p->wrapper)
		return 0;
	return find_outside(out, sr, part, names);
}

static int find_w_u(struct hf_parts *p, struct search *sr)
{
	const char *name = sr->opt->unembed;

	if (!name)
		return find_part(p, sr, PART_W_U);
	if (!weights_has(sr->w, name))
		return source_fail(sr->s, "%s: has no tensor %s; there are %s",
				   sr->w->path, quoted(sr->s, name),
				   weights_candidates(sr->w, sr->s, 0));
	return weights_get(&p->at[PART_W_U], sr->w, sr->s, name);
}

int hf_parts_find(struct hf_parts *p, struct weights *w, struct source *s,
		  const struct source_options *opt, uint64_t vocab_size)
{
	struct search sr = {.w = w, .s = s, .opt = opt};
	const struct candidate *c;

	memset(p, 0, sizeof(*p));
	if (opt->embed ? choose(&c, &sr, vocab_size)
		       : detect(&c, &sr, vocab_size))
		return -1;
	p->family = c->family;
	p->wrapper = c->wrapper;
	if (weights_get(&p->at[PART_W_E], w, s, c->name) || find_w_u(p, &sr))
		return -1;
	for (enum part i = PART_B_U; i < N_PARTS; i++)
		if (find_part(p, &sr, i))
			return -1;
	if (p->family->note)
		source_note(s, "%s", p->family->note);
	return 0;
}
