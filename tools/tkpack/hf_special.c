/* SPDX-License-Identifier: MIT */
/*
 * hf_special.c - which ids are special, as the JSON files of a model say it
 */
#include "hf_special.h"

#include <stdio.h>
#include <string.h>

/* In the order of enum tk_special. */
static const char *const names[TK_N_SPECIAL] = {"bos", "eos", "unk",
						"pad", "sep", "mask"};

void hf_special_init(struct hf_special *sp)
{
	memset(sp, 0, sizeof(*sp));
	for (int i = 0; i < TK_N_SPECIAL; i++)
		sp->id[i] = HF_NO_ID;
}

static void add_eos(struct hf_special *sp, uint64_t id)
{
	for (size_t i = 0; i < sp->n_eos; i++)
		if (sp->eos[i] == id)
			return;
	if (sp->n_eos < HF_MAX_EOS)
		sp->eos[sp->n_eos++] = id;
}

static int bad_id(const struct doc *d, const char *key, const json_t *value)
{
	return source_fail(d->s, "%s: %s is %s, not an id", d->path, key,
			   json_kind(value));
}

/* '*id' HF_NO_ID: none.  Negative ids mean "none" in old files. */
static int read_id(uint64_t *id, const struct doc *d, const char *key,
		   const json_t *value)
{
	*id = HF_NO_ID;
	if (!json_is_integer(value))
		return bad_id(d, key, value);
	json_whole(value, id);
	return 0;
}

static int read_eos_list(struct hf_special *sp, const struct doc *d,
			 const char *key, const json_t *list)
{
	uint64_t id;

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (read_id(&id, d, key, json_array_get(list, i)))
			return -1;
		if (id == HF_NO_ID)
			continue;
		if (!i)
			sp->id[TK_SPECIAL_EOS] = id;
		add_eos(sp, id);
	}
	return 0;
}

int hf_special_ids(struct hf_special *sp, const struct doc *d,
		   const json_t *object)
{
	char key[32];
	uint64_t id;

	for (int i = 0; i < TK_N_SPECIAL; i++) {
		const json_t *value;

		snprintf(key, sizeof(key), "%s_token_id", names[i]);
		value = json_object_get(object, key);
		if (!value || json_is_null(value))
			continue;
		if (i == TK_SPECIAL_EOS && json_is_array(value)) {
			if (read_eos_list(sp, d, key, value))
				return -1;
			continue;
		}
		if (read_id(&id, d, key, value))
			return -1;
		if (id == HF_NO_ID)
			continue;
		sp->id[i] = id;
		if (i == TK_SPECIAL_EOS)
			add_eos(sp, id);
	}
	return 0;
}

/* The first id with that text, one that is not an ordinary word first. */
static uint64_t find_token(const struct source *s, const char *text,
			   size_t len)
{
	uint64_t first = HF_NO_ID;

	for (uint32_t i = 0; i < s->tokens.n; i++) {
		struct tk_bytes b = tokens_get(s, i);

		if (!tokens_has(s, i) || b.len != len ||
		    (len && memcmp(b.ptr, text, len)))
			continue;
		if (s->tokens.kind[i] != TK_TOKEN_NORMAL)
			return i;
		if (first == HF_NO_ID)
			first = i;
	}
	return first;
}

/* A token that is named there is no ordinary word. */
static void take_text(struct hf_special *sp, struct source *s, int which,
		      uint64_t id)
{
	sp->id[which] = id;
	if (s->tokens.kind[id] == TK_TOKEN_NORMAL) {
		s->tokens.kind[id] = TK_TOKEN_CONTROL;
		s->tokens.has_kinds = true;
	}
}

int hf_special_texts(struct hf_special *sp, const struct doc *d)
{
	char key[32];

	for (int i = 0; i < TK_N_SPECIAL; i++) {
		const json_t *value;
		uint64_t id;

		snprintf(key, sizeof(key), "%s_token", names[i]);
		value = json_object_get(d->root, key);
		if (json_is_object(value))
			value = json_object_get(value, "content");
		if (!value || json_is_null(value))
			continue;
		if (!json_is_string(value))
			return source_fail(d->s, "%s: %s is %s, not a text",
					   d->path, key, json_kind(value));
		id = find_token(d->s, json_string_value(value),
				json_string_length(value));
		if (id == HF_NO_ID)
			source_note(d->s, "%s: %s is %s, which is no token",
				    d->path, key,
				    source_quote(d->s,
						 json_string_value(value),
						 json_string_length(value),
						 40));
		else
			take_text(sp, d->s, i, id);
	}
	return 0;
}

static void note_stray(struct source *s, const char *name, uint64_t id)
{
	source_note(s, "the %s id %llu has no token and was left out", name,
		    (unsigned long long)id);
}

int hf_special_finish(const struct hf_special *sp, struct source *s)
{
	for (int i = 0; i < TK_N_SPECIAL; i++) {
		if (sp->id[i] == HF_NO_ID)
			continue;
		if (tokens_has(s, sp->id[i]))
			s->special[i] = (uint32_t)sp->id[i];
		else
			note_stray(s, names[i], sp->id[i]);
	}
	if (!sp->n_eos)
		return 0;
	s->eos_ids = source_alloc(s, sp->n_eos * sizeof(*s->eos_ids));
	if (!s->eos_ids)
		return -1;
	for (size_t i = 0; i < sp->n_eos; i++) {
		if (tokens_has(s, sp->eos[i]))
			s->eos_ids[s->n_eos_ids++] = sp->eos[i];
		else if (sp->eos[i] != sp->id[TK_SPECIAL_EOS])
			note_stray(s, "eos", sp->eos[i]);
	}
	return 0;
}
