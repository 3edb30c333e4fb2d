/* SPDX-License-Identifier: MIT */
/*
 * gguf_hparams.c - the hyperparameters of a GGUF file
 *
 * Some stand in keys; some llama.cpp knows by the name of the architecture
 * alone, and they decide the result all the same.
 */
#include "gguf_hparams.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Bytes of an architecture's name, and of a key that starts with it. */
#define MAX_ARCHITECTURE 63
#define MAX_ARCH_KEY 128

/* What an architecture implies where the file is silent; 0: nothing. */
struct habit {
	const char *architecture;
	float embed_scale;
	bool embed_scale_is_root; /* sqrt(d_model) instead */
	float logit_scale;
	float logit_scale_by_d;	  /* that, divided by d_model, instead */
	float softcap;
	bool divides;		  /* its key logit_scale is a divisor */
};

static const struct habit habits[] = {
	{.architecture = "gemma", .embed_scale_is_root = true},
	{.architecture = "gemma2", .embed_scale_is_root = true, .softcap = 30},
	{.architecture = "gemma3", .embed_scale_is_root = true},
	{.architecture = "gemma3n", .embed_scale_is_root = true, .softcap = 30},
	{.architecture = "gemma4", .embed_scale_is_root = true, .softcap = 30},
	{.architecture = "gemma-embedding", .embed_scale_is_root = true},
	{.architecture = "afmoe", .embed_scale_is_root = true},
	{.architecture = "grok",
	 .embed_scale = 78.38367176906169f,
	 .logit_scale = 0.5773502691896257f},
	{.architecture = "minicpm",
	 .embed_scale = 12,
	 .logit_scale_by_d = 256,
	 .divides = true},
	{.architecture = "minicpm3",
	 .embed_scale = 12,
	 .logit_scale_by_d = 256},
	{.architecture = "granite", .divides = true},
	{.architecture = "granitemoe", .divides = true},
	{.architecture = "granitehybrid", .divides = true},
};

static const struct habit *find_habit(const char *architecture)
{
	static const struct habit none;

	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
		if (!strcmp(architecture, habits[i].architecture))
			return &habits[i];
	return &none;
}

/* ---- keys ---- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

int gguf_read_architecture(struct gguf *g)
{
	static const char key[] = "general.architecture";
	struct source *s = g->s;
	const char *a;
	bool found;

	if (gguf_get_text(&a, &found, g, key, MAX_ARCHITECTURE))
		return -1;
	if (!found)
		return source_fail(s, "%s: has no key %s", g->file->path, key);
	for (const char *p = a; *p; p++)
		if (!is_name_char(*p))
			return source_fail(s, "%s: %s is %s, no name",
					   g->file->path, key,
					   source_quote(s, a, strlen(a), 40));
	if (!*a)
		return source_fail(s, "%s: %s is empty", g->file->path, key);
	s->architecture = a;
	return 0;
}

static void arch_key(char out[MAX_ARCH_KEY], const struct gguf *g,
		     const char *name)
{
	snprintf(out, MAX_ARCH_KEY, "%s.%s", g->s->architecture, name);
}

int gguf_get_arch_u64(uint64_t *out, bool *found, const struct gguf *g,
		      const char *name)
{
	char key[MAX_ARCH_KEY];

	arch_key(key, g, name);
	return gguf_get_u64(out, found, g, key);
}

/* A real that must be finite, and above 0 (or 0 too if 'zero'). */
static int get_arch_real(double *out, bool *found, const struct gguf *g,
			 const char *name, bool zero)
{
	char key[MAX_ARCH_KEY];
	double x = 0;

	arch_key(key, g, name);
	if (gguf_get_f64(&x, found, g, key))
		return -1;
	if (!*found)
		return 0;
	if (!isfinite(x) || x < 0 || (x == 0 && !zero))
		return source_fail(g->s, "%s: %s is %g; it must be %s",
				   g->file->path, key, x,
				   zero ? "finite, and not below 0"
					: "finite, and above 0");
	*out = x;
	return 0;
}

/* ---- scales ---- */

