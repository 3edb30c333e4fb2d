/* SPDX-License-Identifier: MIT */
/*
 * tokens.c - the tokens, one a line
 *
 * Each is printed as it is met, so a million of them need no memory.
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "text.h"

void vocab_kinds(uint64_t counts[TK_TOKEN_BYTE + 1], const struct tk_model *m)
{
	uint32_t n = tk_model_vocab(m).n_tokens;

	memset(counts, 0, (TK_TOKEN_BYTE + 1) * sizeof(*counts));
	for (uint32_t id = 0; id < n; id++)
		counts[tk_model_token_kind(m, id)]++;
}

static bool contains(struct tk_bytes b, struct tk_bytes part)
{
	const uint8_t *p = b.ptr;
	size_t left = b.len;

	if (!part.len)
		return true;
	while (left >= part.len) {
		const uint8_t *q = memchr(p, part.ptr[0], left - part.len + 1);

		if (!q)
			return false;
		if (!memcmp(q, part.ptr, part.len))
			return true;
		left -= (size_t)(q - p) + 1;
		p = q + 1;
	}
	return false;
}

static void put_text(const struct tk_model *m, uint32_t id,
		     struct tk_bytes token)
{
	printf("%8" PRIu32 "  %-7s  ", id,
	       token_kind_name(tk_model_token_kind(m, id)));
	text_put_quoted(stdout, token, SIZE_MAX);
	putchar('\n');
}

static void put_json(const struct tk_model *m, uint32_t id,
		     struct tk_bytes token, bool score)
{
	json_t *t = json_object();
	const char *kind = token_kind_name(tk_model_token_kind(m, id));

	text_json_set(t, "id", json_integer(id));
	text_json_token(t, token);
	text_json_set(t, "kind", json_string(kind));
	if (score)
		text_json_set(t, "score",
			      text_json_real(tk_model_token_score(m, id)));
	text_json_print(t);
}

int vocab_print(const struct info *info, const char *pattern)
{
	const struct tk_model *m = info->model;
	struct tk_bytes part = text_bytes(pattern ? pattern : "");
	struct tk_vocab_info v = tk_model_vocab(m);
	size_t n = 0, n_bad = 0;
	struct tk_error err, first = {0};

	if (info->json)
		puts("{\"schema\": \"tkinfo/1\", \"tokens\": [");
	for (uint32_t id = 0; id < v.n_tokens; id++) {
		struct tk_bytes token;

		if (tk_model_token(&token, m, id, &err)) {
			if (!n_bad++)
				first = err;
			continue;
		}
		if (!contains(token, part))
			continue;
		if (n++ && info->json)
			putchar(',');
		if (info->json)
			put_json(m, id, token, v.has_scores);
		else
			put_text(m, id, token);
	}
	if (info->json)
		puts("]}");
	if (n_bad)
		cli_die_error(info->path, &first);
	return n ? EXIT_YES : EXIT_NO;
}

const char *index_state(const struct info *info)
{
	size_t i = tk_container_find(info->container, TK_KIND_VOCAB_INDEX);

	if (tk_model_vocab(info->model).has_index)
		return "present";
	/* One of a dtype that is not known is as none. */
	return i == TK_NO_SECTION ||
			       tk_container_section(info->container, i).dtype !=
				       TK_BYTES
		       ? "absent"
		       : "stale";
}
