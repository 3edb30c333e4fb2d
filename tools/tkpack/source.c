/* SPDX-License-Identifier: MIT */
/*
 * source.c - memory, messages, tables and the choice of the reader
 */
#define _GNU_SOURCE /* memmem() */

#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guess.h"

#define HEAD_SIZE 65536

/* A header in front of every allocation: one list, freed at once. */
union block {
	union block *next;
	max_align_t align;
};

void source_init(struct source *s)
{
	memset(s, 0, sizeof(*s));
	s->hparams = tk_hparams_default();
	for (int i = 0; i < TK_N_SPECIAL; i++)
		s->special[i] = TK_NO_ID;
	s->add_bos = s->add_eos = UNKNOWN;
}

void source_free(struct source *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i]->fd >= 0)
			close(s->files[i]->fd);
	free(s->tokens.where);
	free(s->tokens.len);
	free(s->tokens.kind);
	free(s->tokens.score);
	free(s->tokens.blob);
	for (union block *b = s->owned, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	memset(s, 0, sizeof(*s));
}

void source_list(char *out, size_t size, const char *word)
{
	const size_t n = strlen(out);

	snprintf(out + n, size - n, "%s%s", n ? ", " : "", word);
}

void source_record(struct source *s, const char *format, ...)
{
	va_list ap;

	if (s->message[0])
		return;
	va_start(ap, format);
	vsnprintf(s->message, sizeof(s->message), format, ap);
	va_end(ap);
}

void *source_alloc(struct source *s, size_t size)
{
	union block *b = NULL;

	if (size <= SIZE_MAX - sizeof(*b))
		b = calloc(1, sizeof(*b) + size);
	if (!b) {
		source_record(s, "out of memory (%zu bytes)", size);
		return NULL;
	}
	b->next = s->owned;
	s->owned = b;
	return b + 1;
}

char *source_strndup(struct source *s, const void *bytes, size_t n)
{
	char *copy = source_alloc(s, n + 1);

	if (copy && n)
		memcpy(copy, bytes, n);
	return copy;
}

char *source_strdup(struct source *s, const char *text)
{
	return source_strndup(s, text, strlen(text));
}

char *source_printf(struct source *s, const char *format, ...)
{
	va_list ap;
	char *text = NULL;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n >= 0)
		text = source_alloc(s, (size_t)n + 1);
	if (text) {
		va_start(ap, format);
		vsnprintf(text, (size_t)n + 1, format, ap);
		va_end(ap);
	}
	return text;
}

void source_note(struct source *s, const char *format, ...)
{
	char text[512];
	char **list = source_alloc(s, (s->n_notes + 1) * sizeof(*list));
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (!list)
		return;
	for (size_t i = 0; i < s->n_notes; i++)
		list[i] = s->notes[i];
	list[s->n_notes] = source_strdup(s, text);
	s->notes = list;
	if (list[s->n_notes])
		s->n_notes++;
}

const char *source_quote(struct source *s, const void *bytes, size_t len,
			 size_t limit)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *p = bytes;
	size_t shown = len < limit ? len : limit;
	char *text = source_alloc(s, 4 * shown + 8);
	char *q = text;

	if (!text)
		return "\"?\"";
	*q++ = '"';
	for (size_t i = 0; i < shown; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f) {
			if (p[i] == '"' || p[i] == '\\')
				*q++ = '\\';
			*q++ = (char)p[i];
			continue;
		}
		*q++ = '\\';
		*q++ = 'x';
		*q++ = hex[p[i] >> 4];
		*q++ = hex[p[i] & 15];
	}
	if (shown < len) {
		memcpy(q, "...", 3);
		q += 3;
	}
	*q++ = '"';
	*q = 0;
	return text;
}

/* ---- tables ---- */

static int read_in_file(struct source *s, struct table *t, uint64_t first,
			uint64_t n, void *dst)
{
	uint64_t size = elem_row_bytes(t->elem, t->cols);

	return file_read(s, t->file, dst, n * size, t->offset + first * size);
}

int table_in_file(struct source *s, struct table *t, struct file *f,
		  uint64_t offset)
{
	uint64_t size = elem_row_bytes(t->elem, t->cols);

	if (!size || !t->rows)
		return source_fail(
			s,
			"%s: %s: %llu x %llu elements of type %s "
			"are no whole rows",
			f->path, t->name, (unsigned long long)t->rows,
			(unsigned long long)t->cols, elem_name(t->elem));
	if (offset > f->size || t->rows > (f->size - offset) / size)
		return source_fail(
			s,
			"%s: ends at byte %llu, before the end of "
			"%s (%llu rows of %llu bytes from byte %llu)",
			f->path, (unsigned long long)f->size, t->name,
			(unsigned long long)t->rows, (unsigned long long)size,
			(unsigned long long)offset);
	t->file = f;
	t->offset = offset;
	t->read = read_in_file;
	return 0;
}

