/* SPDX-License-Identifier: MIT */
/*
 * lines.c - a text file line by line, in constant memory
 */
#include "lines.h"

#include <stdio.h>
#include <string.h>

#include "source.h"

int lines_open(struct lines *l, struct source *s, struct file *f)
{
	memset(l, 0, sizeof(*l));
	return scan_open(&l->scan, s, f, LINES_MAX);
}

void lines_seek(struct lines *l, uint64_t offset, uint64_t number)
{
	scan_seek(&l->scan, offset);
	l->number = number - 1;
}

uint64_t lines_after(const struct lines *l)
{
	return l->scan.offset;
}

int lines_fail(const struct lines *l, struct source *s, const char *format,
	       ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return source_fail(s, "%s:%llu: %s", l->scan.file->path,
			   (unsigned long long)l->number, text);
}

/*
 * Finds the LF that ends the line at the scan's position.  '*len' is the
 * line's length with it, or all that is left of the file.
 */
static int find_end(struct lines *l, struct source *s, size_t *len)
{
	struct scan *sc = &l->scan;
	size_t have = (size_t)(sc->end - sc->next);
	const uint8_t *lf = have ? memchr(sc->next, '\n', have) : NULL;
	int64_t now;

	if (!lf) {
		/* Fills the whole window: a line is searched twice at most. */
		now = scan_fill(sc, s, sc->capacity);
		if (now < 0)
			return -1;
		if (now)
			lf = memchr(sc->next, '\n', (size_t)now);
		if (!lf && (size_t)now == sc->capacity)
			return lines_fail(l, s,
					  "a line of more than %zu bytes; "
					  "is this a text file?",
					  sc->capacity);
		have = (size_t)now;
	}
	*len = lf ? (size_t)(lf - sc->next) + 1 : have;
	l->ended = lf != NULL;
	return 0;
}

/* Takes LF and CR off the line. */
static int check_end(struct lines *l, struct source *s)
{
	bool cr;

	if (!l->ended) {
		if (l->crlf && l->len && l->ptr[l->len - 1] == '\r')
			return lines_fail(l, s, "the file ends between CR "
						"and LF: it has been cut");
		return 0;
	}
	l->len--;
	cr = l->len && l->ptr[l->len - 1] == '\r';
	if (l->number == 1)
		l->crlf = cr;
	if (cr != l->crlf)
		return lines_fail(l, s,
				  "ends in %s, but line 1 in %s; make all "
				  "lines end alike (dos2unix)",
				  cr ? "CR LF" : "LF", cr ? "LF" : "CR LF");
	if (cr)
		l->len--;
	return 0;
}

int lines_next(struct lines *l, struct source *s)
{
	size_t len = 0;

	l->number++;
	if (find_end(l, s, &len))
		return -1;
	if (!len)
		return 0;
	l->offset = l->scan.offset;
	l->ptr = l->scan.next;
	l->len = len;
	scan_skip(&l->scan, len);
	return check_end(l, s) ? -1 : 1;
}
