/* SPDX-License-Identifier: MIT */
/*
 * json.h - JSON files, read strictly
 *
 * No key twice in an object, no depth beyond 32; whole numbers are exact.  A
 * number with more than 18 digits comes out as a real (tokenizer files say
 * 10^30 for "no limit"), so that nothing takes it for an id; NaN and Infinity,
 * bare words that Python writes, as an empty object, which nothing takes for a
 * number.
 */
#ifndef TKPACK_JSON_H
#define TKPACK_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "source.h"

/* A file whose root is an object; doc_close() releases the tree. */
struct doc {
	struct source *s;
	const char *path; /* as messages name it */
	uint64_t size;	  /* bytes of text */
	json_t *root;
};

/* Returns 0, or -1 with the message in 's' and nothing to close. */
int doc_open(struct doc *d, struct source *s, const char *path);

/* A doc without a tree is ok. */
void doc_close(struct doc *d);

/*
 * One value of an object, typed.  A key that is absent or null leaves '*out'
 * as it is; a value of another type is an error that names file and key.
 * Texts, objects and arrays are borrowed from the tree.
 */
int doc_u64(const struct doc *d, const json_t *object, const char *key,
	    uint64_t *out);
int doc_f64(const struct doc *d, const json_t *object, const char *key,
	    double *out);
/* '*out' is YES or NO. */
int doc_bool(const struct doc *d, const json_t *object, const char *key,
	     int *out);
int doc_text(const struct doc *d, const json_t *object, const char *key,
	     const char **out);
int doc_object(const struct doc *d, const json_t *object, const char *key,
	       const json_t **out);
int doc_array(const struct doc *d, const json_t *object, const char *key,
	      const json_t **out);

/* A whole number >= 0, exactly; false if the value is anything else. */
bool json_whole(const json_t *value, uint64_t *out);

/* "a string", "a list", ...: for messages. */
const char *json_kind(const json_t *value);

/* ---- for formats with JSON inside ---- */

/* A text in memory; 'offset' is where it stands in the file 'path'. */
struct json_text {
	struct source *s;
	const char *path;
	char *text; /* [len]; json_tame() may rewrite numbers */
	size_t len;
	uint64_t offset;
};

/* Checks the depth, and rewrites what is said above. */
int json_tame(const struct json_text *t);

/*
 * All of it, an object or a list.  NULL after recording a failure; else the
 * caller's to release.
 */
json_t *json_text(const struct json_text *t);

/*
 * The value that begins at '*at', which moves behind it.  NULL after
 * recording a failure; else the caller's to release.
 */
json_t *json_value(const struct json_text *t, size_t *at);

#endif /* TKPACK_JSON_H */
