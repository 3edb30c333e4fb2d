/* SPDX-License-Identifier: MIT */
/*
 * npyfile.c - matrices from .npy files, words from a vocabulary file
 *
 * W_E and W_U have one row a token.  In C order the rows lie in the file as
 * they are; in Fortran order the columns do, and a block of rows at a time is
 * gathered from all of them.
 */
#include <string.h>

#include "hf_tokenizer.h"
#include "npy.h"
#include "source.h"

#define BLOCK_BYTES ((uint64_t)32 << 20)
#define MAX_COLS (UINT64_C(1) << 17)

/* A matrix in Fortran order, and the rows of it that are at hand. */
struct columns {
	size_t size;	   /* bytes of an element */
	uint64_t capacity; /* rows */
	uint64_t first;
	uint64_t n;	   /* rows at hand */
	uint8_t *block;	   /* [cols, n] elements */
};

/* ---- Fortran order ---- */

static int load_block(struct source *s, const struct table *t, uint64_t first)
{
	struct columns *c = t->state;
	uint64_t n = t->rows - first < c->capacity ? t->rows - first
						   : c->capacity;
	uint64_t bytes = n * c->size;

	c->n = 0;
	for (uint64_t col = 0; col < t->cols; col++)
		if (file_read(s, t->file, c->block + col * bytes, bytes,
			      t->offset + (col * t->rows + first) * c->size))
			return -1;
	c->first = first;
	c->n = n;
	return 0;
}

static int read_columns(struct source *s, struct table *t, uint64_t first,
			uint64_t n, void *dst)
{
	struct columns *c = t->state;
	uint8_t *out = dst;

	for (uint64_t row = first; row < first + n; row++) {
		if ((row < c->first || row - c->first >= c->n) &&
		    load_block(s, t, row))
			return -1;
		for (uint64_t col = 0; col < t->cols; col++) {
			memcpy(out,
			       c->block + (col * c->n + row - c->first) *
						  c->size,
			       c->size);
			out += c->size;
		}
	}
	return 0;
}

static int table_in_columns(struct source *s, struct table *t, struct file *f,
			    const struct npy_header *h)
{
	struct columns *c = source_alloc(s, sizeof(*c));
	uint64_t row;

	if (!c)
		return -1;
	c->size = npy_size(h->type);
	row = t->cols * c->size; /* at most 2^17 * 8, far below a block */
	c->capacity = BLOCK_BYTES / row < t->rows ? BLOCK_BYTES / row : t->rows;
	c->block = source_alloc(s, (size_t)(c->capacity * row));
	if (!c->block)
		return -1;
	t->file = f;
	t->offset = h->data_offset;
	t->state = c;
	t->read = read_columns;
	return 0;
}

/* ---- one matrix ---- */

static int fail_transposed(struct source *s, const struct file *f,
			   uint64_t rows, uint64_t cols)
{
	return source_fail(s,
			   "%s: has %llu rows and %llu columns, but a row is "
			   "one token's: transpose it (type: python3 -c "
			   "\"import numpy as n; n.save('NEW.npy', "
			   "n.load('FILE.npy').T)\")",
			   f->path, (unsigned long long)rows,
			   (unsigned long long)cols);
}

/* Is it a matrix at all, and one that has a row for each word? */
static int check_shape(struct source *s, const struct file *f,
		       const struct npy_header *h)
{
	uint32_t words = s->tokens.n;

	if (h->n_dims != 2)
		return source_fail(s,
				   "%s: its number of dimensions is %u; a "
				   "matrix has 2, tokens and numbers a token",
				   f->path, h->n_dims);
	if (h->shape[0] < words && h->shape[1] >= words)
		return fail_transposed(s, f, h->shape[0], h->shape[1]);
	if (h->shape[0] < words)
		return source_fail(s,
				   "%s: has %llu rows, but the vocabulary has "
				   "%u words%s",
				   f->path, (unsigned long long)h->shape[0],
				   words,
				   tokens_get(s, words - 1).len
					   ? ""
					   : " (its last line is empty, which "
					     "is a word too)");
	if (h->shape[1] > MAX_COLS)
		return source_fail(s, "%s: has %llu columns; the limit is %llu",
				   f->path, (unsigned long long)h->shape[1],
				   (unsigned long long)MAX_COLS);
	return 0;
}

/* 'dtype': what the command line asks for. */
static int parse_header(struct npy_header *h, struct source *s,
			const struct file *f, enum tk_dtype dtype)
{
	uint8_t *head = source_alloc(s, NPY_MAX_HEADER);
	const char *wrong;
	size_t len;

	if (!head)
		return -1;
	len = file_head(f, head, NPY_MAX_HEADER);
	if (len >= 4 && !memcmp(head, "PK\3\4", 4))
		return source_fail(s,
				   "%s: is a .npz or another ZIP file; save "
				   "the array alone (numpy.save)",
				   f->path);
	wrong = npy_parse(h, head, len, f->size);
	if (wrong)
		return source_fail(s, "%s: %s", f->path, wrong);
	/* numpy has no bfloat16: that is what it writes in its place */
	if (h->type == NPY_V2 && dtype != TK_BF16)
		return source_fail(s,
				   "%s: has elements of 2 bytes without a "
				   "type; if they are bfloat16, type: --dtype "
				   "bf16",
				   f->path);
	return 0;
}

