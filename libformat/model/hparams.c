/* SPDX-License-Identifier: MIT */
/*
 * hparams.c - the hparams section <-> struct tk_hparams
 *
 * One table of keys serves both directions; a key that has its default value
 * is left out, so one set of hyperparameters has one encoding.
 */
#include "model/hparams.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/dtype.h"
#include "base/fail.h"
#include "base/strictfp.h"

enum field { U64, BOOL, F32, F64, NORM };

/* spec/format.md 3, hparams */
static const struct key {
	const char *name;
	enum field field;
	size_t offset;
	bool must; /* a wrong value gives wrong probabilities */
} keys[] = {
#define AT(member) offsetof(struct tk_hparams, member)
	{"d_model", U64, AT(d_model), false},
	{"embed_norm", NORM, AT(embed_norm), true},
	{"embed_norm_eps", F64, AT(embed_norm_eps), true},
	{"embed_scale", F32, AT(embed_scale), true},
	{"final_norm", NORM, AT(final_norm), true},
	{"final_norm_eps", F64, AT(final_norm_eps), true},
	{"final_norm_offset", F32, AT(final_norm_offset), true},
	{"logit_scale", F32, AT(logit_scale), true},
	{"logit_softcap", F32, AT(logit_softcap), true},
	{"n_ctx", U64, AT(n_ctx), false},
	{"tied", BOOL, AT(tied), true},
#undef AT
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static const char *const norm_names[] = {"none", "layernorm", "rmsnorm"};

struct tk_hparams tk_hparams_default(void)
{
	struct tk_hparams hp;

	memset(&hp, 0, sizeof(hp));
	hp.embed_scale = 1;
	hp.logit_scale = 1;
	return hp;
}

/* A key that has its default is left out: one encoding, and no other. */
static bool is_default(const struct key *k, const struct tk_hparams *hp)
{
	const struct tk_hparams def = tk_hparams_default();
	const void *a = (const char *)hp + k->offset;
	const void *b = (const char *)&def + k->offset;

	switch (k->field) {
	case U64:
		return *(const uint64_t *)a == *(const uint64_t *)b;
	case BOOL:
		return *(const bool *)a == *(const bool *)b;
	case F64:
		return *(const double *)a == *(const double *)b;
	case F32:
		return *(const float *)a == *(const float *)b;
	case NORM:
		return *(const enum tk_norm *)a == *(const enum tk_norm *)b;
	}
	return true;
}

/* ---- reading ---- */

static enum tk_kv_type kv_type(enum field f)
{
	return f == U64	   ? TK_KV_U64
	       : f == BOOL ? TK_KV_BOOL
	       : f == NORM ? TK_KV_TEXT
			   : TK_KV_F64;
}

static bool read_norm(enum tk_norm *out, struct tk_bytes text)
{
	for (int i = 0; i < 3; i++) {
		if (text.len != strlen(norm_names[i]) ||
		    memcmp(text.ptr, norm_names[i], text.len))
			continue;
		*out = (enum tk_norm)i;
		return true;
	}
	return false;
}

/* False if the value is none the key can have. */
static bool read_value(struct tk_hparams *hp, const struct key *k,
		       const struct tk_kv *kv)
{
	void *to = (char *)hp + k->offset;
	double x;

	switch (k->field) {
	case U64:
		*(uint64_t *)to = tk_kv_u64(kv, 0);
		return true;
	case BOOL:
		*(bool *)to = tk_kv_bool(kv);
		return true;
	case F64:
		*(double *)to = tk_kv_f64(kv, 0);
		return true;
	case F32:
		x = tk_kv_f64(kv, 0);
		*(float *)to = (float)x;
		return (double)(float)x == x;
	case NORM:
		return read_norm(to, kv->value);
	}
	return false;
}

static const struct key *find_key(struct tk_bytes name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (name.len == strlen(keys[i].name) &&
		    !memcmp(name.ptr, keys[i].name, name.len))
			return &keys[i];
	return NULL;
}

enum tk_status tk_hparams_read(struct tk_hparams *out,
			       struct tk_bytes *unknown,
			       struct tk_bytes section, struct tk_error *err)
{
	struct tk_hparams hp = tk_hparams_default();
	enum tk_status status;
	struct tk_kv kv;
	size_t pos = 0;

	*unknown = (struct tk_bytes){NULL, 0};
	while (tk_kv_next(&kv, section, &pos)) {
		const struct key *k = find_key(kv.key);

		if (!k) {
			if (kv.must && !unknown->len)
				*unknown = kv.key;
			continue;
		}
		if (kv.type != kv_type(k->field) || kv.must != k->must)
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "hparams: %s has the wrong type or "
				       "flag",
				       k->name);
		if (!read_value(&hp, k, &kv) || is_default(k, &hp))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "hparams: %s has a value it cannot "
				       "have",
				       k->name);
	}
	if ((status = tk_hparams_check(&hp, err)))
		return status;
	*out = hp;
	return TK_OK;
}

