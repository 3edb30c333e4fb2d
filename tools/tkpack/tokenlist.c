/* SPDX-License-Identifier: MIT */
/*
 * tokenlist.c - the tokens of a source, by id, in any order
 */
#include <stdlib.h>
#include <string.h>

#include "source.h"

#define MAX_TOKENS ((1U << 24) - 1)
#define MAX_TOKEN_LEN 65535

/* Resizes all arrays, or fails with every one still valid. */
static int grow_tokens(struct source *s, uint32_t need)
{
	struct token_list *t = &s->tokens;
	uint32_t capacity = t->capacity ? t->capacity : 1024;
	void *p;

	if (need <= t->capacity)
		return 0;
	while (capacity < need)
		capacity *= 2;
	if (!(p = realloc(t->where, capacity * sizeof(*t->where))))
		goto nomem;
	t->where = p;
	if (!(p = realloc(t->len, capacity * sizeof(*t->len))))
		goto nomem;
	t->len = p;
	if (!(p = realloc(t->kind, capacity)))
		goto nomem;
	t->kind = p;
	if (!(p = realloc(t->score, capacity * sizeof(*t->score))))
		goto nomem;
	t->score = p;
	t->capacity = capacity;
	return 0;
nomem:
	return source_fail(s, "out of memory for %u tokens", capacity);
}

static int grow_blob(struct source *s, uint64_t need)
{
	struct token_list *t = &s->tokens;
	uint64_t capacity = t->blob_capacity ? t->blob_capacity : 65536;
	void *p;

	if (need <= t->blob_capacity)
		return 0;
	while (capacity < need)
		capacity += capacity / 2;
	p = capacity > SIZE_MAX ? NULL : realloc(t->blob, (size_t)capacity);
	if (!p)
		return source_fail(s, "out of memory for the tokens");
	t->blob = p;
	t->blob_capacity = capacity;
	return 0;
}

int tokens_put(struct source *s, uint64_t id, const void *bytes, uint64_t len,
	       enum tk_token_kind kind)
{
	struct token_list *t = &s->tokens;
	const char *shown;

	if (id >= MAX_TOKENS)
		return source_fail(s, "token id %llu: the limit is %u",
				   (unsigned long long)id, MAX_TOKENS - 1);
	if (len > MAX_TOKEN_LEN)
		return source_fail(s,
				   "token %llu has %llu bytes, the limit is %d",
				   (unsigned long long)id,
				   (unsigned long long)len, MAX_TOKEN_LEN);
	if (tokens_has(s, id)) {
		struct tk_bytes old = tokens_get(s, id);

		shown = source_quote(s, bytes, (size_t)len, 40);
		return source_fail(s, "token id %llu stands for both %s and %s",
				   (unsigned long long)id,
				   source_quote(s, old.ptr, old.len, 40),
				   shown);
	}
	if (t->blob_len > UINT32_MAX - len)
		return source_fail(s, "the tokens have more than 2^32-1 bytes");
	if (grow_tokens(s, (uint32_t)id + 1) ||
	    grow_blob(s, t->blob_len + len))
		return -1;
	for (; t->n <= id; t->n++) {
		t->where[t->n] = NO_TOKEN;
		t->len[t->n] = 0;
		t->kind[t->n] = TK_TOKEN_UNUSED;
		t->score[t->n] = 0;
	}
	if (len)
		memcpy(t->blob + t->blob_len, bytes, (size_t)len);
	t->where[id] = t->blob_len;
	t->len[id] = (uint32_t)len;
	t->kind[id] = (uint8_t)kind;
	t->blob_len += len;
	if (kind != TK_TOKEN_NORMAL)
		t->has_kinds = true;
	return 0;
}

int tokens_append(struct source *s, const void *bytes, uint64_t len)
{
	return tokens_put(s, s->tokens.n, bytes, len, TK_TOKEN_NORMAL);
}

bool tokens_has(const struct source *s, uint64_t id)
{
	return id < s->tokens.n && s->tokens.where[id] != NO_TOKEN;
}

struct tk_bytes tokens_get(const struct source *s, uint64_t id)
{
	struct tk_bytes b = {NULL, 0};

	if (tokens_has(s, id) && s->tokens.len[id]) {
		b.ptr = s->tokens.blob + s->tokens.where[id];
		b.len = s->tokens.len[id];
	}
	return b;
}
