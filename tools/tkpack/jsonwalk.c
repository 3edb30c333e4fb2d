/* SPDX-License-Identifier: MIT */
/*
 * jsonwalk.c - an object of JSON, member by member, without a tree of it
 */
#include "jsonwalk.h"

#include <stdlib.h>
#include <string.h>

int walk_fail(const struct json_walk *w, const char *wanted)
{
	const struct json_text *t = &w->t;

	return source_fail(
		t->s, "%s: byte %llu: %s expected, found %s", t->path,
		(unsigned long long)(t->offset + w->at), wanted,
		source_quote(t->s, t->text + w->at, t->len - w->at, 24));
}

void walk_blanks(struct json_walk *w)
{
	while (w->at < w->t.len && w->t.text[w->at] &&
	       strchr(" \t\r\n", w->t.text[w->at]))
		w->at++;
}

bool walk_take(struct json_walk *w, char c)
{
	walk_blanks(w);
	if (w->at == w->t.len || w->t.text[w->at] != c)
		return false;
	w->at++;
	walk_blanks(w);
	return true;
}

/* A decoded name is never longer than its text, and leaves room for a NUL. */
int walk_name(struct json_walk *w, struct tk_bytes *name, const char *what)
{
	size_t start = w->at;
	json_t *text;

	if (w->at == w->t.len || w->t.text[w->at] != '"')
		return walk_fail(w, what);
	text = json_value(&w->t, &w->at);
	if (!text)
		return -1;
	name->len = json_string_length(text);
	name->ptr = (const uint8_t *)w->t.text + start;
	memcpy(w->t.text + start, json_string_value(text), name->len + 1);
	json_decref(text);
	return walk_take(w, ':') ? 0 : walk_fail(w, "':'");
}

int walk_compare_names(struct tk_bytes a, struct tk_bytes b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.ptr, b.ptr, common);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* ---- an object of texts ---- */

struct names {
	struct tk_bytes *at;
	size_t n;
	size_t capacity;
};

static int add_name(struct names *names, struct source *s, struct tk_bytes name)
{
	size_t more = names->capacity ? 2 * names->capacity : 64;
	struct tk_bytes *at = names->at;

	if (names->n == names->capacity) {
		at = realloc(at, more * sizeof(*at));
		if (!at)
			return source_fail(s, "out of memory");
		names->at = at;
		names->capacity = more;
	}
	at[names->n++] = name;
	return 0;
}

static int skip_text(struct json_walk *w, const char *of)
{
	json_t *value = json_value(&w->t, &w->at);
	int status = 0;

	if (!value)
		return -1;
	if (!json_is_string(value))
		status = source_fail(w->t.s,
				     "%s: %s holds %s, only texts may be there",
				     w->t.path, of, json_kind(value));
	json_decref(value);
	return status;
}

static int read_texts(struct json_walk *w, struct names *names, const char *of)
{
	struct tk_bytes name;

	if (walk_take(w, '}'))
		return 0;
	do {
		if (walk_name(w, &name, "a name") ||
		    add_name(names, w->t.s, name) || skip_text(w, of))
			return -1;
	} while (walk_take(w, ','));
	return walk_take(w, '}') ? 0 : walk_fail(w, "',' or '}'");
}

static int by_name(const void *a, const void *b)
{
	return walk_compare_names(*(const struct tk_bytes *)a,
				  *(const struct tk_bytes *)b);
}

static int check_once(const struct json_walk *w, struct names *names,
		      const char *of)
{
	if (names->n)
		qsort(names->at, names->n, sizeof(*names->at), by_name);
	for (size_t i = 1; i < names->n; i++)
		if (!by_name(&names->at[i - 1], &names->at[i]))
			return source_fail(
				w->t.s, "%s: %s has %s twice", w->t.path, of,
				source_quote(w->t.s, names->at[i].ptr,
					     names->at[i].len, 80));
	return 0;
}

int walk_texts(struct json_walk *w, const char *of)
{
	struct names names = {NULL, 0, 0};
	int status;

	if (!walk_take(w, '{'))
		return source_fail(w->t.s, "%s: %s is no object", w->t.path,
				   of);
	status = read_texts(w, &names, of) || check_once(w, &names, of);
	free(names.at);
	return status ? -1 : 0;
}
