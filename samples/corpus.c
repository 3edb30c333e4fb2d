/* SPDX-License-Identifier: MIT */
/*
 * corpus.c - the text as ids, and its vocabulary
 */
#include "corpus.h"

#include <stdlib.h>
#include <string.h>

#include "grammar.h"

/* Every word that has appeared: open addressing, at most half full. */
#define N_SLOTS (2 * MAX_TOKENS)

struct entry {
	struct tk_bytes word;
	size_t count;
	uint16_t first_id; /* in order of appearance */
};

struct words {
	size_t n;
	struct entry *slots[N_SLOTS];
	struct entry entries[MAX_TOKENS];
};

static struct entry **find(struct words *w, struct tk_bytes word)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (size_t i = 0; i < word.len; i++)
		hash = (hash ^ word.ptr[i]) * 16777619;
	for (;; hash++) {
		struct entry **slot = &w->slots[hash % N_SLOTS];
		const struct entry *e = *slot;

		if (!e || (e->word.len == word.len &&
			   !memcmp(e->word.ptr, word.ptr, word.len)))
			return slot;
	}
}

/* The id of a word for the time being; 'w' has room for it. */
static uint16_t count_word(struct words *w, struct tk_bytes word)
{
	struct entry **slot = find(w, word);

	if (!*slot) {
		*slot = &w->entries[w->n];
		**slot = (struct entry){word, 0, (uint16_t)w->n};
		w->n++;
	}
	(*slot)->count++;
	return (*slot)->first_id;
}

/* The most frequent first, equally frequent ones by their bytes. */
static int by_count(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t len = x->word.len < y->word.len ? x->word.len : y->word.len;
	int order = memcmp(x->word.ptr, y->word.ptr, len);

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	if (order)
		return order;
	return (x->word.len > y->word.len) - (x->word.len < y->word.len);
}

/* Gives every word its final id; END_OF_TEXT keeps its own. */
static void number_words(struct corpus *c, struct words *w)
{
	uint16_t id[MAX_TOKENS] = {0};

	qsort(w->entries + 1, w->n - 1, sizeof(w->entries[0]), by_count);
	for (size_t i = 0; i < w->n; i++) {
		c->tokens[i] = w->entries[i].word;
		id[w->entries[i].first_id] = (uint16_t)i;
	}
	c->n_tokens = w->n;
	for (size_t i = 0; i < c->start[c->n_texts]; i++)
		c->ids[i] = id[c->ids[i]];
}

static bool collect(struct corpus *c, struct words *w)
{
	const char *end = "<|endoftext|>";
	const struct tk_bytes end_of_text = {(const uint8_t *)end, 13};
	struct text text;
	size_t n = 1;

	/* counted before any word, so its first id is END_OF_TEXT */
	c->ids[0] = count_word(w, end_of_text);
	for (size_t t = 0; t < c->n_texts; t++) {
		c->start[t] = n;
		grammar_text(&text, t);
		if (w->n + text.n_words >= MAX_TOKENS)
			return false;
		for (size_t i = 0; i < text.n_words; i++)
			c->ids[n++] = count_word(w, text.words[i]);
		c->ids[n++] = count_word(w, end_of_text);
	}
	c->start[c->n_texts] = n;
	return true;
}

bool corpus_make(struct corpus *c, size_t n_texts)
{
	struct words *w = calloc(1, sizeof(*w));
	bool ok;

	*c = (struct corpus){.n_texts = n_texts};
	c->start = malloc((n_texts + 1) * sizeof(*c->start));
	c->ids = calloc(1 + n_texts * (TEXT_MAX + 1), sizeof(*c->ids));
	ok = w && c->start && c->ids && collect(c, w);
	if (ok)
		number_words(c, w);
	free(w);
	return ok;
}

void corpus_free(struct corpus *c)
{
	free(c->start);
	free(c->ids);
}
