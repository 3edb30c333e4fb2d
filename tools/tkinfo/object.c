/* SPDX-License-Identifier: MIT */
/*
 * object.c - everything that a file says of itself, as one object
 */
#include "tkinfo.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* Sizes and offsets of a file are below 2^47. */
static json_t *number(uint64_t x)
{
	return json_integer((json_int_t)x);
}

static json_t *digest_json(struct tk_digest d)
{
	char text[33];

	text_digest(text, d);
	return json_string(text);
}

static bool has_section(const struct info *info, uint32_t kind)
{
	return tk_container_find(info->container, kind) != TK_NO_SECTION;
}

/* ---- the file ---- */

static void set_file(json_t *o, const struct info *info)
{
	struct tk_file_info f = tk_container_info(info->container);
	json_t *format = json_object(), *digest = json_object();
	struct tk_digest value;

	text_json_set(o, "size", number(f.size));
	text_json_set(format, "major", number(f.version_major));
	text_json_set(format, "minor", number(f.version_minor));
	text_json_set(o, "format", format);
	text_json_set(digest, "file", digest_json(f.file));
	text_json_set(digest, "content", digest_json(f.content));
	if (info->wants_value)
		text_json_set(digest, "value",
			      digest_value(&value, info) ? digest_json(value)
							 : json_null());
	text_json_set(o, "digest", digest);
}

/* ---- hyperparameters ---- */

static json_t *norm_json(enum tk_norm norm, double eps, float offset,
			 bool weight, bool bias)
{
	json_t *o;

	if (norm == TK_NORM_NONE)
		return json_null();
	o = json_object();
	text_json_set(o, "kind", json_string(norm_name(norm)));
	text_json_set(o, "eps", text_json_real(eps));
	text_json_set(o, "offset", text_json_real((double)offset));
	text_json_set(o, "weight", json_boolean(weight));
	text_json_set(o, "bias", json_boolean(bias));
	return o;
}

/* Keys that this version does not know are shown as they are. */
static void set_other(json_t *o, struct tk_bytes section,
		      const char *const *known)
{
	json_t *other = json_object();

	keyvalues_json(other, section, known);
	if (json_object_size(other))
		text_json_set(o, "other", other);
	else
		json_decref(other);
}

static void set_norms(json_t *o, const struct info *info,
		      const struct tk_hparams *hp)
{
	text_json_set(
		o, "final_norm",
		norm_json(hp->final_norm, hp->final_norm_eps,
			  hp->final_norm_offset,
			  has_section(info, TK_KIND_FINAL_NORM_WEIGHT),
			  has_section(info, TK_KIND_FINAL_NORM_BIAS)));
	text_json_set(
		o, "embed_norm",
		norm_json(hp->embed_norm, hp->embed_norm_eps, 0,
			  has_section(info, TK_KIND_EMBED_NORM_WEIGHT),
			  has_section(info, TK_KIND_EMBED_NORM_BIAS)));
}

static json_t *hparams_json(const struct info *info)
{
	struct tk_hparams hp = tk_model_hparams(info->model);
	struct tk_matrix mix = tk_model_matrix(info->model, TK_KIND_MIX);
	json_t *o = json_object();

	text_json_set(o, "n_ctx", u64_json(hp.n_ctx));
	text_json_set(o, "d_model", u64_json(hp.d_model));
	text_json_set(o, "d_vocab", number(hp.d_vocab));
	text_json_set(o, "n_tokens", number(hp.n_tokens));
	text_json_set(o, "tied", json_boolean(hp.tied));
	text_json_set(o, "embed_scale", text_json_real((double)hp.embed_scale));
	text_json_set(o, "logit_scale", text_json_real((double)hp.logit_scale));
	text_json_set(o, "logit_softcap",
		      hp.logit_softcap != 0
			      ? text_json_real((double)hp.logit_softcap)
			      : json_null());
	set_norms(o, info, &hp);
	if (mix.data)
		text_json_set(o, "mix_rows", number(mix.rows));
	text_json_set(o, "bias", json_boolean(has_section(info, TK_KIND_B_U)));
	set_other(o, tk_model_keyvalues(info->model, TK_KIND_HPARAMS),
		  known_hparams);
	return o;
}

/* ---- tokenizer and vocabulary ---- */

static json_t *special_json(const struct tk_model *m)
{
	json_t *o = json_object();

	for (int i = 0; i < TK_N_SPECIAL; i++) {
		uint32_t id = tk_tokenizer_special(m, (enum tk_special)i);

		if (id != TK_NO_ID)
			text_json_set(o, special_name((enum tk_special)i),
				      number(id));
	}
	return o;
}

static json_t *tokenizer_json(const struct tk_model *m)
{
	static const char *const known[] = {
		"kind",	  "reason", "bos_id", "eos_id",	 "unk_id",
		"pad_id", "sep_id", "mask_id", "eos_ids", NULL,
	};
	struct tk_bytes section = tk_model_keyvalues(m, TK_KIND_TOKENIZER);
	struct tk_bytes reason = tk_tokenizer_reason(m);
	json_t *o = json_object();
	struct tk_kv kv;

	text_json_set(o, "kind",
		      section.len ? text_json(tk_tokenizer_kind(m))
				  : json_null());
	if (reason.len)
		text_json_set(o, "reason", text_json(reason));
	text_json_set(o, "special", special_json(m));
	if (section.len && tk_kv_find(&kv, section, "eos_ids") &&
	    kv.type == TK_KV_U64S)
		text_json_set(o, "eos_ids", value_json(&kv));
	set_other(o, section, known);
	return o;
}

