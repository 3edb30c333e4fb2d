/* SPDX-License-Identifier: MIT */
/*
 * grammar.c - draws a text: a topic, a rule, a cast, then word after word
 *
 * The random numbers start from the text's index, so texts do not depend on
 * each other.
 */
#include "grammar.h"

#include <stdbool.h>
#include <string.h>

#include "lexicon.h"
#include "random.h"
#include "rules.h"

/* What the slots of one text stand for. */
#define MAX_SLOTS 64

struct slot {
	const char *name;
	const char *phrase;
};

struct cast {
	uint64_t random; /* state of the generator */
	bool plural;
	size_t n_slots;
	struct slot slots[MAX_SLOTS];
};

/* A number below n. */
static size_t draw(struct cast *c, size_t n)
{
	return random_below(&c->random, n);
}

/* One of the words before the NULL. */
static const char *draw_word(struct cast *c, const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return words[draw(c, n)];
}

static void set(struct cast *c, const char *name, const char *phrase)
{
	c->slots[c->n_slots++] = (struct slot){name, phrase};
}

/* ---- the cast ---- */

static const struct pair *draw_pair(struct cast *c, enum about about)
{
	const struct pair *table = others;
	size_t n = 0;

	if (about == ABOUT_NAMES)
		table = names;
	else if (about == ABOUT_KIN ||
		 ((about == ABOUT_PEOPLE || about == ABOUT_CROWDS) &&
		  !draw(c, 3)))
		table = kin;
	while (table[n].name[0])
		n++;
	return &table[draw(c, n)];
}

static const struct noun *draw_noun(struct cast *c, const struct noun *table)
{
	size_t n = 0;

	while (table[n].one)
		n++;
	return &table[draw(c, n)];
}

static void cast_gender(struct cast *c, size_t g)
{
	static const char *const he[] = {"he", "she"};
	static const char *const his[] = {"his", "her"};
	static const char *const him[] = {"him", "her"};
	static const char *const himself[] = {"himself", "herself"};
	static const char *const sir[] = {"sir", "madam"};
	static const char *const child[] = {"boy", "girl"};

	set(c, "he", he[g]);
	set(c, "his", his[g]);
	set(c, "him", him[g]);
	set(c, "himself", himself[g]);
	set(c, "sir", sir[g]);
	set(c, "child", child[g]);
	set(c, "person", others[0].name[g]);
	set(c, "relative", draw_pair(c, ABOUT_KIN)->name[g]);
}

static void cast_person(struct cast *c, const struct pair *p, size_t g)
{
	set(c, "man", p->name[g]);
	set(c, "other", p->name[1 - g]);
	if (p->habit[0])
		set(c, "does", draw_word(c, p->habit));
	cast_gender(c, g);
}

/*
 * How many there are: one to five, or six for "many".  The more there are,
 * the less often they are alone.
 */
static void cast_number(struct cast *c, size_t number)
{
	static const char *const det[] = {
	    "one|a|the|this",	     "two|two|the|these",
	    "three|three|the|these", "four|four|the|these",
	    "five|five|the|these",   "many|some|the|these"};

	c->plural = number > 1;
	set(c, "det", det[number - 1]);
	set(c, "number", number > 5 ? "many" : numbers[number - 1]);
	set(c, "company", draw(c, 5) + 1 < number ? "together" : "alone");
}

static void cast_they(struct cast *c, enum about about, size_t g)
{
	static const char *const he[] = {"he", "she", "it"};
	static const char *const self[] = {"himself", "herself", "itself"};
	size_t i = about == ABOUT_CROWDS ? g : 2;

	set(c, "they", c->plural ? "they" : he[i]);
	set(c, "themselves", c->plural ? "themselves" : self[i]);
}

static void cast_noun(struct cast *c, enum about about,
		      const struct pair *person, size_t g)
{
	const struct noun *n =
	    draw_noun(c, about == ABOUT_THINGS ? things : animals);
	const char *one = n->one, *more = n->more;

	if (about == ABOUT_CROWDS) {
		one = person->name[g];
		more = person->plural[g];
	}
	cast_they(c, about, g);
	set(c, "noun", c->plural ? more : one);
	set(c, "bare", c->plural ? "$noun" : "a $noun");
	set(c, "single", one);
	set(c, "nouns", more);
	set(c, "habit", draw_word(c, n->habit));
	set(c, "animal", draw_noun(c, animals)->one);
	set(c, "thing", draw_noun(c, things)->one);
}

static void cast_country(struct cast *c)
{
	const struct country *k = countries;
	size_t n = 0;

	while (k[n].name)
		n++;
	k += draw(c, n);
	set(c, "country", k->name);
	set(c, "capital", k->capital);
	set(c, "language", k->language);
	set(c, "leader", k->leader);
	set(c, "title", k->title);
	set(c, "dish", k->dish);
	set(c, "lhe", k->leader_gender ? "she" : "he");
}

