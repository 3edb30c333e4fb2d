/* SPDX-License-Identifier: MIT */
/*
 * vocabfile.c - a vocabulary as a list: one word a line, or JSON
 */
#include "vocabfile.h"

#include <stdlib.h>

#include "json.h"
#include "lines.h"

/* Bytes: more than 2^24 tokens have as JSON; a larger file is words. */
#define MAX_LIST ((uint64_t)256 << 20)

/* ---- a list in JSON ---- */

static bool may_be_list(const struct file *f)
{
	char head[256];
	size_t n = file_head(f, head, sizeof(head));
	size_t i = 0;

	while (i < n && (head[i] == ' ' || head[i] == '\n' ||
			 head[i] == '\r' || head[i] == '\t'))
		i++;
	return i < n && head[i] == '[' && f->size <= MAX_LIST;
}

/* Puts the tree into '*root', or NULL if the file as a whole is no JSON. */
static int parse(json_t **root, struct source *s, const struct file *f)
{
	struct json_text t = {.s = s, .path = f->path, .len = (size_t)f->size};

	*root = NULL;
	t.text = malloc(t.len);
	if (!t.text)
		return source_fail(s, "%s: out of memory (%zu bytes)", f->path,
				   t.len);
	if (file_read(s, f, t.text, f->size, 0)) {
		free(t.text);
		return -1;
	}
	if (!json_tame(&t))
		*root = json_loadb(t.text, t.len, JSON_ALLOW_NUL, NULL);
	else
		s->message[0] = 0; /* what is no JSON may be words */
	free(t.text);
	return 0;
}

static int append_list(struct source *s, const struct file *f,
		       const json_t *list)
{
	const json_t *value;
	size_t i;

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
	json_t *list = NULL;
	struct file *f;
	int status;

	if (file_open(&f, s, path))
		return -1;
	if (!f->size)
		return source_fail(s, "%s: is empty; a vocabulary has one "
				      "word a line",
				   path);
	if (may_be_list(f) && parse(&list, s, f))
		return -1;
	if (!list)
		return read_lines(s, f);
	status = append_list(s, f, list);
	json_decref(list);
	return status;
}