/* ---- which reader ---- */

static const struct reader *const readers[] = {
	&reader_huggingface, &reader_gguf,     &reader_npy,
	&reader_manifest,    &reader_safetensors, &reader_tokenizer,
	&reader_word2vec,    &reader_text,
};

#define N_READERS (sizeof(readers) / sizeof(readers[0]))

static int open_named(struct source *s, const struct source_options *opt)
{
	char names[256] = "";

	for (size_t i = 0; i < N_READERS; i++) {
		if (!strcmp(opt->from, readers[i]->name)) {
			if (!opt->input && readers[i] != &reader_npy)
				return source_fail(s, "--from %s: which INPUT?",
						   opt->from);
			return readers[i]->open(s, opt);
		}
		source_list(names, sizeof(names), readers[i]->name);
	}
	return source_fail(s, "--from %s: not a kind; there are %s", opt->from,
			   names);
}

/*
 * Records what the library says of a .tk file that does not open; false if it
 * opens, or is none.
 */
static bool is_damaged_tk(struct source *s, const struct probe *p)
{
	const size_t n = p->head_len < 8 ? p->head_len : 8;
	struct tk_container *c;
	struct tk_error err;

	if (!tk_container_open(&c, p->path, &err)) {
		tk_container_close(c);
		return false;
	}
	/* Of its magic, "TKF" is what a transfer in text mode leaves alone. */
	if (err.status == TK_E_MAGIC && !memmem(p->head, n, "TKF", 3))
		return false;
	if (err.offset == TK_NO_OFFSET)
		source_record(s, "%s: %s", p->path, err.message);
	else
		source_record(s, "%s: %s (byte %llu)", p->path, err.message,
			      (unsigned long long)err.offset);
	return true;
}

/* Says what a file is that no reader takes. */
static int refuse(struct source *s, const struct probe *p)
{
	struct guess guess = guess_file(p->head, p->head_len);

	if (is_damaged_tk(s, p))
		return -1;
	if (guess.advice)
		return source_fail(s, "%s: %s; %s", p->path, guess.what,
				   guess.advice);
	return source_fail(s, "%s: is no kind of file that tkpack knows (see "
			      "tkpack --help, or name the kind with --from)",
			   p->path);
}

static int sniff(struct source *s, const struct source_options *opt)
{
	struct probe p = {.path = opt->input};
	struct stat st;
	struct file *f;
	uint8_t *head;

	if (stat(opt->input, &st))
		return source_fail(s, "%s: %s", opt->input, strerror(errno));
	p.is_directory = S_ISDIR(st.st_mode);
	if (!p.is_directory) {
		if (file_open(&f, s, opt->input))
			return -1;
		head = source_alloc(s, HEAD_SIZE);
		if (!head)
			return -1;
		p.head = head;
		p.head_len = file_head(f, head, HEAD_SIZE);
		p.size = f->size;
		if (!p.size)
			return source_fail(s, "%s: is empty", opt->input);
	}
	for (size_t i = 0; i < N_READERS; i++)
		if (readers[i]->sniff(&p))
			return readers[i]->open(s, opt);
	return refuse(s, &p);
}

int source_open(struct source *s, const struct source_options *opt)
{
	static const uint16_t one = 1;

	/* What readers hand on is little-endian, what convert.c adds up is
	   this machine's. */
	if (!*(const uint8_t *)&one)
		return source_fail(s, "this machine is big-endian: pack on "
				      "another; its .tk files are read here");
	if (opt->from)
		return open_named(s, opt);
	if (!opt->input)
		return reader_npy.open(s, opt);
	return sniff(s, opt);
}

int source_unchanged(struct source *s)
{
	for (size_t i = 0; i < s->n_files; i++) {
		const struct file *f = s->files[i];
		struct stat now;

		if (fstat(f->fd, &now))
			return source_fail(s, "%s: %s", f->path,
					   strerror(errno));
		if (now.st_size != f->stat.st_size ||
		    now.st_mtim.tv_sec != f->stat.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != f->stat.st_mtim.tv_nsec)
			return source_fail(s, "%s: changed while it was read",
					   f->path);
	}
	return 0;
}
