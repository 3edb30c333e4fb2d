/* SPDX-License-Identifier: MIT */
/*
 * hf_config.c - what config.json says about the two ends
 *
 * A model of several modes has its text model's keys in an object of its own;
 * what is not there is looked for outside of it.
 */
#include "hf_config.h"

#include <math.h>
#include <string.h>

void hf_config_init(struct hf_config *c)
{
	memset(c, 0, sizeof(*c));
	c->tie = UNKNOWN;
	c->rms_eps = c->layer_eps = NAN;
	c->embed_scale = c->logit_scale = NAN;
	c->dim_model_base = c->softcap = NAN;
	hf_special_init(&c->special);
}

/* ---- reading ---- */

struct keys {
	const struct doc *doc;
	const json_t *inner; /* the text model's object */
};

static const json_t *holder(const struct keys *k, const char *key)
{
	const json_t *value = json_object_get(k->inner, key);

	return value && !json_is_null(value) ? k->inner : k->doc->root;
}

static void find_inner(struct keys *k)
{
	static const char *const names[] = {"text_config", "language_config",
					    "llm_config", "thinker_config"};

	k->inner = k->doc->root;
	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		const json_t *o = json_object_get(
			k->inner, names[i % (sizeof(names) / sizeof(*names))]);

		if (json_is_object(o))
			k->inner = o;
	}
}

/* The first of the keys, which end with NULL, that is there. */
static int first_u64(const struct keys *k, const char *const *list,
		     uint64_t *out, const char **which)
{
	for (; *list && !*out; list++) {
		if (doc_u64(k->doc, holder(k, *list), *list, out))
			return -1;
		*which = *list;
	}
	return 0;
}

static int first_f64(const struct keys *k, const char *const *list,
		     double *out)
{
	for (; *list && isnan(*out); list++)
		if (doc_f64(k->doc, holder(k, *list), *list, out))
			return -1;
	return 0;
}

/* The same for the eps of a norm. */
static int first_eps(const struct keys *k, const char *const *list,
		     double *out)
{
	for (; *list && isnan(*out); list++) {
		if (doc_f64(k->doc, holder(k, *list), *list, out))
			return -1;
		if (*out < 0)
			return source_fail(k->doc->s,
					   "%s: %s is %g; it must not be "
					   "below 0",
					   k->doc->path, *list, *out);
	}
	return 0;
}

static int read_type(struct hf_config *c, const struct keys *k)
{
	struct source *s = k->doc->s;
	const char *type = NULL;

	if (doc_text(k->doc, holder(k, "model_type"), "model_type", &type))
		return -1;
	if (!type)
		return 0;
	c->model_type = source_strdup(s, type);
	if (!c->model_type)
		return -1;
	s->architecture = c->model_type;
	c->traits = traits_find(type);
	if (!c->traits)
		source_note(s, "%s: model_type %s is not known: scales were "
			       "looked for under the usual keys",
			    c->path,
			    source_quote(s, type, strlen(type), 40));
	return 0;
}

static int read_sizes(struct hf_config *c, const struct keys *k)
{
	static const char *const narrow[] = {"embedding_size", NULL};
	static const char *const opt[] = {"word_embed_proj_dim", NULL};
	static const char *const width[] = {"hidden_size", "n_embd", "d_model",
					    "dim", "n_embed", NULL};
	static const char *const rows[] = {"vocab_size", NULL};
	static const char *const context[] = {
		"max_position_embeddings", "n_positions", "n_ctx",
		"seq_length", "max_seq_len", "max_sequence_length",
		"model_max_length", "max_length", "context_length", NULL};
	const char *key, *inside = NULL;

	if (first_u64(k, opt, &c->d_model, &c->d_model_key) ||
	    (hf_has_habit(c, HABIT_SMALL_EMBED) &&
	     first_u64(k, narrow, &c->d_model, &c->d_model_key)) ||
	    first_u64(k, width, &c->hidden_size, &inside) ||
	    first_u64(k, rows, &c->vocab_size, &key))
		return -1;
	if (!c->d_model) {
		c->d_model = c->hidden_size;
		c->d_model_key = inside;
	}
	/* model2vec's is 1000000: there is no limit to an average */
	if (hf_has_habit(c, HABIT_NO_W_U))
		return 0;
	return first_u64(k, context, &c->n_ctx, &key);
}

