/* SPDX-License-Identifier: MIT */
/*
 * json.c - JSON files, read strictly
 *
 * jansson parses; its recursion is bounded by a scan of the text before, and
 * its messages, which quote the file as it is, are replaced.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SIZE (UINT64_C(512) << 20)
#define MAX_DEPTH 32
#define MAX_DIGITS 18 /* always below 2^63 */
#define SHOWN 32      /* bytes of the text in a message */

const char *json_kind(const json_t *value)
{
	if (!value)
		return "absent";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return json_object_size(value)
			       ? "an object"
			       : "NaN, infinite or an empty object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a text";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number with a fraction, or too large";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	default:
		return "null";
	}
}

/* ---- the text, before jansson sees it ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Returns the index behind the string that begins at 'i'. */
static size_t skip_string(const struct json_text *t, size_t i)
{
	for (i++; i < t->len && t->text[i] != '"'; i++)
		if (t->text[i] == '\\')
			i++;
	return i < t->len ? i + 1 : t->len;
}

/* jansson refuses a whole file for one number that is not in 64 bits. */
static size_t tame_number(const struct json_text *t, size_t i)
{
	size_t first = i;

	while (i < t->len && is_digit(t->text[i]))
		i++;
	if (i - first <= MAX_DIGITS || t->text[first] == '0')
		return i;
	if (first && (strchr(".eE+", t->text[first - 1]) ||
		      is_digit(t->text[first - 1])))
		return i;
	if (i < t->len && strchr(".eE", t->text[i]))
		return i;
	memcpy(t->text + i - 4, "e004", 4);
	return i;
}

/*
 * Python writes NaN, Infinity and -Infinity as bare words, which are not JSON.
 * An empty object in their place is no number, so a key that is needed is
 * refused by its name, and one that is not does no harm.
 */
static void tame_word(const struct json_text *t, size_t i)
{
	static const char *const words[] = {"NaN", "Infinity", "-Infinity"};

	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		size_t n = strlen(words[k]);

		if (t->len - i < n || memcmp(t->text + i, words[k], n) != 0)
			continue;
		memset(t->text + i, ' ', n);
		t->text[i] = '{';
		t->text[i + n - 1] = '}';
		return;
	}
}

/* Each object or array takes a few hundred bytes, and two of text. */
#define NODE_BYTES 256
#define NODE_ALLOWANCE ((size_t)48 << 20)

static int check_nodes(const struct json_text *t, size_t n, size_t at)
{
	if (n <= (NODE_ALLOWANCE + 10 * t->len) / NODE_BYTES)
		return 0;
	return source_fail(t->s,
			   "%s: byte %llu: more objects and arrays than a "
			   "file of its size can need",
			   t->path, (unsigned long long)t->offset + at);
}

int json_tame(const struct json_text *t)
{
	unsigned depth = 0;
	size_t nodes = 0;
	size_t i = 0;

	while (i < t->len) {
		char c;

		tame_word(t, i);
		c = t->text[i];
		if (c == '"') {
			i = skip_string(t, i);
			continue;
		}
		if (is_digit(c)) {
			i = tame_number(t, i);
			continue;
		}
		if ((c == '{' || c == '[') && ++depth > MAX_DEPTH)
			return source_fail(t->s,
					   "%s: byte %llu: nested more than %d "
					   "deep",
					   t->path,
					   (unsigned long long)(t->offset + i),
					   MAX_DEPTH);
		if ((c == '}' || c == ']') && depth) {
			depth--;
			if (check_nodes(t, ++nodes, i))
				return -1;
		}
		i++;
	}
	return 0;
}

/* ---- parsing ---- */

static const char *reason(const json_error_t *e)
{
	switch (json_error_code(e)) {
	case json_error_out_of_memory:
		return "out of memory";
	case json_error_stack_overflow:
		return "nested too deep";
	case json_error_invalid_utf8:
		return "not UTF-8";
	case json_error_premature_end_of_input:
		return "the text ends in the middle";
	case json_error_end_of_input_expected:
		return "more text behind the end";
	case json_error_duplicate_key:
		return "a key that this object has already";
	case json_error_numeric_overflow:
		return "a number that is too large";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a NUL character";
	default:
		return "not JSON";
	}
}

static void fail_parse(const struct json_text *t, size_t from,
		       const json_error_t *e)
{
	size_t at = e->position > 0 ? (size_t)e->position : 0;
	size_t shown, line = 1;

	at = at > t->len - from ? t->len : from + at;
	shown = at < SHOWN ? at : SHOWN;
	for (size_t i = 0; i < at; i++)
		line += t->text[i] == '\n';
	source_record(t->s, "%s: line %zu, byte %llu: %s, at the end of %s",
		    t->path, line, (unsigned long long)t->offset + at,
		    reason(e),
		    source_quote(t->s, t->text + at - shown, shown, shown));
}

