/* SPDX-License-Identifier: MIT */
/*
 * word2vec.c - word2vec's binary form
 *
 *     "V D\n"
 *     V times: word, 0x20, D little-endian f32, and 0x0A or not
 *
 * word2vec itself ends each vector with 0x0A, others do not; a file must do
 * one or the other.  The numbers are never searched for an end: any byte may
 * occur in them.
 */
#include <string.h>

#include "vectors.h"

/* More than the longest word and the space after it. */
#define WINDOW ((size_t)1 << 20)
#define MAX_WORD 65535

struct word2vec {
	struct scan scan;
	struct vectors_header header;
	uint64_t start;	   /* of the first word in the file */
	uint64_t row_size; /* bytes of a vector */
	bool newlines;	   /* 0x0A after each vector; known after the first */
};

/*
 * Finds word 'i', whose vector follows the scan's position afterwards.  The
 * bytes are valid until the next call.
 */
static int next_word(struct tk_bytes *word, struct word2vec *v,
		     struct source *s, uint64_t i)
{
	struct scan *sc = &v->scan;
	int64_t have = scan_fill(sc, s, MAX_WORD + 1);
	size_t look = have > MAX_WORD ? MAX_WORD + 1 : (size_t)have;
	const uint8_t *space, *lf;

	if (have < 0)
		return -1;
	space = look ? memchr(sc->next, ' ', look) : NULL;
	word->ptr = sc->next;
	word->len = space ? (size_t)(space - sc->next) : look;
	lf = word->len ? memchr(word->ptr, '\n', word->len) : NULL;
	if (lf)
		return source_fail(s,
				   "%s: a newline within word %llu, at byte "
				   "%llu: some vectors end in one and others "
				   "do not, or the header is wrong",
				   sc->file->path, (unsigned long long)i,
				   (unsigned long long)(sc->offset +
					(uint64_t)(lf - word->ptr)));
	if (!space && look > MAX_WORD)
		return source_fail(s,
				   "%s: word %llu, at byte %llu, has more than "
				   "%d bytes: is the header wrong?",
				   sc->file->path, (unsigned long long)i,
				   (unsigned long long)sc->offset, MAX_WORD);
	if (!space || v->row_size > sc->file->size - sc->offset - word->len - 1)
		return source_fail(s,
				   "%s: ends at byte %llu, within word %llu of "
				   "%llu or its vector: it has been cut, or "
				   "the header is wrong",
				   sc->file->path,
				   (unsigned long long)sc->file->size,
				   (unsigned long long)i,
				   (unsigned long long)v->header.words);
	return 0;
}

/* Goes past the newline after the vector of word 'i', if there is one. */
static int end_row(struct word2vec *v, struct source *s, uint64_t i)
{
	struct scan *sc = &v->scan;
	uint64_t at = sc->offset;
	int64_t have = scan_fill(sc, s, 1);
	bool newline;

	if (have < 0)
		return -1;
	newline = have && *sc->next == '\n';
	if (newline)
		scan_skip(sc, 1);
	if (!i)
		v->newlines = newline;
	/* After the last vector a newline is as good as none. */
	if (newline == v->newlines || i == v->header.words - 1)
		return 0;
	return source_fail(s,
			   "%s: the vector of word %llu ends at byte %llu %s "
			   "newline, those before it %s: the file is damaged",
			   sc->file->path, (unsigned long long)i,
			   (unsigned long long)at,
			   newline ? "with a" : "without a",
			   newline ? "without" : "with one");
}

static void skip_vector(struct word2vec *v)
{
	struct scan *sc = &v->scan;

	if (v->row_size <= (size_t)(sc->end - sc->next))
		scan_skip(sc, (size_t)v->row_size);
	else
		scan_seek(sc, sc->offset + v->row_size);
}

/* It may be longer than the window, so it is copied in pieces. */
static int copy_vector(struct word2vec *v, struct source *s, uint8_t *dst)
{
	struct scan *sc = &v->scan;
	uint64_t left = v->row_size;

	while (left) {
		int64_t have = scan_fill(sc, s, 1);
		size_t n;

		if (have < 0)
			return -1;
		if (!have)
			return source_fail(s, "%s: was cut while it was read",
					   sc->file->path);
		n = (uint64_t)have < left ? (size_t)have : (size_t)left;
		memcpy(dst, sc->next, n);
		scan_skip(sc, n);
		dst += n;
		left -= n;
	}
	return 0;
}

