/* SPDX-License-Identifier: MIT */
/*
 * vocabfile.c - a vocabulary as a text file, one word a line
 */
#include "vocabfile.h"

#include "lines.h"

int vocabfile_read(struct source *s, const char *path)
{
	struct lines l;
	struct file *f;
	int more;

	if (file_open(&f, s, path) || lines_open(&l, s, f))
		return -1;
	if (!f->size)
		return source_fail(s, "%s: is empty; a vocabulary has one "
				      "word a line",
				   path);
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
