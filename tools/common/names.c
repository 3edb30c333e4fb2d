/* SPDX-License-Identifier: MIT */
/*
 * names.c - what the numbers of a file are called
 */
#include "names.h"

static const char *name_at(const char *const *names, size_t n, size_t i)
{
	return i < n ? names[i] : "?";
}

#define NAME_AT(names, i) name_at(names, sizeof(names) / sizeof(*(names)), i)

const char *codec_name(uint16_t codec)
{
	static const char *const names[] = {"none", "zstd", "zstd-planes"};

	return NAME_AT(names, codec);
}

const char *flag_name(unsigned bit)
{
	static const char *const names[] = {"required", "derived", "note"};

	return bit < 3 ? names[bit] : NULL;
}

const char *norm_name(enum tk_norm norm)
{
	static const char *const names[] = {"none", "layernorm", "rmsnorm"};

	return NAME_AT(names, norm);
}

const char *token_kind_name(enum tk_token_kind kind)
{
	static const char *const names[] = {"normal", "unknown", "control",
					    "user",   "unused",	 "byte"};

	return NAME_AT(names, kind);
}

const char *special_name(enum tk_special which)
{
	static const char *const names[] = {"bos", "eos", "unk",
					    "pad", "sep", "mask"};

	return NAME_AT(names, which);
}

const char *matrix_name(const struct tk_section *s)
{
	switch (s->kind) {
	case TK_KIND_W_E:
		return "W_E";
	case TK_KIND_W_U:
		return "W_U";
	case TK_KIND_B_U:
		return "b_U";
	default:
		return s->name;
	}
}

const char *const known_hparams[] = {
	"d_model",	     "embed_norm",  "embed_norm_eps", "embed_scale",
	"final_norm",	     "final_norm_eps",
	"final_norm_offset", "logit_scale", "logit_softcap",  "n_ctx",
	"tied",		     NULL,
};
