/* SPDX-License-Identifier: MIT */
/*
 * merges.c - the pairs that byte-pair encoding joins, as files write them
 */
#include "merges.h"

#include <string.h>

#include "lines.h"

static const uint8_t *find_space(struct tk_bytes text)
{
	return text.len ? memchr(text.ptr, ' ', text.len) : NULL;
}

bool merge_is_pair(struct tk_bytes text)
{
	const uint8_t *space = find_space(text);
	struct tk_bytes right;

	if (!space)
		return false;
	right.ptr = space + 1;
	right.len = (size_t)(text.ptr + text.len - right.ptr);
	return space > text.ptr && right.len && !find_space(right);
}

/* Of a pair. */
static bool parts_are_known(struct tk_bytes pair, const json_t *vocab)
{
	const char *text = (const char *)pair.ptr;
	size_t left = (size_t)(find_space(pair) - pair.ptr);

	return json_object_getn(vocab, text, left) &&
	       json_object_getn(vocab, text + left + 1, pair.len - left - 1);
}

/* A part may begin with '#': only this is no pair. */
static bool is_version(struct tk_bytes line)
{
	return line.len >= 8 && !memcmp(line.ptr, "#version", 8);
}

int merges_read(struct source *s, const char *path, const json_t *vocab)
{
	uint64_t unknown = 0;
	struct lines l;
	struct file *f;
	int more;

	if (file_open(&f, s, path) || lines_open(&l, s, f))
		return -1;
	while ((more = lines_next(&l, s)) > 0) {
		struct tk_bytes line = {l.ptr, l.len};

		/* an empty line may be the last */
		if (is_version(line) || (!l.len && lines_after(&l) == f->size))
			continue;
		if (!merge_is_pair(line))
			return lines_fail(&l, s, "%s is not two tokens",
					  source_quote(s, l.ptr, l.len, 60));
		unknown += !parts_are_known(line, vocab);
	}
	if (unknown)
		source_note(s, "%s: %llu lines have a part that is no token",
			    path, (unsigned long long)unknown);
	return more;
}
