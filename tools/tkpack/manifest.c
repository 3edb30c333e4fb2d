/* SPDX-License-Identifier: MIT */
/*
 * manifest.c - a whole small model as text: spec/manifest.md
 *
 * The first pass reads every line and remembers where matrices start; their
 * numbers are parsed again when they are asked for.
 */
#include "manifest.h"

#include <string.h>

#include "decimal.h"

#define MAGIC "tk-manifest"
#define MAX_ROWS (UINT64_C(1) << 24)

/* A matrix: where its rows are, and where the next pass of reading is. */
struct manifest_part {
	struct manifest *m;
	uint64_t start, next;		   /* offsets in the file */
	uint64_t start_number, next_number; /* of those lines */
};

/* ---- matrices ---- */

static const struct {
	const char *name;
	size_t offset;
	bool vector; /* one row */
} matrices[] = {
#define AT(member) offsetof(struct source, member)
	{"w_e", AT(w_e), false},
	{"w_u", AT(w_u), false},
	{"b_u", AT(b_u), true},
	{"final-norm-weight", AT(final_norm_weight), true},
	{"final-norm-bias", AT(final_norm_bias), true},
	{"embed-norm-weight", AT(embed_norm_weight), true},
	{"embed-norm-bias", AT(embed_norm_bias), true},
	{"mix", AT(mix), false},
#undef AT
};

#define N_MATRICES (sizeof(matrices) / sizeof(matrices[0]))

/* The next line as a row; dst NULL: it is only checked. */
static int parse_row(struct manifest *m, struct source *s, uint64_t cols,
		     uint8_t *dst)
{
	int more = lines_next(&m->lines, s);
	struct tk_bytes text, field;
	const char *wrong;

	if (more < 0)
		return -1;
	if (!more)
		return lines_fail(&m->lines, s,
				  "the file ends within a matrix");
	text = (struct tk_bytes){m->lines.ptr, m->lines.len};
	wrong = decimal_row(dst, &text, cols, true, &field);
	if (wrong && !field.len)
		return lines_fail(&m->lines, s,
				  "a row of fewer than %llu numbers",
				  (unsigned long long)cols);
	if (wrong)
		return manifest_fail(m, s, field, wrong);
	return manifest_end_line(m, s, text);
}

static int read_rows(struct source *s, struct table *t, uint64_t first,
		     uint64_t n, void *dst)
{
	struct manifest_part *p = t->state;
	struct lines *l = &p->m->lines;
	uint8_t *out = dst;

	if (!first) {
		p->next = p->start;
		p->next_number = p->start_number;
	}
	if (!first || p->m->reading != p)
		lines_seek(l, p->next, p->next_number);
	p->m->reading = p;
	for (uint64_t i = 0; i < n; i++)
		if (parse_row(p->m, s, t->cols, out + i * 4 * t->cols))
			return -1;
	p->next = lines_after(l);
	p->next_number = l->number + 1;
	return 0;
}

static int parse_dtype(struct manifest *m, struct source *s, struct table *t,
		       bool vector, struct tk_bytes field)
{
	t->dtype = manifest_is(field, "f32")	? TK_F32
		   : manifest_is(field, "f16")	? TK_F16
		   : manifest_is(field, "bf16") ? TK_BF16
		   : manifest_is(field, "q8")	? TK_Q8
						: TK_BYTES;
	if (t->dtype == TK_Q8 && vector)
		return manifest_fail(m, s, field, "is for w_e and w_u only");
	if (t->dtype == TK_BYTES)
		return manifest_fail(m, s, field,
				     "is not f32, f16, bf16 or q8");
	return 0;
}

static int parse_size(struct manifest *m, struct source *s, uint64_t *out,
		      uint64_t max, struct tk_bytes field)
{
	const char *wrong = decimal_u64(out, field);

	if (!wrong && (*out < 1 || *out > max))
		wrong = "rows or columns: too few or too many";
	return wrong ? manifest_fail(m, s, field, wrong) : 0;
}

static int find_matrix(struct manifest *m, struct source *s, size_t *out,
		       struct tk_bytes name)
{
	for (*out = 0; *out < N_MATRICES; (*out)++)
		if (manifest_is(name, matrices[*out].name))
			return 0;
	return manifest_fail(m, s, name, "is no matrix of a model");
}

/* matrix NAME DTYPE ROWS COLS, and the rows after it */
static int parse_matrix(struct manifest *m, struct source *s,
			struct tk_bytes rest)
{
	struct manifest_part *p = source_alloc(s, sizeof(*p));
	struct tk_bytes name = decimal_field(&rest);
	struct table *t;
	size_t i;

