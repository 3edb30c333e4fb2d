/* SPDX-License-Identifier: MIT */
/*
 * gguf_special.c - which tokens of a GGUF file have a part to play
 */
#include "gguf_vocab.h"

#include <stdio.h>

/* Says that there is no such token. */
#define NO_SPECIAL UINT32_MAX

/* '*out' stays as it was if the file names none. */
static int read_id(uint32_t *out, const struct gguf *g, const char *name)
{
	char key[64];
	uint64_t id;
	bool found;

	snprintf(key, sizeof(key), "tokenizer.ggml.%s_token_id", name);
	if (gguf_get_u64(&id, &found, g, key))
		return -1;
	if (!found || id == NO_SPECIAL)
		return 0;
	if (id >= g->s->tokens.n)
		return source_fail(g->s, "%s: %s is %llu, but there are %u "
					 "tokens",
				   g->file->path, key, (unsigned long long)id,
				   g->s->tokens.n);
	*out = (uint32_t)id;
	return 0;
}

static int read_special(const struct gguf *g)
{
	/* Where a role has two names, the later one wins. */
	static const struct {
		const char *name;
		enum tk_special special;
	} ids[] = {
		{"cls", TK_SPECIAL_BOS},       {"bos", TK_SPECIAL_BOS},
		{"eos", TK_SPECIAL_EOS},       {"unknown", TK_SPECIAL_UNK},
		{"padding", TK_SPECIAL_PAD},   {"seperator", TK_SPECIAL_SEP},
		{"separator", TK_SPECIAL_SEP}, {"mask", TK_SPECIAL_MASK},
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (read_id(&g->s->special[ids[i].special], g, ids[i].name))
			return -1;
	return 0;
}

/* A text may end with any of these. */
static int read_ends(const struct gguf *g)
{
	static const char *const names[] = {"eos", "eot", "eom"};
	struct source *s = g->s;

	s->eos_ids = source_alloc(s, 3 * sizeof(*s->eos_ids));
	if (!s->eos_ids)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		uint32_t id = TK_NO_ID;
		bool known = false;

		if (read_id(&id, g, names[i]))
			return -1;
		for (size_t j = 0; j < s->n_eos_ids; j++)
			known = known || s->eos_ids[j] == id;
		if (id != TK_NO_ID && !known)
			s->eos_ids[s->n_eos_ids++] = id;
	}
	return 0;
}

static int read_add(int *out, const struct gguf *g, const char *name,
		    enum tk_special needed)
{
	char key[64];
	bool add, found;

	snprintf(key, sizeof(key), "tokenizer.ggml.add_%s_token", name);
	if (gguf_get_bool(&add, &found, g, key))
		return -1;
	if (!found)
		return 0;
	if (add && g->s->special[needed] == TK_NO_ID)
		return source_fail(g->s,
				   "%s: %s is true, but the file names no %s "
				   "token",
				   g->file->path, key, name);
	*out = add ? YES : NO;
	return 0;
}

int gguf_read_special(const struct gguf *g)
{
	struct source *s = g->s;

	if (read_special(g) || read_ends(g) ||
	    read_add(&s->add_bos, g, "bos", TK_SPECIAL_BOS))
		return -1;
	return read_add(&s->add_eos, g, "eos", TK_SPECIAL_EOS);
}
