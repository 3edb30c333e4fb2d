/* SPDX-License-Identifier: MIT */
/*
 * gguf.c - a GGUF file as a source
 *
 * Of all its tensors we want those at the two ends: the embeddings, the
 * output matrix and bias, and the norms beside them.
 */
#include <string.h>

#include "gguf_hparams.h"
#include "gguf_parse.h"
#include "gguf_vocab.h"

#define MAX_LICENSE 255

/* Names shown when the one wanted is not there. */
#define MAX_SHOWN 20

static bool is_gguf(const struct probe *p)
{
	return !p->is_directory && p->head_len >= 4 &&
	       !memcmp(p->head, "GGUF", 4);
}

/* ---- tensors as tables ---- */

/* The tensors that may be a matrix of embeddings, for a message. */
static const char *list_matrices(const struct gguf *g)
{
	const char *list = "";
	unsigned shown = 0;

	for (uint64_t i = 0; i < g->n_tensors && list; i++) {
		const struct gguf_tensor *t = &g->tensors[i];

		if (t->ne[1] == 1 || t->ne[2] != 1 || t->ne[3] != 1)
			continue;
		if (++shown > MAX_SHOWN)
			return source_printf(g->s, "%s, ...", list);
		list = source_printf(g->s, "%s%s%s", list, *list ? ", " : "",
				     gguf_shown(g, t->name));
	}
	return list && *list ? list : "no matrix at all";
}

/* Makes 't' the tensor 'name'; an absent one leaves it as it was. */
static int bind(struct table *t, const struct gguf *g, const char *name)
{
	const struct gguf_tensor *from = gguf_find_tensor(g, name);
	int elem;

	if (!from)
		return 0;
	elem = gguf_tensor_elem(from->type);
	if (elem < 0)
		return source_fail(g->s,
				   "%s: tensor %s is of type %s, which is not "
				   "read; quantise it to another, like Q8_0",
				   g->file->path, gguf_shown(g, name),
				   gguf_tensor_type_name(from->type));
	if (from->ne[2] != 1 || from->ne[3] != 1)
		return source_fail(g->s,
				   "%s: tensor %s has %u dimensions; it must "
				   "be a matrix",
				   g->file->path, gguf_shown(g, name),
				   from->n_dims);
	t->name = from->name;
	t->cols = from->ne[0];
	t->rows = from->ne[1];
	t->elem = (enum elem)elem;
	return table_in_file(g->s, t, g->file, from->offset);
}

/* The same for a vector of 'cols' elements. */
static int bind_vector(struct table *t, const struct gguf *g, const char *name,
		       uint64_t cols)
{
	if (bind(t, g, name))
		return -1;
	if (t->name && (t->rows != 1 || t->cols != cols))
		return source_fail(
			g->s,
			"%s: tensor %s is %llu x %llu; %llu elements "
			"are needed",
			g->file->path, gguf_shown(g, name),
			(unsigned long long)t->rows,
			(unsigned long long)t->cols, (unsigned long long)cols);
	return 0;
}

static int read_embeddings(struct gguf *g, const struct source_options *opt)
{
	const char *name = opt->embed ? opt->embed : "token_embd.weight";
	struct source *s = g->s;

	if (bind(&s->w_e, g, name))
		return -1;
	if (!s->w_e.name)
		return source_fail(s,
				   "%s: has no tensor %s (name another with "
				   "--embed): there is %s",
				   g->file->path,
				   gguf_shown(g, name),
				   list_matrices(g));
	if (s->tokens.n > s->w_e.rows)
		return source_fail(s,
				   "%s: %u tokens, but %s has only %llu rows",
				   g->file->path, s->tokens.n,
				   gguf_shown(g, name),
				   (unsigned long long)s->w_e.rows);
	return 0;
}

/* A file without an output matrix uses the embeddings, as llama.cpp does. */
static int read_output(struct gguf *g, const struct source_options *opt)
{
	const char *name = opt->unembed ? opt->unembed : "output.weight";
	struct source *s = g->s;

	if (opt->tie && gguf_find_tensor(g, name))
		source_note(s, "%s is left out: --tie", name);
	else if (strcmp(name, s->w_e.name) && bind(&s->w_u, g, name))
		return -1;
	if (opt->unembed && !gguf_find_tensor(g, name))
		return source_fail(s, "%s: has no tensor %s: there is %s",
				   g->file->path,
				   gguf_shown(g, name),
				   list_matrices(g));
	s->hparams.tied = !s->w_u.name;
	if (s->w_u.name && s->w_u.cols != s->w_e.cols)
		return source_fail(s,
				   "%s: %s has rows of %llu elements, %s of "
				   "%llu",
				   g->file->path, gguf_shown(g, name),
				   (unsigned long long)s->w_u.cols,
				   gguf_shown(g, s->w_e.name),
				   (unsigned long long)s->w_e.cols);
	return bind_vector(&s->b_u, g, "output.bias",
			   s->w_u.name ? s->w_u.rows : s->w_e.rows);
}