static int read_scales(struct hf_config *c, const struct keys *k)
{
	static const char *const embed[] = {"scale_emb",
					    "embedding_multiplier",
					    "embedding_multiplier_scale",
					    NULL};
	static const char *const logit[] = {"lm_head_multiplier",
					    "output_multiplier_scale", NULL};
	static const char *const cap[] = {"final_logit_softcapping",
					  "logits_soft_cap", NULL};
	static const char *const base[] = {"dim_model_base", NULL};
	static const char *const scaling[] = {"logits_scaling", NULL};
	static const char *const scale[] = {"logit_scale", NULL};
	const json_t *text = json_object_get(holder(k, scale[0]), scale[0]);
	double divide = NAN;
	int sqrt_embed = NO, rsqrt = NO;

	c->logit_rsqrt = json_is_string(text) &&
			 !strcmp(json_string_value(text), "inv_sqrt_d_model");
	if (first_f64(k, embed, &c->embed_scale) ||
	    (!c->logit_rsqrt && first_f64(k, scale, &c->logit_scale)) ||
	    first_f64(k, logit, &c->logit_scale) ||
	    first_f64(k, cap, &c->softcap) ||
	    first_f64(k, base, &c->dim_model_base) ||
	    first_f64(k, scaling, &divide) ||
	    doc_bool(k->doc, holder(k, "scale_embedding"), "scale_embedding",
		     &sqrt_embed) ||
	    doc_bool(k->doc, holder(k, "scale_logits"), "scale_logits",
		     &rsqrt))
		return -1;
	/* null is "none", even where silence would mean a default */
	if (isnan(c->softcap) && json_object_get(k->inner, cap[0]))
		c->softcap = 0;
	c->embed_sqrt = sqrt_embed == YES;
	c->logit_rsqrt |= rsqrt == YES;
	if (isnan(divide))
		return 0;
	if (!isnan(c->logit_scale))
		return source_fail(k->doc->s, "%s: has both logits_scaling "
					      "and logit_scale",
				   c->path);
	c->logit_scale =
		hf_has_habit(c, HABIT_SCALING_UP) ? divide : 1 / divide;
	return 0;
}

static int read_norms(struct hf_config *c, const struct keys *k)
{
	static const char *const rms[] = {"rms_norm_eps", "rms_norm_epsilon",
					  NULL};
	static const char *const layer[] = {
		"layer_norm_epsilon", "layer_norm_eps", "norm_epsilon",
		"layernorm_epsilon",  "norm_eps",	NULL};
	int before = YES;

	if (first_eps(k, rms, &c->rms_eps) ||
	    first_eps(k, layer, &c->layer_eps) ||
	    doc_bool(k->doc, k->inner, "do_layer_norm_before", &before))
		return -1;
	c->post_norm = before == NO;
	return 0;
}

/* Either object may say it; that they are tied outweighs. */
static int read_tie(struct hf_config *c, const struct keys *k)
{
	static const char key[] = "tie_word_embeddings";
	int outer = UNKNOWN;

	if (doc_bool(k->doc, k->inner, key, &c->tie) ||
	    doc_bool(k->doc, k->doc->root, key, &outer))
		return -1;
	if (c->tie == UNKNOWN || outer == YES)
		c->tie = outer;
	return 0;
}

int hf_config_read(struct hf_config *c, struct source *s, const char *path)
{
	struct doc d;
	struct keys k = {.doc = &d};
	int status;

	hf_config_init(c);
	if (doc_open(&d, s, path))
		return -1;
	c->path = d.path;
	find_inner(&k);
	status = read_type(c, &k) || read_sizes(c, &k) ||
		 read_scales(c, &k) || read_norms(c, &k) || read_tie(c, &k) ||
		 hf_special_ids(&c->special, &d, d.root) ||
		 (k.inner != d.root &&
		  hf_special_ids(&c->special, &d, k.inner));
	doc_close(&d);
	return status ? -1 : 0;
}

/* ---- norms ---- */

enum tk_norm hf_config_norm(const struct hf_config *c, struct source *s,
			    bool bias)
{
	/* no RMS norm has a bias */
	if (bias)
		return TK_NORM_LAYER;
	if (c->traits && c->traits->norm != TK_NORM_NONE)
		return c->traits->norm;
	if (isnan(c->rms_eps) && !isnan(c->layer_eps))
		return TK_NORM_LAYER;
	if (isnan(c->rms_eps))
		source_note(s, "nothing says what kind of norm the final one "
			       "is; having no bias, it is taken as rmsnorm "
			       "with eps 1e-6");
	return TK_NORM_RMS;
}