	if (!p || find_matrix(m, s, &i, name))
		return -1;
	t = (void *)((char *)s + matrices[i].offset);
	if (t->name)
		return manifest_fail(m, s, name, "is given a second time");
	if (parse_dtype(m, s, t, matrices[i].vector, decimal_field(&rest)) ||
	    parse_size(m, s, &t->rows, matrices[i].vector ? 1 : MAX_ROWS,
		       decimal_field(&rest)) ||
	    parse_size(m, s, &t->cols, MAX_ROWS, decimal_field(&rest)) ||
	    manifest_end_line(m, s, rest))
		return -1;
	p->m = m;
	p->start = lines_after(&m->lines);
	p->start_number = m->lines.number + 1;
	for (uint64_t row = 0; row < t->rows; row++)
		if (parse_row(m, s, t->cols, NULL))
			return -1;
	t->name = matrices[i].name;
	t->elem = ELEM_F32;
	t->read = read_rows;
	t->file = m->lines.scan.file;
	t->offset = p->start;
	t->state = p;
	return 0;
}

/* ---- lines ---- */

static int parse_first(struct manifest *m, struct source *s)
{
	int more = lines_next(&m->lines, s);
	struct tk_bytes rest, field;

	if (more < 0)
		return -1;
	rest = more ? (struct tk_bytes){m->lines.ptr, m->lines.len}
		    : (struct tk_bytes){NULL, 0};
	field = decimal_field(&rest);
	if (!manifest_is(field, MAGIC))
		return source_fail(s,
				   "%s: is no manifest, whose first line is "
				   "\"" MAGIC " 1\"",
				   m->lines.scan.file->path);
	field = decimal_field(&rest);
	if (!manifest_is(field, "1"))
		return manifest_fail(m, s, field,
				     "is not a version of manifests that this "
				     "program knows; it knows 1");
	return manifest_end_line(m, s, rest);
}

/* 1: the line was "end". */
static int parse_line(struct manifest *m, struct source *s)
{
	struct tk_bytes rest = {m->lines.ptr, m->lines.len};
	struct tk_bytes word = decimal_field(&rest);

	if (!word.len || *word.ptr == '#')
		return 0;
	if (manifest_is(word, "hparam"))
		return manifest_hparam(m, s, rest);
	if (manifest_is(word, "special"))
		return manifest_special(m, s, rest);
	if (manifest_is(word, "token"))
		return manifest_token(m, s, rest);
	if (manifest_is(word, "matrix"))
		return parse_matrix(m, s, rest);
	if (manifest_is(word, "end"))
		return manifest_end_line(m, s, rest) ? -1 : 1;
	return manifest_fail(m, s, word,
			     "is no line of a manifest; hparam, special, "
			     "token, matrix, end and # are");
}

/* The file ends with the line "end"; without it, it has been cut. */
static int parse_lines(struct manifest *m, struct source *s)
{
	int more, ended = 0;

	while (!ended && (more = lines_next(&m->lines, s)) != 0) {
		if (more < 0)
			return -1;
		ended = parse_line(m, s);
	}
	if (ended < 0)
		return -1;
	if (!ended)
		return lines_fail(&m->lines, s,
				  "the line \"end\" is missing: the file has "
				  "been cut");
	more = lines_next(&m->lines, s);
	if (more > 0)
		return lines_fail(&m->lines, s, "something after \"end\"");
	return more;
}

/* Special ids may stand before the tokens, so they are checked last. */
static int check_specials(struct source *s, const struct file *f)
{
	for (int i = 0; i < TK_N_SPECIAL; i++)
		if (s->special[i] != TK_NO_ID && !tokens_has(s, s->special[i]))
			return source_fail(s,
					   "%s: a special token has the id %u, "
					   "but there are %u tokens",
					   f->path, s->special[i],
					   s->tokens.n);
	return 0;
}

static int check_tied(struct source *s, const struct file *f,
		      const struct source_options *opt)
{
	if (opt->tie)
		s->hparams.tied = true;
	if (s->hparams.tied && s->w_u.name)
		return source_fail(s,
				   "%s: W_U is tied to W_E, but there is a "
				   "matrix w_u too: leave one out",
				   f->path);
	return 0;
}

/* ---- the reader ---- */

static bool sniff_manifest(const struct probe *p)
{
	return !p->is_directory && p->head_len > strlen(MAGIC) &&
	       !memcmp(p->head, MAGIC " ", strlen(MAGIC) + 1);
}

static int open_manifest(struct source *s, const struct source_options *opt)
{
	struct manifest *m = source_alloc(s, sizeof(*m));
	struct file *f;

	if (!m)
		return -1;
	if (!opt->input)
		return source_fail(s, "--from manifest: which FILE?");
	if (opt->embed || opt->unembed || opt->vocab || opt->config)
		return source_fail(s,
				   "%s: --embed, --unembed, --vocab and "
				   "--config are of no use with a manifest",
				   opt->input);
	if (file_open(&f, s, opt->input) || lines_open(&m->lines, s, f) ||
	    parse_first(m, s) || parse_lines(m, s) || check_specials(s, f) ||
	    check_tied(s, f, opt))
		return -1;
	s->kind = "manifest";
	s->title = source_printf(s, "a manifest, %u token%s", s->tokens.n,
				 s->tokens.n == 1 ? "" : "s");
	return s->title ? 0 : -1;
}

const struct reader reader_manifest = {
	"manifest",
	"a model as text, as tkinfo --dump prints it",
	sniff_manifest,
	open_manifest,
};
