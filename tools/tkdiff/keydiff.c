/* SPDX-License-Identifier: MIT */
/*
 * keydiff.c - hyperparameters, and keys of the tokenizer, that are not the same
 */
#include "tkdiff.h"

#include <string.h>

#include "kvjson.h"
#include "names.h"
#include "text.h"

static void add_item(json_t *list, const char *key, json_t *a, json_t *b)
{
	json_t *item = json_object();

	text_json_set(item, "key", json_string(key));
	text_json_set(item, "a", a);
	text_json_set(item, "b", b);
	text_json_append(list, item);
}

/* If they are not the same. */
static void add(json_t *list, const char *key, json_t *a, json_t *b)
{
	if (!json_equal(a, b)) {
		add_item(list, key, a, b);
		return;
	}
	json_decref(a);
	json_decref(b);
}

/* ---- those that the library knows, with their defaults ---- */

static void add_u64(json_t *list, const char *key, uint64_t a, uint64_t b)
{
	add(list, key, u64_json(a), u64_json(b));
}

static void add_real(json_t *list, const char *key, double a, double b)
{
	add(list, key, text_json_real(a), text_json_real(b));
}

/* 0 is none. */
static json_t *softcap(const struct tk_hparams *hp)
{
	return hp->logit_softcap != 0
		       ? text_json_real((double)hp->logit_softcap)
		       : json_null();
}

static json_t *norm(enum tk_norm norm)
{
	return json_string(norm_name(norm));
}

static void add_known(json_t *list, const struct tk_hparams *a,
		      const struct tk_hparams *b)
{
	add_u64(list, "n_ctx", a->n_ctx, b->n_ctx);
	add_u64(list, "d_model", a->d_model, b->d_model);
	add_u64(list, "d_vocab", a->d_vocab, b->d_vocab);
	add_u64(list, "n_tokens", a->n_tokens, b->n_tokens);
	add(list, "tied", json_boolean(a->tied), json_boolean(b->tied));
	add_real(list, "embed_scale", (double)a->embed_scale,
		 (double)b->embed_scale);
	add_real(list, "logit_scale", (double)a->logit_scale,
		 (double)b->logit_scale);
	add(list, "logit_softcap", softcap(a), softcap(b));
	add(list, "final_norm", norm(a->final_norm), norm(b->final_norm));
	add_real(list, "final_norm_eps", a->final_norm_eps, b->final_norm_eps);
	add_real(list, "final_norm_offset", (double)a->final_norm_offset,
		 (double)b->final_norm_offset);
	add(list, "embed_norm", norm(a->embed_norm), norm(b->embed_norm));
	add_real(list, "embed_norm_eps", a->embed_norm_eps, b->embed_norm_eps);
}

/* ---- all others ---- */

static bool is_known(struct tk_bytes key, const char *const *known)
{
	for (; *known; known++)
		if (strlen(*known) == key.len &&
		    !memcmp(*known, key.ptr, key.len))
			return true;
	return false;
}

/* The sign of a compared with b, as keys are sorted. */
static int compare(struct tk_bytes a, struct tk_bytes b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* NULL: it is not there. */
static json_t *value(const struct tk_kv *kv)
{
	return kv ? value_json(kv) : json_null();
}

/* Two values may look alike as JSON, and be of two types. */
static bool is_same(const struct tk_kv *a, const struct tk_kv *b)
{
	return a && b && a->type == b->type && a->must == b->must &&
	       !compare(a->value, b->value);
}

static void add_entry(json_t *list, const struct tk_kv *a,
		      const struct tk_kv *b, const char *const *known)
{
	const struct tk_bytes key = a ? a->key : b->key;
	char name[128];

	if (is_known(key, known) || is_same(a, b) || key.len >= sizeof(name))
		return;
	memcpy(name, key.ptr, key.len);
	name[key.len] = 0;
	add_item(list, name, value(a), value(b));
}

static void add_section(json_t *list, const struct side *a,
			const struct side *b, uint32_t kind,
			const char *const *known)
{
	const struct tk_bytes x = tk_model_keyvalues(a->model, kind);
	const struct tk_bytes y = tk_model_keyvalues(b->model, kind);
	size_t at_x = 0, at_y = 0;
	struct tk_kv p, q;
	bool has_p = x.len && tk_kv_next(&p, x, &at_x);
	bool has_q = y.len && tk_kv_next(&q, y, &at_y);

	while (has_p || has_q) {
		int order = !has_p   ? 1
			    : !has_q ? -1
				     : compare(p.key, q.key);

		add_entry(list, order <= 0 ? &p : NULL, order >= 0 ? &q : NULL,
			  known);
		if (order <= 0)
			has_p = tk_kv_next(&p, x, &at_x);
		if (order >= 0)
			has_q = tk_kv_next(&q, y, &at_y);
	}
}

json_t *keys_hparams(const struct side *a, const struct side *b)
{
	const struct tk_hparams x = tk_model_hparams(a->model);
	const struct tk_hparams y = tk_model_hparams(b->model);
	json_t *list = json_array();

	add_known(list, &x, &y);
	add_section(list, a, b, TK_KIND_HPARAMS, known_hparams);
	return list;
}

json_t *keys_tokenizer(const struct side *a, const struct side *b)
{
	static const char *const none[] = {NULL};
	json_t *list = json_array();

	add_section(list, a, b, TK_KIND_TOKENIZER, none);
	return list;
}

bool keys_is_tied_only(const json_t *list)
{
	const json_t *first = json_array_get(list, 0);
	const char *key = json_string_value(json_object_get(first, "key"));

	return json_array_size(list) == 1 && key && !strcmp(key, "tied");
}