json_t *json_value(const struct json_text *t, size_t *at)
{
	json_error_t e;
	json_t *value = json_loadb(t->text + *at, t->len - *at,
				   JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL |
					   JSON_DECODE_ANY |
					   JSON_DISABLE_EOF_CHECK,
				   &e);

	if (!value) {
		fail_parse(t, *at, &e);
		return NULL;
	}
	*at += (size_t)e.position;
	return value;
}

json_t *json_text(const struct json_text *t)
{
	json_error_t e;
	json_t *root = json_loadb(t->text, t->len,
				  JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);

	if (!root)
		fail_parse(t, 0, &e);
	return root;
}

/* ---- files ---- */

static int parse_file(struct doc *d, const struct file *f, char *text)
{
	struct json_text t = {d->s, d->path, text, (size_t)f->size, 0};

	if (file_read(d->s, f, text, f->size, 0) || json_tame(&t))
		return -1;
	d->root = json_text(&t);
	if (!d->root)
		return -1;
	if (json_is_object(d->root))
		return 0;
	source_record(d->s, "%s: is %s, not an object", d->path,
		    json_kind(d->root));
	doc_close(d);
	return -1;
}

int doc_open(struct doc *d, struct source *s, const char *path)
{
	struct file *f;
	char *text;
	int status;

	memset(d, 0, sizeof(*d));
	d->s = s;
	if (file_open(&f, s, path))
		return -1;
	d->path = f->path;
	d->size = f->size;
	if (f->size > MAX_SIZE)
		return source_fail(s,
				   "%s: has %llu bytes, the limit for JSON is "
				   "%llu",
				   path, (unsigned long long)f->size,
				   (unsigned long long)MAX_SIZE);
	/* Not the source's: the text goes as soon as the tree is there. */
	text = malloc((size_t)f->size + 1);
	if (!text)
		return source_fail(s, "%s: out of memory (%llu bytes)", path,
				   (unsigned long long)f->size);
	status = parse_file(d, f, text);
	free(text);
	return status;
}

void doc_close(struct doc *d)
{
	json_decref(d->root);
	d->root = NULL;
}

/* ---- typed values ---- */

static const json_t *get(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

static int wrong_type(const struct doc *d, const char *key,
		      const json_t *value, const char *wanted)
{
	return source_fail(d->s, "%s: %s is %s, not %s", d->path, key,
			   json_kind(value), wanted);
}

bool json_whole(const json_t *value, uint64_t *out)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*out = (uint64_t)json_integer_value(value);
	return true;
}

int doc_u64(const struct doc *d, const json_t *object, const char *key,
	    uint64_t *out)
{
	const json_t *value = get(object, key);

	if (!value || json_whole(value, out))
		return 0;
	if (json_is_integer(value))
		return source_fail(d->s, "%s: %s is %lld, below 0", d->path,
				   key, (long long)json_integer_value(value));
	return wrong_type(d, key, value, "a whole number");
}

int doc_f64(const struct doc *d, const json_t *object, const char *key,
	    double *out)
{
	const json_t *value = get(object, key);

	if (!value)
		return 0;
	if (!json_is_number(value))
		return wrong_type(d, key, value, "a number");
	*out = json_number_value(value);
	return 0;
}

int doc_bool(const struct doc *d, const json_t *object, const char *key,
	     int *out)
{
	const json_t *value = get(object, key);

	if (!value)
		return 0;
	if (!json_is_boolean(value))
		return wrong_type(d, key, value, "true or false");
	*out = json_is_true(value) ? YES : NO;
	return 0;
}

int doc_text(const struct doc *d, const json_t *object, const char *key,
	     const char **out)
{
	const json_t *value = get(object, key);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return wrong_type(d, key, value, "a text");
	if (strlen(json_string_value(value)) != json_string_length(value))
		return source_fail(d->s, "%s: %s has a NUL character in it",
				   d->path, key);
	*out = json_string_value(value);
	return 0;
}

int doc_object(const struct doc *d, const json_t *object, const char *key,
	       const json_t **out)
{
	const json_t *value = get(object, key);

	if (!value)
		return 0;
	if (!json_is_object(value))
		return wrong_type(d, key, value, "an object");
	*out = value;
	return 0;
}

int doc_array(const struct doc *d, const json_t *object, const char *key,
	      const json_t **out)
{
	const json_t *value = get(object, key);

	if (!value)
		return 0;
	if (!json_is_array(value))
		return wrong_type(d, key, value, "a list");
	*out = value;
	return 0;
}