static int open_matrix(struct source *s, struct table *t, const char *name,
		       const char *path, enum tk_dtype dtype)
{
	static const enum elem elem[] = {[NPY_F2] = ELEM_F16,
					 [NPY_F4] = ELEM_F32,
					 [NPY_F8] = ELEM_F64,
					 [NPY_V2] = ELEM_BF16};
	struct npy_header h;
	struct file *f;

	if (file_open(&f, s, path) || parse_header(&h, s, f, dtype) ||
	    check_shape(s, f, &h))
		return -1;
	t->name = name;
	t->rows = h.shape[0];
	t->cols = h.shape[1];
	t->elem = elem[h.type];
	if (t->rows > s->tokens.n)
		source_note(s,
			    "%s has %llu rows for %u words: the last %llu are "
			    "padding, never predicted",
			    name, (unsigned long long)t->rows, s->tokens.n,
			    (unsigned long long)(t->rows - s->tokens.n));
	if (t->rows == t->cols)
		source_note(s,
			    "%s has as many rows as columns: a row is taken as "
			    "one token's",
			    name);
	return h.fortran ? table_in_columns(s, t, f, &h)
			 : table_in_file(s, t, f, h.data_offset);
}

/* ---- the reader ---- */

static int check_options(struct source *s, const struct source_options *opt)
{
	if (opt->input && opt->embed)
		return source_fail(s,
				   "W_E is given twice, as INPUT %s and as "
				   "--embed %s",
				   opt->input, opt->embed);
	if (!opt->input && !opt->embed)
		return source_fail(s, "nothing to pack: name an INPUT, or give "
				      "--embed FILE.npy --vocab FILE");
	if (!opt->vocab)
		return source_fail(s,
				   "%s: a .npy file has no words; give them "
				   "with --vocab FILE, one a line or a JSON "
				   "list",
				   opt->input ? opt->input : opt->embed);
	if (opt->tie && opt->unembed)
		return source_fail(s, "--tie says that W_U is W_E, --unembed "
				      "that it is another matrix: leave one "
				      "out");
	if (opt->config)
		return source_fail(s, "--config is of no use with .npy files; "
				      "see --set");
	return 0;
}

/* A list of words, or the JSON of a tokenizer and what lies beside it. */
static int read_vocab(struct source *s, const struct source_options *opt)
{
	const char *directory = hf_directory_of(s, opt->vocab);
	struct hf_config c;

	if (!directory)
		return -1;
	hf_config_init(&c);
	if (hf_tokenizer_read(s, opt, directory, &c, NULL))
		return -1;
	return s->tokens.n ? 0
			   : source_fail(s, "%s: has no tokens", opt->vocab);
}

static int open_unembed(struct source *s, const char *path,
			enum tk_dtype dtype)
{
	const struct table *e = &s->w_e;
	struct table *u = &s->w_u;

	if (open_matrix(s, u, "W_U", path, dtype))
		return -1;
	if (u->cols == e->cols)
		return 0;
	if (u->rows == e->cols && u->cols >= s->tokens.n)
		return fail_transposed(s, u->file, u->rows, u->cols);
	return source_fail(s,
			   "%s: W_U has %llu columns, but W_E (%s) has %llu",
			   path, (unsigned long long)u->cols, e->file->path,
			   (unsigned long long)e->cols);
}

static bool sniff_npy(const struct probe *p)
{
	return !p->is_directory && p->head_len >= 6 &&
	       !memcmp(p->head, "\x93NUMPY", 6);
}

static int open_npy(struct source *s, const struct source_options *opt)
{
	if (check_options(s, opt) || read_vocab(s, opt) ||
	    open_matrix(s, &s->w_e, "W_E",
			opt->input ? opt->input : opt->embed, opt->dtype))
		return -1;
	if (opt->unembed && open_unembed(s, opt->unembed, opt->dtype))
		return -1;
	s->kind = "npy";
	s->hparams.tied = opt->tie;
	s->hparams.d_model = s->w_e.cols;
	s->title = source_printf(s, ".npy, %u words, %llu rows of %llu numbers",
				 s->tokens.n, (unsigned long long)s->w_e.rows,
				 (unsigned long long)s->w_e.cols);
	return s->title ? 0 : -1;
}

const struct reader reader_npy = {
	"npy",
	"NumPy's .npy, with --vocab FILE",
	sniff_npy,
	open_npy,
};
