/* SPDX-License-Identifier: MIT */
/*
 * hparam.c - hyperparameters by name, from text: manifests and --set
 */
#include "hparam.h"

#include <stddef.h>
#include <string.h>

#include "decimal.h"

enum field { U64, BOOL, F32, F64, NORM };

static const struct key {
	const char *name;
	enum field field;
	size_t offset;
} keys[] = {
#define AT(member) offsetof(struct tk_hparams, member)
	{"n_ctx", U64, AT(n_ctx)},
	{"d_model", U64, AT(d_model)},
	{"tied", BOOL, AT(tied)},
	{"embed_scale", F32, AT(embed_scale)},
	{"logit_scale", F32, AT(logit_scale)},
	{"logit_softcap", F32, AT(logit_softcap)},
	{"final_norm", NORM, AT(final_norm)},
	{"final_norm_eps", F64, AT(final_norm_eps)},
	{"final_norm_offset", F32, AT(final_norm_offset)},
	{"embed_norm", NORM, AT(embed_norm)},
	{"embed_norm_eps", F64, AT(embed_norm_eps)},
#undef AT
};

#define N_KEYS ((int)(sizeof(keys) / sizeof(keys[0])))

static bool is_word(struct tk_bytes text, const char *word)
{
	return text.len == strlen(word) && !memcmp(text.ptr, word, text.len);
}

int hparam_find(struct tk_bytes name)
{
	for (int i = 0; name.len && i < N_KEYS; i++)
		if (is_word(name, keys[i].name))
			return i;
	return -1;
}

const char *hparam_name(int i)
{
	return i < N_KEYS ? keys[i].name : NULL;
}

static const char *set_bool(bool *out, struct tk_bytes text)
{
	bool is_true = text.len && is_word(text, "true");

	if (!is_true && (!text.len || !is_word(text, "false")))
		return "is neither true nor false";
	*out = is_true;
	return NULL;
}

static const char *set_norm(enum tk_norm *out, struct tk_bytes text)
{
	static const char *const names[] = {"none", "layernorm", "rmsnorm"};

	for (int i = 0; text.len && i < 3; i++) {
		if (!is_word(text, names[i]))
			continue;
		*out = (enum tk_norm)i;
		return NULL;
	}
	return "is not none, layernorm or rmsnorm";
}

const char *hparam_set(struct tk_hparams *hp, int key, struct tk_bytes text)
{
	void *to = (char *)hp + keys[key].offset;

	switch (keys[key].field) {
	case U64:
		return decimal_u64(to, text);
	case BOOL:
		return set_bool(to, text);
	case F32:
		return decimal_f32(to, text);
	case F64:
		return decimal_f64(to, text);
	case NORM:
		break;
	}
	return set_norm(to, text);
}
