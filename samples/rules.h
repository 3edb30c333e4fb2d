/* SPDX-License-Identifier: MIT */
/*
 * rules.h - what a text can be about, and how it may go
 *
 * A rule is a row of words.  grammar.c replaces
 *
 *     this|that|    by one of the alternatives, which may be empty
 *     $slot         by what the cast of this text has there, or by a word
 *                   drawn from the list of that name (lexicon.c)
 *     &verb, <verb  by the present and the past form for the number of the
 *                   noun in the cast
 *     a             by "an" before a vowel
 */
#ifndef SAMPLES_RULES_H
#define SAMPLES_RULES_H

#include <stddef.h>

/* Which table the cast's noun and person come from. */
enum about {
	ABOUT_PEOPLE,
	ABOUT_CROWDS, /* of people */
	ABOUT_KIN,
	ABOUT_NAMES,
	ABOUT_ANIMALS,
	ABOUT_THINGS,
};

struct topic {
	unsigned weight; /* 0 ends the table */
	enum about about;
	const char *const *rules; /* [n_rules], equally likely */
	size_t n_rules;
};

extern const struct topic topics[];

#endif /* SAMPLES_RULES_H */