static void rewind_scan(struct word2vec *v)
{
	scan_seek(&v->scan, v->start);
}

static int read_words(struct word2vec *v, struct source *s)
{
	const struct scan *sc = &v->scan;
	struct tk_bytes word;

	rewind_scan(v);
	for (uint64_t i = 0; i < v->header.words; i++) {
		if (next_word(&word, v, s, i) || vectors_add_word(s, word))
			return -1;
		scan_skip(&v->scan, word.len + 1);
		skip_vector(v);
		if (end_row(v, s, i))
			return -1;
	}
	if (sc->offset < sc->file->size)
		return source_fail(s,
				   "%s: goes on for %llu bytes after word "
				   "%llu, the last that the header speaks of",
				   sc->file->path,
				   (unsigned long long)(sc->file->size -
							sc->offset),
				   (unsigned long long)v->header.words - 1);
	return 0;
}

static int read_rows(struct source *s, struct table *t, uint64_t first,
		     uint64_t n, void *dst)
{
	struct word2vec *v = t->state;
	struct tk_bytes word;
	uint8_t *p = dst;

	if (!first)
		rewind_scan(v);
	for (uint64_t i = first; i < first + n; i++) {
		if (next_word(&word, v, s, i))
			return -1;
		scan_skip(&v->scan, word.len + 1);
		if (copy_vector(v, s, p) || end_row(v, s, i))
			return -1;
		p += v->row_size;
	}
	return 0;
}

/* ---- the reader ---- */

static bool is_control(uint8_t b)
{
	return b == 0x7f ||
	       (b < 0x20 && b != '\n' && b != '\r' && b != '\t');
}

/*
 * A header, and after it no row of text but a control character, or a byte
 * beyond ASCII where the first number should be.
 */
static bool sniff_word2vec(const struct probe *p)
{
	struct tk_bytes head = {p->head, p->head_len}, rest;
	struct vectors_header h;
	const uint8_t *space;
	size_t number;

	if (p->is_directory || !vectors_start(&h, &rest, head) ||
	    vectors_is_text(rest, h.dims, p->head_len == p->size))
		return false;
	space = rest.len ? memchr(rest.ptr, ' ', rest.len) : NULL;
	if (!space)
		return false;
	number = (size_t)(space + 1 - rest.ptr);
	for (size_t i = number; i < rest.len; i++)
		if (is_control(rest.ptr[i]) ||
		    (rest.ptr[i] >= 0x80 && i - number < 4))
			return true;
	return false;
}

static int read_header(struct word2vec *v, struct source *s)
{
	const struct file *f = v->scan.file;
	struct tk_bytes head, rest;
	int64_t have = scan_fill(&v->scan, s, WINDOW);

	if (have < 0)
		return -1;
	head.ptr = v->scan.next;
	head.len = (size_t)have;
	if (!vectors_start(&v->header, &rest, head))
		return source_fail(s,
				   "%s: is no word2vec file, which starts with "
				   "the line \"WORDS NUMBERS\"",
				   f->path);
	if (vectors_check_header(s, f, &v->header))
		return -1;
	v->start = head.len - rest.len;
	v->row_size = 4 * v->header.dims;
	if (vectors_is_text(rest, v->header.dims, head.len == f->size))
		return source_fail(s,
				   "%s: is not word2vec's binary form, but "
				   "text (type: --from text)",
				   f->path);
	return 0;
}

static int open_word2vec(struct source *s, const struct source_options *opt)
{
	struct word2vec *v = source_alloc(s, sizeof(*v));
	struct file *f;

	if (!v)
		return -1;
	if (!opt->input)
		return source_fail(s, "--from word2vec: which FILE?");
	if (vectors_check_options(s, opt) || file_open(&f, s, opt->input) ||
	    scan_open(&v->scan, s, f, WINDOW))
		return -1;
	if (read_header(v, s) || read_words(v, s))
		return -1;
	vectors_finish(s, opt, "word2vec", v->header.dims);
	s->w_e.read = read_rows;
	s->w_e.file = f;
	s->w_e.offset = v->start;
	s->w_e.state = v;
	s->title = source_printf(s, "word2vec, %u words of %llu numbers",
				 s->tokens.n,
				 (unsigned long long)v->header.dims);
	return s->title ? 0 : -1;
}

const struct reader reader_word2vec = {
	"word2vec",
	"word2vec's binary form",
	sniff_word2vec,
	open_word2vec,
};
