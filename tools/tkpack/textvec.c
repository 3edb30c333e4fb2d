/* SPDX-License-Identifier: MIT */
/*
 * textvec.c - word vectors as text: GloVe, word2vec, fastText's .vec
 *
 *     [V D]                        a header, or none
 *     word number ... number       V lines of D numbers
 *
 * The first pass collects the words and looks at the shape of every line; the
 * second, once for each time that W_E is read, turns the numbers into f32.
 * Words may contain spaces and any byte but 0x0A, so a line is read from its
 * end.
 */
#include <string.h>
#include <strings.h>

#include "decimal.h"
#include "lines.h"
#include "vectors.h"

/* Lines that are looked at to learn how many numbers a line has. */
#define SURVEY 256

struct textvec {
	struct lines lines;
	struct vectors_header header; /* words 0: the file has none */
	uint64_t dims;
	uint64_t start;	      /* of the first word's line in the file */
	uint64_t start_number; /* of that line */
};

#define NO_TABS                                                               \
	"separated by spaces, not tabs (type: tr '\\t' ' ' <FILE >NEW)"

static const char *hint(const struct textvec *v)
{
	const struct lines *l = &v->lines;

	if (l->len && memchr(l->ptr, 0, l->len))
		return " (is this word2vec's binary form? "
		       "type: --from word2vec)";
	if (l->len && memchr(l->ptr, '\t', l->len))
		return " " NO_TABS;
	if (v->header.words && l->number == 2)
		return " (if line 1 is a word and no header, put a line "
		       "\"WORDS NUMBERS\" before it)";
	return "";
}

/* The line at hand as a word and the text of its numbers. */
static int split_line(struct tk_bytes *word, struct tk_bytes *numbers,
		      struct textvec *v, struct source *s)
{
	const struct lines *l = &v->lines;
	struct tk_bytes line = {l->ptr, l->len};
	struct tk_bytes bad;
	const char *wrong;

	if (!l->len)
		return lines_fail(l, s, "is empty");
	line = vectors_trim(line);
	wrong = vectors_split(word, line, v->dims, &bad);
	if (wrong)
		return lines_fail(l, s,
				  "%s %s; a line is a word and %llu numbers%s",
				  source_quote(s, bad.ptr, bad.len, 40), wrong,
				  (unsigned long long)v->dims, hint(v));
	numbers->ptr = word->ptr + word->len;
	numbers->len = line.len - word->len;
	return 0;
}

static void rewind_lines(struct textvec *v)
{
	lines_seek(&v->lines, v->start, v->start_number);
}

/* ---- before the first pass: header, numbers a line ---- */

static int read_header(struct textvec *v, struct source *s)
{
	struct lines *l = &v->lines;
	int more = lines_next(l, s);

	if (more < 0)
		return -1;
	if (!more)
		return source_fail(s, "%s: is empty", l->scan.file->path);
	v->start_number = 1;
	if (!vectors_header(&v->header, (struct tk_bytes){l->ptr, l->len})) {
		v->header.words = 0;
		return 0;
	}
	if (vectors_check_header(s, l->scan.file, &v->header))
		return -1;
	v->dims = v->header.dims;
	v->start = lines_after(l);
	v->start_number = 2;
	return 0;
}

static uint32_t count_spaces(struct tk_bytes line)
{
	uint32_t n = 0;

	for (size_t i = 0; i < line.len; i++)
		n += line.ptr[i] == ' ';
	return n;
}

/* Finds the value that more than half of count[n] have; false if none. */
static bool find_majority(uint32_t *out, const uint32_t *count, size_t n)
{
	size_t lead = 0, agree = 0;

	/* Only the one left over from pairing off unequal ones can be it. */
	for (size_t i = 0; i < n; i++) {
		if (!lead)
			*out = count[i];
		if (count[i] == *out)
			lead++;
		else
			lead--;
	}
	for (size_t i = 0; i < n; i++)
		agree += count[i] == *out;
	return agree > n / 2;
}

static int choose_dims(struct textvec *v, struct source *s, bool majority,
		       uint32_t dims)
{
	if (!majority)
		return source_fail(s,
				   "%s: cannot tell how many numbers a line "
				   "has, the first lines differ; put a line "
				   "\"WORDS NUMBERS\" before them (type: sed "
				   "'1i 400000 300' FILE >NEW)",
				   v->lines.scan.file->path);
	v->lines.number = 1;
	if (!dims || dims > VECTORS_MAX_DIMS)
		return lines_fail(&v->lines, s,
				  "%u numbers after a word; there must be 1 to "
				  "%llu, separated by spaces",
				  dims, (unsigned long long)VECTORS_MAX_DIMS);
	v->dims = dims;
	return 0;
}

/* The line at hand has more numbers than the header says. */
static bool has_more(const struct textvec *v)
{
	struct tk_bytes line = {v->lines.ptr, v->lines.len}, word, bad;

	return !vectors_split(&word, vectors_trim(line), v->dims + 1, &bad);
}

/* A tab, and then a number: the first one, and not the end of a word. */
static bool has_tab(struct tk_bytes line)
{
	size_t at = line.len;
	float x;

	while (at && line.ptr[at - 1] != '\t')
		at--;
	line.ptr += at;
	line.len -= at;
	return at && !decimal_f32(&x, decimal_field(&line));
}

/*
 * Without a header, most of the first lines say how many numbers there are.
 * With one, too few numbers will show; too many would count as the word's.
 */