static const struct couple *draw_couple(struct cast *c,
					const struct couple *table)
{
	size_t n = 0;

	while (table[n].a)
		n++;
	return &table[draw(c, n)];
}

static void cast_nature(struct cast *c)
{
	const struct couple *stuff = draw_couple(c, colours_of);
	const struct couple *season = draw_couple(c, seasons);
	const struct couple *opposite = draw_couple(c, opposites);
	bool swap = draw(c, 2);
	size_t day = draw(c, 7), month = draw(c, 12);

	set(c, "stuff", stuff->a);
	set(c, "stuff_colour", stuff->b);
	set(c, "season", season->a);
	set(c, "weather", season->b);
	set(c, "this", swap ? opposite->b : opposite->a);
	set(c, "that", swap ? opposite->a : opposite->b);
	set(c, "today", days[day]);
	set(c, "tomorrow", days[(day + 1) % 7]);
	set(c, "this_month", months[month]);
	set(c, "next_month", months[(month + 1) % 12]);
}

/* ---- the words ---- */

/* The word from 'p' to the next blank; moves p behind it. */
static struct tk_bytes next_word(const char **p)
{
	size_t len = strcspn(*p, " ");
	struct tk_bytes w = {(const uint8_t *)*p, len};

	*p += len + ((*p)[len] == ' ');
	return w;
}

/* One of this|that|these. */
static struct tk_bytes choose(struct cast *c, struct tk_bytes word)
{
	size_t n = 1, which;

	for (size_t i = 0; i < word.len; i++)
		n += word.ptr[i] == '|';
	if (n == 1)
		return word;
	for (which = draw(c, n); which; which--) {
		const uint8_t *bar = memchr(word.ptr, '|', word.len);

		word.len -= (size_t)(bar + 1 - word.ptr);
		word.ptr = bar + 1;
	}
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] == '|')
			word.len = i;
	return word;
}

static bool same(struct tk_bytes word, const char *text)
{
	return strlen(text) == word.len && !memcmp(text, word.ptr, word.len);
}

static const char *slot_phrase(struct cast *c, struct tk_bytes name)
{
	for (size_t i = 0; i < c->n_slots; i++)
		if (same(name, c->slots[i].name))
			return c->slots[i].phrase;
	for (size_t i = 0; lists[i].name; i++)
		if (same(name, lists[i].name))
			return draw_word(c, lists[i].words);
	return "";
}

static const char *verb_form(const struct cast *c, struct tk_bytes base,
			     bool past)
{
	const struct verb *v = verbs;

	while (v->base && !same(base, v->base))
		v++;
	if (!v->base)
		return "";
	if (past) /* "were" is the only past that knows numbers */
		return v == verbs && !c->plural ? "was" : v->past;
	return c->plural ? v->base : v->s;
}

static void put(struct text *out, struct tk_bytes word)
{
	struct tk_bytes *last = out->words + out->n_words - 1;

	if (!word.len || out->n_words == TEXT_MAX)
		return;
	if (out->n_words && same(*last, "a") && strchr("aeiou", *word.ptr))
		*last = (struct tk_bytes){(const uint8_t *)"an", 2};
	out->words[out->n_words++] = word;
}

/* Phrases hold phrases three deep at most: rule, habit, determiner. */
static void put_phrase(struct text *out, struct cast *c, const char *phrase)
{
	while (*phrase) {
		struct tk_bytes w = choose(c, next_word(&phrase));
		struct tk_bytes rest = {w.ptr + 1, w.len - 1};

		if (!w.len)
			continue;
		if (*w.ptr == '$')
			put_phrase(out, c, slot_phrase(c, rest));
		else if (*w.ptr == '&' || *w.ptr == '<')
			put_phrase(out, c, verb_form(c, rest, *w.ptr == '<'));
		else
			put(out, w);
	}
}

static const struct topic *draw_topic(struct cast *c)
{
	size_t sum = 0, r;
	const struct topic *t;

	for (t = topics; t->weight; t++)
		sum += t->weight;
	r = draw(c, sum);
	for (t = topics; r >= t->weight; t++)
		r -= t->weight;
	return t;
}

void grammar_text(struct text *out, uint64_t index)
{
	struct cast c = {.random = index};
	const struct topic *topic = draw_topic(&c);
	const char *rule = topic->rules[draw(&c, topic->n_rules)];
	const struct pair *person = draw_pair(&c, topic->about);
	size_t gender = draw(&c, 2);
	size_t number = draw(&c, 5) < 2 ? 1 : 2 + draw(&c, 5);

	cast_person(&c, person, gender);
	cast_number(&c, number);
	cast_noun(&c, topic->about, person, gender);
	cast_country(&c);
	cast_nature(&c);
	out->n_words = 0;
	put_phrase(out, &c, rule);
}