static json_t *kinds_json(const struct tk_model *m)
{
	uint64_t counts[TK_TOKEN_BYTE + 1];
	json_t *o = json_object();

	vocab_kinds(counts, m);
	for (int kind = 0; kind <= TK_TOKEN_BYTE; kind++)
		if (counts[kind])
			text_json_set(o,
				      token_kind_name((enum tk_token_kind)kind),
				      number(counts[kind]));
	return o;
}

static json_t *vocabulary_json(const struct info *info)
{
	const struct tk_model *m = info->model;
	struct tk_vocab_info v = tk_model_vocab(m);
	json_t *o = json_object();

	text_json_set(o, "tokens", number(v.n_tokens));
	text_json_set(o, "distinct", number(v.n_distinct));
	text_json_set(o, "duplicates", number(v.n_tokens - v.n_distinct));
	text_json_set(o, "bytes", number(v.blob_size));
	text_json_set(o, "longest", number(v.longest));
	text_json_set(o, "index", json_string(index_state(info)));
	if (v.has_kinds)
		text_json_set(o, "kinds", kinds_json(m));
	return o;
}

/* null if there is none, or if --verify will say what is wrong with it. */
static json_t *selftest_json(const struct tk_model *m)
{
	struct tk_selftest s;
	json_t *o;

	if (tk_selftest_open(&s, m, NULL))
		return json_null();
	o = json_object();
	text_json_set(o, "cases", number(s.n_cases));
	return o;
}

/* ---- sections ---- */

static void append_matrix(json_t *array, const struct tk_section *s,
			  const char *name, const char *alias_of)
{
	json_t *o = json_object();

	text_json_set(o, "name", json_string(name));
	text_json_set(o, "dtype", json_string(tk_dtype_name(s->dtype)));
	text_json_set(o, "rows", number(s->rows));
	text_json_set(o, "cols", number(s->cols));
	text_json_set(o, "row_stride", number(s->row_stride));
	text_json_set(o, "offset", number(s->offset));
	text_json_set(o, "size", number(s->size));
	if (alias_of)
		text_json_set(o, "alias_of", json_string(alias_of));
	text_json_append(array, o);
}

static json_t *matrices_json(const struct info *info)
{
	static const uint32_t kinds[] = {
		TK_KIND_W_E,		   TK_KIND_W_U,
		TK_KIND_B_U,		   TK_KIND_MIX,
		TK_KIND_FINAL_NORM_WEIGHT, TK_KIND_FINAL_NORM_BIAS,
		TK_KIND_EMBED_NORM_WEIGHT, TK_KIND_EMBED_NORM_BIAS,
	};
	bool tied = info->model && tk_model_hparams(info->model).tied;
	json_t *array = json_array();

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t i = tk_container_find(info->container, kinds[k]);
		struct tk_section s;

		if (i == TK_NO_SECTION)
			continue;
		s = tk_container_section(info->container, i);
		append_matrix(array, &s, matrix_name(&s), NULL);
		if (tied && s.kind == TK_KIND_W_E)
			append_matrix(array, &s, "W_U", "W_E");
	}
	return array;
}

static json_t *section_json(const struct tk_section *s)
{
	json_t *o = json_object(), *flags = json_array();

	for (unsigned bit = 0; flag_name(bit); bit++)
		if (s->flags >> bit & 1)
			text_json_append(flags, json_string(flag_name(bit)));
	text_json_set(o, "kind", number(s->kind));
	text_json_set(o, "name", json_string(s->name));
	text_json_set(o, "codec", json_string(codec_name(s->codec)));
	text_json_set(o, "dtype", json_string(tk_dtype_name(s->dtype)));
	text_json_set(o, "flags", flags);
	text_json_set(o, "offset", number(s->offset));
	text_json_set(o, "stored_size", number(s->stored_size));
	text_json_set(o, "size", number(s->size));
	if (s->row_stride) {
		text_json_set(o, "rows", number(s->rows));
		text_json_set(o, "cols", number(s->cols));
	}
	text_json_set(o, "digest", digest_json(s->digest));
	return o;
}

static json_t *sections_json(const struct info *info)
{
	json_t *array = json_array();

	for (size_t i = 0; i < tk_container_count(info->container); i++) {
		struct tk_section s = tk_container_section(info->container, i);

		text_json_append(array, section_json(&s));
	}
	return array;
}

/* ---- all of it ---- */

static void set_model(json_t *o, const struct tk_model *m,
		      const struct info *info)
{
	if (!m) {
		text_json_set(o, "unusable", json_string(info->error.message));
		text_json_set(o, "hyperparameters", json_null());
		text_json_set(o, "tokenizer", json_null());
		text_json_set(o, "vocabulary", json_null());
		text_json_set(o, "self_test", json_null());
		return;
	}
	text_json_set(o, "hyperparameters", hparams_json(info));
	text_json_set(o, "tokenizer", tokenizer_json(m));
	text_json_set(o, "vocabulary", vocabulary_json(info));
	text_json_set(o, "self_test", selftest_json(m));
}

json_t *object_json(const struct info *info)
{
	static const char *const none[] = {NULL};
	json_t *o = json_object(), *note = json_object();

	text_json_set(o, "schema", json_string("tkinfo/1"));
	text_json_set(o, "file", text_json(text_bytes(info->path)));
	if (info->container) {
		set_file(o, info);
		set_model(o, info->model, info);
		text_json_set(o, "matrices", matrices_json(info));
		text_json_set(o, "sections", sections_json(info));
	}
	if (info->model)
		keyvalues_json(note,
			       tk_model_keyvalues(info->model, TK_KIND_NOTE),
			       none);
	text_json_set(o, "note", note);
	return o;
}
