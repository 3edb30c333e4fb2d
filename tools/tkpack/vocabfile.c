/* SPDX-License-Identifier: MIT */
/*
 * vocabfile.c - a vocabulary as a list: one word a line, or JSON
 */
#include "vocabfile.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "lines.h"

/* Bytes: more than 2^24 tokens have as JSON; a larger file is words. */
#define MAX_LIST ((uint64_t)256 << 20)

/* ---- a list in JSON ---- */

bool vocabfile_is_named_json(const char *path)
{
	size_t n = strlen(path);

	return n >= 5 && !strcasecmp(path + n - 5, ".json");
}

int vocabfile_no_json(struct source *s)
{
	const char *message = source_strdup(s, s->message);

	s->message[0] = 0;
	return source_fail(s, "%s (if it has a word a line, name it .txt)",
			   message ? message : "out of memory");
}

/* Begins as a list; '*quoted': as one of texts. */
static bool may_be_list(bool *quoted, const struct file *f)
{
	static const char blanks[] = " \n\r\t";
	char head[256 + 1];
	const char *p = head;

	head[file_head(f, head, sizeof(head) - 1)] = 0;
	p += strspn(p, blanks);
	if (*p != '[')
		return false;
	p++;
	*quoted = p[strspn(p, blanks)] == '"';
	return true;
}

/* Puts the tree into '*root', or NULL if the file as a whole is no JSON. */
static int parse(json_t **root, struct source *s, const struct file *f,
		 bool must)
{
	struct json_text t = {.s = s, .path = f->path, .len = (size_t)f->size};

	*root = NULL;
	if (f->size > MAX_LIST)
		return must ? source_fail(s, "%s: has %llu bytes, the limit "
					     "for a JSON list is %llu",
					  f->path,
					  (unsigned long long)f->size,
					  (unsigned long long)MAX_LIST)
			    : 0;
	t.text = malloc(t.len);
	if (!t.text)
		return source_fail(s, "%s: out of memory (%zu bytes)", f->path,
				   t.len);
	if (file_read(s, f, t.text, f->size, 0)) {
		free(t.text);
		return -1;
	}
	if (!json_tame(&t))
		*root = json_text(&t);
	free(t.text);
	return *root || !must ? 0 : vocabfile_no_json(s);
}

static int append_list(struct source *s, const struct file *f,
		       const json_t *list)
{
	const json_t *value;
	size_t i;

	if (!json_is_array(list))
		return source_fail(s, "%s: is %s, not a JSON list of tokens",
				   f->path, json_kind(list));
	if (!json_array_size(list))
		return source_fail(s, "%s: is a JSON list without tokens",
				   f->path);
	json_array_foreach(list, i, value) {
		if (!json_is_string(value))
			return source_fail(s,
					   "%s: is a JSON list, but its token "
					   "%zu is %s, not a text",
					   f->path, i, json_kind(value));
		if (tokens_append(s, json_string_value(value),
				  json_string_length(value)))
			return -1;
	}
	return 0;
}

/* ---- a word a line ---- */

static int read_lines(struct source *s, struct file *f)
{
	struct lines l;
	int more;

	if (lines_open(&l, s, f))
		return -1;
	while ((more = lines_next(&l, s)) > 0) {
		if (l.len > UINT16_MAX)
			return lines_fail(&l, s,
					  "a word of %zu bytes; the limit is "
					  "%d",
					  l.len, UINT16_MAX);
		if (tokens_append(s, l.ptr, l.len))
			return -1;
	}
	return more;
}

int vocabfile_read(struct source *s, const char *path)
{
	bool must = vocabfile_is_named_json(path), quoted = false;
	json_t *list = NULL;
	struct file *f;
	int status;

	if (file_open(&f, s, path))
		return -1;
	if (!f->size)
		return source_fail(s, "%s: is empty; a vocabulary has one "
				      "word a line",
				   path);
	if ((must || may_be_list(&quoted, f)) && parse(&list, s, f, must))
		return -1;
	if (!list) {
		if (quoted)
			source_note(s, "%s; so each line is a word",
				    s->message);
		s->message[0] = 0; /* what is no JSON may be words */
		return read_lines(s, f);
	}
	status = append_list(s, f, list);
	json_decref(list);
	return status;
}
