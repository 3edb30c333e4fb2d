/* SPDX-License-Identifier: MIT */
/*
 * hf.c - a Hugging Face directory, or one .safetensors file, as a source
 *
 * config.json first, since it says how to read the rest; then the weights;
 * then the tokens, whose ids are bounded by the rows of W_E.
 */
#include <math.h>
#include <string.h>

#include "hf_config.h"
#include "hf_parts.h"
#include "hf_tensors.h"
#include "hf_tokenizer.h"
#include "weights.h"

struct model {
	struct source *s;
	const struct source_options *opt;
	const char *directory;
	struct hf_config config;
	struct weights weights;
	struct hf_parts parts;
};

/* ---- W_U ---- */

/* A tensor for W_U that is there wins over what config.json says. */
static int use_w_u(struct model *m)
{
	struct source *s = m->s;
	const struct tensor *t = m->parts.at[PART_W_U];
	bool same;

	if (hf_matrix(&s->w_u, s, t))
		return -1;
	if (s->w_u.cols != s->w_e.cols)
		return source_fail(s, "%s has %llu columns, %s has %llu: give "
				      "another with --unembed NAME",
				   s->w_e.name,
				   (unsigned long long)s->w_e.cols,
				   s->w_u.name,
				   (unsigned long long)s->w_u.cols);
	if (m->config.vocab_size > s->w_u.rows)
		return source_fail(s, "%s: vocab_size is %llu, but %s has "
				      "%llu rows",
				   m->config.path,
				   (unsigned long long)m->config.vocab_size,
				   s->w_u.name,
				   (unsigned long long)s->w_u.rows);
	if (hf_same_bytes(&same, s, m->parts.at[PART_W_E], t))
		return -1;
	if (same) {
		source_note(s, "%s is %s byte for byte: stored once, as tied",
			    s->w_u.name, s->w_e.name);
		memset(&s->w_u, 0, sizeof(s->w_u));
		s->hparams.tied = true;
	} else if (m->config.tie == YES) {
		source_note(s, "%s: tie_word_embeddings is true, but %s is "
			       "there and differs: it is used",
			    m->config.path, s->w_u.name);
	}
	return 0;
}

static int no_w_u(struct model *m)
{
	struct source *s = m->s;
	const char *name = m->parts.family->names[PART_W_U];
	char first[64];

	s->hparams.tied = m->opt->tie || (name && m->config.tie != NO);
	if (s->hparams.tied || !name)
		return 0;
	if (!family_word(first, sizeof(first), name, 0))
		first[0] = 0;
	return source_fail(s, "%s: tie_word_embeddings is false, but there "
			      "is no %s; use --tie if W_U is W_E, or "
			      "--unembed NAME, of: %s",
			   m->config.path, first,
			   weights_candidates(&m->weights, s, s->w_e.rows));
}

static int find_w_u(struct model *m)
{
	const struct tensor *t = m->parts.at[PART_W_U];

	if (t && m->opt->tie && !m->opt->unembed) {
		source_note(m->s, "%s is there, but --tie was given: W_U is "
				  "W_E",
			    t->name);
		m->s->hparams.tied = true;
		return 0;
	}
	return t ? use_w_u(m) : no_w_u(m);
}

/* ---- norms ---- */

static int find_embed_norm(struct model *m)
{
	struct source *s = m->s;
	const struct hf_parts *p = &m->parts;

	if (!p->at[PART_EMBED_WEIGHT])
		return 0;
	s->hparams.embed_norm = TK_NORM_LAYER;
	s->hparams.embed_norm_eps = hf_config_eps(&m->config, TK_NORM_LAYER);
	return hf_vector(&s->embed_norm_weight, s, p->at[PART_EMBED_WEIGHT],
			  s->w_e.cols) ||
			       hf_vector(&s->embed_norm_bias, s,
					  p->at[PART_EMBED_BIAS], s->w_e.cols)
		       ? -1
		       : 0;
}

static int find_final_norm(struct model *m)
{
	struct source *s = m->s;
	const struct hf_parts *p = &m->parts;
	const struct tensor *weight = p->at[PART_FINAL_WEIGHT];
	const struct tensor *bias = p->at[PART_FINAL_BIAS];

	if (m->config.post_norm)
		return 0;
	if (!weight && !hf_has_habit(&m->config, HABIT_NO_WEIGHT)) {
		if (p->family->names[PART_FINAL_WEIGHT])
			source_note(s, "no final norm was found: hidden "
				       "vectors are taken as they come");
		return 0;
	}
	s->hparams.final_norm = weight ? hf_config_norm(&m->config, s, bias)
				       : m->config.traits->norm;
	s->hparams.final_norm_eps =
		hf_config_eps(&m->config, s->hparams.final_norm);
	if (weight && hf_has_habit(&m->config, HABIT_PLUS_ONE))
		s->hparams.final_norm_offset = 1;
	return hf_vector(&s->final_norm_weight, s, weight, s->w_e.cols) ||
			       hf_vector(&s->final_norm_bias, s,
					  weight ? bias : NULL, s->w_e.cols)
		       ? -1
		       : 0;
}

/* ---- the model ---- */

/* Vectors of model2vec may be shared, or scaled, by two more tensors. */
static int check_mapping(const struct model *m)
{
	struct source *s = m->s;

	if (strcmp(m->parts.at[PART_W_E]->name, "embeddings"))
		return 0;
	if (weights_has(&m->weights, "mapping"))
		return source_fail(s, "%s: its vocabulary is quantised "
				      "(tensor \"mapping\"): the rows of "
				      "\"embeddings\" do not belong to one "
				      "token each; save it without",
				   m->weights.path);
	if (weights_has(&m->weights, "weights"))
		source_note(s, "%s: the tensor \"weights\", a factor a token, "
			       "is not stored",
			    m->weights.path);
	return 0;
}

