/* SPDX-License-Identifier: MIT */
/*
 * hf_config.h - what config.json says about the two ends
 */
#ifndef TKPACK_HF_CONFIG_H
#define TKPACK_HF_CONFIG_H

#include "families.h"
#include "hf_special.h"
#include "source.h"

struct hf_config {
	const char *path;	/* NULL: there is no config.json */
	const char *model_type; /* of the text model; NULL: not said */
	const struct traits *traits; /* NULL: not known */
	const char *d_model_key;
	uint64_t d_model;     /* columns of W_E; 0: not said */
	uint64_t hidden_size; /* inside the model, where that differs; or 0 */
	uint64_t vocab_size;  /* 0: not said */
	uint64_t n_ctx;	      /* 0: not said */
	int tie;	      /* tie_word_embeddings: YES, NO, UNKNOWN */
	double rms_eps;	      /* NAN: not said; likewise the next */
	double layer_eps;
	double embed_scale;
	double logit_scale;
	double dim_model_base;
	double softcap;
	bool embed_sqrt;  /* scale_embedding: times sqrt(d) */
	bool logit_rsqrt; /* logit_scale is "inv_sqrt_d_model" */
	bool post_norm;	  /* OPT's do_layer_norm_before is false */
	struct hf_special special;
};

/* Nothing said: for a model without config.json. */
void hf_config_init(struct hf_config *c);

int hf_config_read(struct hf_config *c, struct source *s, const char *path);

/* Does config.json contradict W_E, s->w_e? */
int hf_config_check(const struct hf_config *c, struct source *s);

/*
 * Fills in the hyperparameters for s->w_e, after the norms and
 * s->hparams.tied.  'wide' is the element type of W_E in the file.
 */
int hf_config_apply(const struct hf_config *c, struct source *s,
		    enum elem wide);

/*
 * The kind and eps of a final norm with a weight, a bias; of an embedding
 * norm (always LAYER).
 */
enum tk_norm hf_config_norm(const struct hf_config *c, struct source *s,
			    bool bias);
double hf_config_eps(const struct hf_config *c, enum tk_norm norm);

static inline bool hf_has_habit(const struct hf_config *c, enum habit h)
{
	return c->traits && (c->traits->habits & h);
}

#endif /* TKPACK_HF_CONFIG_H */
