/* SPDX-License-Identifier: MIT */
/*
 * lexicon.h - the words the grammar knows, and what goes with each
 *
 * Phrases are in the notation of grammar.c.  Every list ends with NULL, every
 * table with an entry whose first member is NULL.
 */
#ifndef SAMPLES_LEXICON_H
#define SAMPLES_LEXICON_H

#define MAX_HABITS 6

/* Two people who differ in gender only. */
struct pair {
	const char *name[2];	       /* man, woman */
	const char *plural[2];	       /* men, women */
	const char *habit[MAX_HABITS]; /* what both do */
};

/* A noun that can be counted. */
struct noun {
	const char *one;
	const char *more;
	const char *habit[MAX_HABITS];
};

struct verb {
	const char *base; /* also the present of a plural */
	const char *s;
	const char *past;
};

struct country {
	const char *name;
	const char *capital;
	const char *language;
	const char *leader;
	const char *title;
	int leader_gender; /* as in struct pair */
	const char *dish;
};

/* Two words that belong together, such as a thing and its colour. */
struct couple {
	const char *a;
	const char *b;
};

/* A list from which each use in a rule draws anew. */
struct list {
	const char *name;
	const char *const *words;
};

extern const struct pair kin[];	   /* of a family */
extern const struct pair others[]; /* everybody else with a noun */
extern const struct pair names[];  /* without plural and habits */
extern const struct noun animals[];
extern const struct noun things[];
extern const struct verb verbs[];
extern const struct country countries[];
extern const struct couple colours_of[];
extern const struct couple opposites[];
extern const struct couple seasons[]; /* and their weather */
extern const struct list lists[];
extern const char *const numbers[]; /* one ... */
extern const char *const days[];
extern const char *const months[];

#endif /* SAMPLES_LEXICON_H */