static int read_embed_scale(const struct gguf *g, const struct habit *h)
{
	struct source *s = g->s;
	float *scale = &s->hparams.embed_scale;
	double x;
	bool found;

	if (get_arch_real(&x, &found, g, "embedding_scale", false))
		return -1;
	if (found) {
		*scale = (float)x;
		return 0;
	}
	if (h->embed_scale_is_root)
		*scale = (float)sqrt((double)s->w_e.cols);
	else if (h->embed_scale > 0)
		*scale = h->embed_scale;
	else
		return 0;
	source_note(s, "embeddings are scaled by %.9g, as %s models do",
		    (double)*scale, s->architecture);
	return 0;
}

static int read_logit_scale(const struct gguf *g, const struct habit *h)
{
	struct source *s = g->s;
	float *scale = &s->hparams.logit_scale;
	double x;
	bool found;

	if (get_arch_real(&x, &found, g, "logit_scale", false))
		return -1;
	if (found) {
		*scale = h->divides ? 1 / (float)x : (float)x;
		return 0;
	}
	if (h->logit_scale_by_d > 0)
		*scale = h->logit_scale_by_d / (float)s->w_e.cols;
	else if (h->logit_scale > 0)
		*scale = h->logit_scale;
	else
		return 0;
	source_note(s, "logits are scaled by %.9g, as %s models do",
		    (double)*scale, s->architecture);
	return 0;
}

static int read_softcap(const struct gguf *g, const struct habit *h)
{
	struct source *s = g->s;
	double x = h->softcap;
	bool found;

	if (get_arch_real(&x, &found, g, "final_logit_softcapping", true))
		return -1;
	s->hparams.logit_softcap = (float)x;
	if (!found && x > 0)
		source_note(s, "logits are capped at %g, as %s models do", x,
			    s->architecture);
	return 0;
}

/* A multiplier may have left the range of f32 on its way. */
static int check_scales(const struct gguf *g)
{
	const struct tk_hparams *hp = &g->s->hparams;

	if (!isnormal(hp->embed_scale) || !isnormal(hp->logit_scale) ||
	    !isfinite(hp->logit_softcap))
		return source_fail(g->s,
				   "%s: embedding scale %g, logit scale %g or "
				   "softcap %g is beyond the range of f32",
				   g->file->path, (double)hp->embed_scale,
				   (double)hp->logit_scale,
				   (double)hp->logit_softcap);
	return 0;
}

/* ---- norms ---- */

static int read_norms(const struct gguf *g)
{
	struct source *s = g->s;
	struct tk_hparams *hp = &s->hparams;
	/* OLMo's final norm has no weights. */
	bool has_final = s->final_norm_weight.name || s->final_norm_bias.name ||
			 !strcmp(s->architecture, "olmo");
	bool has_embed = s->embed_norm_weight.name || s->embed_norm_bias.name;
	double rms = 0, layer = 0;
	bool has_rms, has_layer;

	if (get_arch_real(&rms, &has_rms, g, "attention.layer_norm_rms_epsilon",
			  true) ||
	    get_arch_real(&layer, &has_layer, g, "attention.layer_norm_epsilon",
			  true))
		return -1;
	if (has_final && !has_rms && !has_layer)
		return source_fail(s,
				   "%s: has a final norm, but neither key "
				   "%s.attention.layer_norm_rms_epsilon nor "
				   "%s.attention.layer_norm_epsilon",
				   g->file->path, s->architecture,
				   s->architecture);
	if (has_embed && !has_layer)
		return source_fail(s,
				   "%s: has a norm of the embeddings, but no "
				   "key %s.attention.layer_norm_epsilon",
				   g->file->path, s->architecture);
	if (!has_final)
		source_note(s, "no final norm was found: hidden vectors are "
			       "taken as they come");
	if (has_final) {
		hp->final_norm = has_rms ? TK_NORM_RMS : TK_NORM_LAYER;
		hp->final_norm_eps = has_rms ? rms : layer;
	}
	if (has_embed) {
		hp->embed_norm = TK_NORM_LAYER;
		hp->embed_norm_eps = layer;
	}
	return 0;
}

int gguf_read_hparams(struct gguf *g)
{
	const struct habit *h = find_habit(g->s->architecture);

	if (read_embed_scale(g, h) || read_logit_scale(g, h) ||
	    read_softcap(g, h) || check_scales(g))
		return -1;
	return read_norms(g);
}