static int read_tensors(struct model *m)
{
	struct source *s = m->s;
	const struct hf_parts *p = &m->parts;
	const struct table *u = &s->w_u;

	if (hf_parts_find(&m->parts, &m->weights, s, m->opt,
			  m->config.vocab_size) ||
	    check_mapping(m) ||
	    hf_matrix(&s->w_e, s, p->at[PART_W_E]) ||
	    hf_config_check(&m->config, s) || find_w_u(m))
		return -1;
	if (p->at[PART_B_U] && (u->name || s->hparams.tied) &&
	    hf_vector(&s->b_u, s, p->at[PART_B_U],
		       u->name ? u->rows : s->w_e.rows))
		return -1;
	if (find_embed_norm(m) || find_final_norm(m))
		return -1;
	return hf_config_apply(&m->config, s, s->w_e.elem);
}

static int read_config(struct model *m, bool required)
{
	const char *path = m->opt->config;

	hf_config_init(&m->config);
	if (path ||
	    hf_in_directory(&path, m->s, m->directory, "config.json"))
		return hf_config_read(&m->config, m->s, path);
	if (!required)
		return 0;
	return source_fail(m->s, "%s: has no config.json; give one with "
			      "--config FILE",
			   m->directory);
}

static int open_weights(struct model *m)
{
	static const char *const pickles[] = {"pytorch_model.bin",
					      "pytorch_model.bin.index.json"};
	struct source *s = m->s;
	const char *path;

	if (hf_in_directory(&path, s, m->directory, "model.safetensors"))
		return weights_open_file(&m->weights, s, path);
	if (hf_in_directory(&path, s, m->directory,
			    "model.safetensors.index.json"))
		return weights_open_index(&m->weights, s, m->directory, path);
	for (size_t i = 0; i < sizeof(pickles) / sizeof(pickles[0]); i++)
		if (hf_in_directory(&path, s, m->directory, pickles[i]))
			return source_fail(s, "%s: is a Python pickle, which "
					      "is never loaded; save the model "
					      "as safetensors",
					   path);
	return source_fail(s, "%s: has no model.safetensors and no "
			      "model.safetensors.index.json",
			   m->directory);
}

static int read_tokens(struct model *m)
{
	const struct tensor *t = m->parts.at[PART_W_E];
	const char *rows_of = NULL;

	if (t) {
		rows_of = source_printf(m->s, "%s in %s",
					source_quote(m->s, t->name,
						     t->name_len, 80),
					weights_file_of(t));
		if (!rows_of)
			return -1;
	}
	return hf_tokenizer_read(m->s, m->opt, m->directory, &m->config,
				 rows_of);
}

/* ---- the readers ---- */

static bool is_directory(const struct probe *p)
{
	return p->is_directory;
}

/* What config.json says is taken along, if there is one. */
static int read_vocab_only(struct model *m)
{
	if (read_config(m, false))
		return -1;
	m->s->hparams.n_ctx = m->config.n_ctx;
	m->s->hparams.d_model = m->config.d_model;
	return read_tokens(m);
}

static int open_directory(struct source *s, const struct source_options *opt)
{
	struct model m = {.s = s, .opt = opt, .directory = opt->input};

	s->kind = "huggingface";
	s->title = "a Hugging Face directory";
	s->directory = opt->input;
	if (opt->vocab_only)
		return read_vocab_only(&m);
	if (read_config(&m, true) || open_weights(&m) || read_tensors(&m))
		return -1;
	return read_tokens(&m);
}

static bool is_safetensors(const struct probe *p)
{
	return !p->is_directory && safetensors_sniff(p->head, p->head_len);
}

static int open_safetensors(struct source *s, const struct source_options *opt)
{
	struct model m = {.s = s, .opt = opt};

	s->kind = "safetensors";
	s->title = "a .safetensors file";
	m.directory = hf_directory_of(s, opt->input);
	if (!m.directory || read_config(&m, false) ||
	    weights_open_file(&m.weights, s, opt->input) || read_tensors(&m))
		return -1;
	if (!m.config.path)
		source_note(s, "%s: there is no config.json, so scales, soft "
			       "cap, eps and ties are guesses; give one with "
			       "--config FILE",
			    opt->input);
	return read_tokens(&m);
}

/* JSON; a .safetensors file, too, may begin with '{' by its length. */
static bool is_json(const struct probe *p)
{
	size_t i = 0;

	while (i < p->head_len && strchr(" \t\r\n", p->head[i]) && p->head[i])
		i++;
	return !p->is_directory && i < p->head_len && p->head[i] == '{';
}

static int open_tokenizer(struct source *s, const struct source_options *opt)
{
	struct source_options own = *opt;
	struct model m = {.s = s, .opt = &own};

	if (!opt->vocab_only)
		return source_fail(s, "%s: has no matrices; pack the directory "
				      "it lies in, or the vocabulary alone "
				      "with --vocab-only",
				   opt->input);
	if (opt->vocab)
		return source_fail(s, "the vocabulary is given twice, as "
				      "INPUT %s and as --vocab %s",
				   opt->input, opt->vocab);
	own.vocab = opt->input;
	s->kind = "tokenizer";
	s->title = "a tokenizer's file";
	m.directory = hf_directory_of(s, opt->input);
	return m.directory ? read_vocab_only(&m) : -1;
}

const struct reader reader_huggingface = {
	"huggingface", "a Hugging Face model directory", is_directory,
	open_directory};

const struct reader reader_safetensors = {
	"safetensors", "one .safetensors file", is_safetensors,
	open_safetensors};

const struct reader reader_tokenizer = {
	"tokenizer", "a tokenizer.json or vocab.json, with --vocab-only",
	is_json, open_tokenizer};
