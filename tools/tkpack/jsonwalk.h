/* SPDX-License-Identifier: MIT */
/*
 * jsonwalk.h - an object of JSON, member by member, without a tree of it
 *
 * A tree of a large object takes twenty times the size of its text.  The
 * caller goes through the braces, colons and commas and has jansson parse one
 * name or value at a time.
 */
#ifndef TKPACK_JSONWALK_H
#define TKPACK_JSONWALK_H

#include "json.h"

/* Where a walk stands in a text that json_tame() has seen. */
struct json_walk {
	struct json_text t;
	size_t at;
};

/* Records what was expected here; returns -1. */
int walk_fail(const struct json_walk *w, const char *wanted);

/* Goes past blanks. */
void walk_blanks(struct json_walk *w);

/* Goes past 'c' and the blanks around it; false if something else is there. */
bool walk_take(struct json_walk *w, char c);

/*
 * A member's name and the ':' behind it; 'what' is expected here.  The name is
 * decoded in place: it points into the text, and a NUL follows it.
 */
int walk_name(struct json_walk *w, struct tk_bytes *name, const char *what);

/* By bytes, a prefix first; for qsort() and bsearch() over names. */
int walk_compare_names(struct tk_bytes a, struct tk_bytes b);

/*
 * Goes past an object that has nothing but texts, each name once: 'of' says
 * in messages what it is.  Memory: 16 bytes a member, while it is at work.
 */
int walk_texts(struct json_walk *w, const char *of);

#endif /* TKPACK_JSONWALK_H */