double hf_config_eps(const struct hf_config *c, enum tk_norm norm)
{
	double own = norm == TK_NORM_RMS ? c->rms_eps : c->layer_eps;
	double other = norm == TK_NORM_RMS ? c->layer_eps : c->rms_eps;

	if (!isnan(own))
		return own;
	if (!isnan(other))
		return other;
	return norm == TK_NORM_RMS ? 1e-6 : 1e-5;
}

/* ---- applying ---- */

int hf_config_check(const struct hf_config *c, struct source *s)
{
	const struct table *t = &s->w_e;

	if (c->d_model && c->d_model != t->cols)
		return source_fail(s, "%s: %s is %llu, but %s in %s has %llu "
				      "columns",
				   c->path, c->d_model_key,
				   (unsigned long long)c->d_model, t->name,
				   t->file->path, (unsigned long long)t->cols);
	if (c->vocab_size > t->rows)
		return source_fail(s, "%s: vocab_size is %llu, but %s in %s "
				      "has %llu rows",
				   c->path, (unsigned long long)c->vocab_size,
				   t->name, t->file->path,
				   (unsigned long long)t->rows);
	if (c->hidden_size && c->hidden_size != t->cols)
		source_note(s, "the model's hidden size is %llu: the "
			       "projections to and from the %llu columns of "
			       "W_E are not stored, hidden vectors are behind "
			       "them",
			    (unsigned long long)c->hidden_size,
			    (unsigned long long)t->cols);
	return 0;
}

/* The value of 'x' in a binary format with 'bits' bits of significand. */
static double rounded(double x, int bits)
{
	int exponent;
	double fraction = frexp(x, &exponent);

	return ldexp(rint(ldexp(fraction, bits)), exponent - bits);
}

/* The reference casts the factor to the type of the rows it multiplies. */
static double sqrt_factor(const struct hf_config *c, uint64_t d,
			  enum elem wide)
{
	double root = sqrt((double)d);

	if (wide == ELEM_BF16 || hf_has_habit(c, HABIT_SQRT_BF16))
		return rounded(root, 8);
	return rounded(root, wide == ELEM_F16 ? 11 : 24);
}

static double or_default(double x, double fallback)
{
	return isnan(x) ? fallback : x;
}

static int set_scale(struct source *s, const struct hf_config *c, float *out,
		     double value, const char *what)
{
	*out = (float)value;
	if (isfinite(*out) && *out > 0)
		return 0;
	return source_fail(s, "%s: the %s would be %g, which is not a "
			      "positive number",
			   c->path ? c->path : "config", what, value);
}

static int check_unit_rows(const struct hf_config *c, struct source *s)
{
	/* the second generation has this vocabulary, the first does not
	   normalise */
	if (!hf_has_habit(c, HABIT_UNIT_ROWS) || c->vocab_size != 125696)
		return 0;
	return source_fail(s,
			   "%s: this model normalises each row of its "
			   "lm_head in use, which a .tk file cannot say; "
			   "normalise the tensor first, and give it with "
			   "another model_type",
			   c->path);
}

int hf_config_apply(const struct hf_config *c, struct source *s,
		    enum elem wide)
{
	uint64_t d = s->w_e.cols;
	double rows = or_default(c->embed_scale, 1);
	double cap = or_default(c->softcap,
				hf_has_habit(c, HABIT_CAP_30) ? 30 : 0);
	double logit = or_default(
		c->logit_scale,
		hf_has_habit(c, HABIT_SCALE_16TH) ? 0.0625 : 1);

	if (check_unit_rows(c, s))
		return -1;
	s->hparams.n_ctx = c->n_ctx;
	s->hparams.d_model = d;
	if (c->embed_sqrt || hf_has_habit(c, HABIT_EMBED_SQRT))
		rows *= sqrt_factor(c, d, wide);
	if (!isnan(c->dim_model_base))
		logit *= c->dim_model_base / (double)d;
	if (c->logit_rsqrt ||
	    (hf_has_habit(c, HABIT_TIED_SQRT) && s->hparams.tied &&
	     c->tie != NO))
		logit /= sqrt((double)d);
	if (set_scale(s, c, &s->hparams.embed_scale, rows, "embed_scale") ||
	    set_scale(s, c, &s->hparams.logit_scale, logit, "logit_scale"))
		return -1;
	if (cap != 0 && set_scale(s, c, &s->hparams.logit_softcap, cap,
				  "softcap"))
		return -1;
	return 0;
}