enum tk_status tk_hparams_check(const struct tk_hparams *hp,
				struct tk_error *err)
{
	const char *bad = NULL;

	if (!isfinite(hp->embed_scale))
		bad = "embed_scale must be finite";
	else if (!isfinite(hp->logit_scale) || hp->logit_scale <= 0)
		bad = "logit_scale must be finite and above 0";
	else if (!isfinite(hp->logit_softcap) || hp->logit_softcap < 0)
		bad = "logit_softcap must be finite and not below 0";
	else if (!isfinite(hp->final_norm_offset))
		bad = "final_norm_offset must be finite";
	else if (!isfinite(hp->final_norm_eps) || hp->final_norm_eps < 0)
		bad = "final_norm_eps must be finite and not below 0";
	else if (!isfinite(hp->embed_norm_eps) || hp->embed_norm_eps < 0)
		bad = "embed_norm_eps must be finite and not below 0";
	else if (hp->final_norm > TK_NORM_RMS || hp->embed_norm > TK_NORM_RMS)
		bad = "unknown kind of norm";
	else if (hp->d_model > TK_MAX_COLS)
		bad = "d_model must not be above 131072";
	if (bad)
		return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET, "hparams: %s",
			       bad);
	return TK_OK;
}

/* ---- writing ---- */

static void write_value(struct tk_kv_builder *b, const struct key *k,
			const struct tk_hparams *hp)
{
	const void *from = (const char *)hp + k->offset;
	const char *norm;

	switch (k->field) {
	case U64:
		tk_kv_set_u64(b, k->name, *(const uint64_t *)from, k->must);
		break;
	case BOOL:
		tk_kv_set_bool(b, k->name, *(const bool *)from, k->must);
		break;
	case F64:
		tk_kv_set_f64(b, k->name, *(const double *)from, k->must);
		break;
	case F32:
		tk_kv_set_f64(b, k->name, (double)*(const float *)from,
			      k->must);
		break;
	case NORM:
		norm = norm_names[*(const enum tk_norm *)from];
		tk_kv_set_text(b, k->name,
			       (struct tk_bytes){(const uint8_t *)norm,
						 strlen(norm)},
			       k->must);
		break;
	}
}

enum tk_status tk_hparams_write(struct tk_writer *w,
				const struct tk_hparams *hp,
				bool without_matrices,
				struct tk_kv_builder *others,
				struct tk_error *err)
{
	struct tk_kv_builder *own = NULL, *b = others;
	enum tk_status status = tk_hparams_check(hp, err);
	struct tk_hparams used = *hp;
	struct tk_bytes section;

	if (status)
		return status;
	if (!b && !(b = own = tk_kv_builder_new()))
		return tk_fail_memory(err);
	if (!used.final_norm)
		used.final_norm_eps = used.final_norm_offset = 0;
	if (!used.embed_norm)
		used.embed_norm_eps = 0;
	for (size_t i = 0; i < N_KEYS; i++) {
		if (keys[i].offset == offsetof(struct tk_hparams, d_model) &&
		    !without_matrices)
			continue;
		if (!is_default(&keys[i], &used))
			write_value(b, &keys[i], &used);
	}
	status = tk_kv_builder_finish(&section, b, err);
	if (!status)
		status = tk_writer_add(w, TK_KIND_HPARAMS, section, NULL, err);
	tk_kv_builder_free(own);
	return status;
}