static int survey(struct textvec *v, struct source *s)
{
	uint32_t count[SURVEY], dims = 0;
	struct lines *l = &v->lines;
	size_t n = 0, n_more = 0, n_tabs = 0;
	bool majority;
	int more = 1;

	rewind_lines(v);
	while (n < SURVEY && (more = lines_next(l, s)) > 0) {
		struct tk_bytes line =
			vectors_trim((struct tk_bytes){l->ptr, l->len});

		count[n++] = count_spaces(line);
		n_tabs += has_tab(line);
		n_more += v->header.words && has_more(v);
	}
	if (more < 0)
		return -1;
	if (n_more > n / 2)
		return source_fail(s,
				   "%s: line 1 says that a line has %llu "
				   "numbers, but most have more; correct line "
				   "1",
				   l->scan.file->path,
				   (unsigned long long)v->dims);
	if (v->header.words)
		return 0;
	if (n_tabs > n / 2)
		return source_fail(s, "%s: its words and numbers must be "
				      NO_TABS,
				   l->scan.file->path);
	majority = find_majority(&dims, count, n);
	return choose_dims(v, s, majority, dims);
}

/* ---- the two passes ---- */

static int read_words(struct textvec *v, struct source *s)
{
	struct lines *l = &v->lines;
	struct tk_bytes word = {0}, numbers = {0};
	int more;

	rewind_lines(v);
	while ((more = lines_next(l, s)) > 0) {
		if (split_line(&word, &numbers, v, s))
			return -1;
		if (word.len > UINT16_MAX)
			return lines_fail(l, s,
					  "a word of %zu bytes; the limit is "
					  "%d",
					  word.len, UINT16_MAX);
		if (vectors_add_word(s, word))
			return -1;
	}
	if (more < 0)
		return -1;
	if (v->header.words && v->header.words != s->tokens.n)
		return source_fail(s,
				   "%s: its header says %llu words, but it has "
				   "%u: it has been cut, or the header is "
				   "wrong",
				   l->scan.file->path,
				   (unsigned long long)v->header.words,
				   s->tokens.n);
	return 0;
}

static int read_row(struct textvec *v, struct source *s, uint8_t *dst)
{
	struct tk_bytes word, numbers, field;
	const char *wrong;
	int more = lines_next(&v->lines, s);

	if (more < 0)
		return -1;
	if (!more)
		return source_fail(s, "%s: was cut while it was read",
				   v->lines.scan.file->path);
	if (split_line(&word, &numbers, v, s))
		return -1;
	wrong = decimal_row(dst, &numbers, v->dims, false, &field);
	if (wrong)
		return lines_fail(&v->lines, s, "%s %s",
				  source_quote(s, field.ptr, field.len, 40),
				  wrong);
	return 0;
}

static int read_rows(struct source *s, struct table *t, uint64_t first,
		     uint64_t n, void *dst)
{
	struct textvec *v = t->state;

	if (!first)
		rewind_lines(v);
	for (uint64_t i = 0; i < n; i++)
		if (read_row(v, s, (uint8_t *)dst + i * 4 * v->dims))
			return -1;
	return 0;
}

/* ---- the reader ---- */

static bool is_nan_or_inf(struct tk_bytes field)
{
	static const char *const names[] = {"nan", "-nan", "inf", "-inf"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (field.len == strlen(names[i]) &&
		    !strncasecmp((const char *)field.ptr, names[i], field.len))
			return true;
	return false;
}

/* A line of vectors but for nan or inf: reading it will say where. */
static bool is_spoilt(struct tk_bytes head)
{
	const uint8_t *lf = head.len ? memchr(head.ptr, '\n', head.len) : NULL;
	size_t good = 0, bad = 0;
	struct tk_bytes field;
	float x;

	if (!lf)
		return false;
	head.len = (size_t)(lf - head.ptr);
	head = vectors_trim(head);
	decimal_field(&head); /* the word */
	while ((field = decimal_field(&head)).len) {
		if (is_nan_or_inf(field))
			bad++;
		else if (!decimal_f32(&x, field))
			good++;
		else
			return false;
	}
	return good && bad;
}

/*
 * A header, or a word and at least two numbers: a list of words with counts
 * is no table of vectors, unless --from says so.
 */
static bool sniff_text(const struct probe *p)
{
	struct tk_bytes head = {p->head, p->head_len}, rest;
	struct vectors_header h;

	if (p->is_directory)
		return false;
	return vectors_start(&h, &rest, head) ||
	       vectors_is_text(head, 2, p->head_len == p->size) ||
	       is_spoilt(head);
}

static int open_text(struct source *s, const struct source_options *opt)
{
	struct textvec *v = source_alloc(s, sizeof(*v));
	struct file *f;

	if (!v)
		return -1;
	if (!opt->input)
		return source_fail(s, "--from text: which FILE?");
	if (vectors_check_options(s, opt) || file_open(&f, s, opt->input) ||
	    lines_open(&v->lines, s, f))
		return -1;
	if (read_header(v, s) || survey(v, s) || read_words(v, s))
		return -1;
	vectors_finish(s, opt, "text", v->dims);
	s->w_e.read = read_rows;
	s->w_e.file = f;
	s->w_e.state = v;
	s->title = source_printf(s, "word vectors as text, %u words of %llu "
				    "numbers",
				 s->tokens.n, (unsigned long long)v->dims);
	return s->title ? 0 : -1;
}

const struct reader reader_text = {
	"text",
	"word vectors as text (GloVe, word2vec, fastText's .vec)",
	sniff_text,
	open_text,
};