/* The weight and the bias of a norm. */
static int bind_norm(struct gguf *g, struct table *weight, struct table *bias,
		     const char *name)
{
	struct source *s = g->s;
	const char *names[2] = {source_printf(s, "%s.weight", name),
				source_printf(s, "%s.bias", name)};

	if (!names[0] || !names[1] ||
	    bind_vector(weight, g, names[0], s->w_e.cols))
		return -1;
	return bind_vector(bias, g, names[1], s->w_e.cols);
}

static int read_norm_tables(struct gguf *g)
{
	struct source *s = g->s;
	/* T5 has a norm for each of its halves. */
	const char *name = gguf_find_tensor(g, "output_norm.weight")
				   ? "output_norm"
				   : "dec.output_norm";

	/* LFM2's final norm has the name that others give to the first. */
	if (!strncmp(s->architecture, "lfm2", 4) &&
	    gguf_find_tensor(g, "token_embd_norm.weight"))
		return bind_norm(g, &s->final_norm_weight, &s->final_norm_bias,
				 "token_embd_norm");
	if (bind_norm(g, &s->embed_norm_weight, &s->embed_norm_bias,
		      "token_embd_norm"))
		return -1;
	return bind_norm(g, &s->final_norm_weight, &s->final_norm_bias, name);
}

/* ---- the file against itself ---- */

/* Keys that state a shape; padding may follow the vocabulary they mean. */
static int check_shape_keys(const struct gguf *g)
{
	struct source *s = g->s;
	uint64_t d, n;
	bool found;

	if (gguf_get_arch_u64(&d, &found, g, "embedding_length"))
		return -1;
	if (found && d != s->w_e.cols)
		return source_fail(s,
				   "%s: %s.embedding_length is %llu, but %s "
				   "has rows of %llu elements",
				   g->file->path, s->architecture,
				   (unsigned long long)d,
				   gguf_shown(g, s->w_e.name),
				   (unsigned long long)s->w_e.cols);
	if (gguf_get_arch_u64(&n, &found, g, "vocab_size"))
		return -1;
	if (found && n > s->w_e.rows)
		return source_fail(s,
				   "%s: %s.vocab_size is %llu, but %s has only "
				   "%llu rows",
				   g->file->path, s->architecture,
				   (unsigned long long)n,
				   gguf_shown(g, s->w_e.name),
				   (unsigned long long)s->w_e.rows);
	return 0;
}

/* Parts of a split file name themselves; none of them is a model. */
static int refuse_part(const struct gguf *g)
{
	uint64_t count, no = 0;
	bool found, has_no;

	if (gguf_get_u64(&count, &found, g, "split.count") ||
	    gguf_get_u64(&no, &has_no, g, "split.no"))
		return -1;
	if (!found || count <= 1)
		return 0;
	return source_fail(g->s,
			   "%s: part %llu of a model in %llu files; merge them "
			   "first: gguf-split --merge FIRST-PART OUT.gguf",
			   g->file->path, (unsigned long long)no + 1,
			   (unsigned long long)count);
}

/* ---- all of it ---- */

static int read_matrices(struct gguf *g, const struct source_options *opt)
{
	if (!g->n_tensors)
		return source_fail(g->s,
				   "%s: has no tensors, only a vocabulary; "
				   "pack that with --vocab-only",
				   g->file->path);
	if (read_embeddings(g, opt) || read_output(g, opt) ||
	    read_norm_tables(g))
		return -1;
	g->s->hparams.d_model = g->s->w_e.cols;
	/* With --embed, the matrix is not the one that the keys describe. */
	if (!opt->embed && check_shape_keys(g))
		return -1;
	return gguf_read_hparams(g);
}

static int read_facts(struct gguf *g)
{
	struct source *s = g->s;
	struct tk_hparams *hp = &s->hparams;
	bool found;

	s->kind = "gguf";
	s->title = source_printf(s, "GGUF v%u, architecture %s, %llu tensors",
				 g->version, s->architecture,
				 (unsigned long long)g->n_tensors);
	if (!s->title || gguf_get_text(&s->license, &found, g,
				       "general.license", MAX_LICENSE))
		return -1;
	if (gguf_get_arch_u64(&hp->n_ctx, &found, g, "context_length"))
		return -1;
	return gguf_get_arch_u64(&hp->d_model, &found, g, "embedding_length");
}

static int open_gguf(struct source *s, const struct source_options *opt)
{
	struct gguf g;

	if (!opt->input)
		return source_fail(s, "--from gguf needs an input file");
	if (opt->config)
		return source_fail(s,
				   "%s: --config is of no use here, the file "
				   "says itself what a config.json would; see "
				   "--set",
				   opt->input);
	if (gguf_parse(&g, s, opt->input) || refuse_part(&g) ||
	    gguf_read_architecture(&g) || read_facts(&g) ||
	    gguf_read_vocab(&g, opt))
		return -1;
	if (opt->vocab_only)
		return 0;
	return read_matrices(&g, opt);
}

const struct reader reader_gguf = {
	.name = "gguf",
	.title = "a GGUF file, as llama.cpp uses",
	.sniff = is_gguf,
	.open = open_gguf,
};
