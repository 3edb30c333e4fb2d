/* SPDX-License-Identifier: MIT */
/*
 * manifest_facts.c - the lines of a manifest that are no matrix
 */
#include "manifest.h"

#include <string.h>

#include "decimal.h"
#include "hparam.h"

bool manifest_is(struct tk_bytes field, const char *word)
{
	return field.len == strlen(word) &&
	       !memcmp(field.ptr, word, field.len);
}

int manifest_fail(struct manifest *m, struct source *s, struct tk_bytes field,
		  const char *message)
{
	if (!field.len)
		return lines_fail(&m->lines, s, "ends too early");
	return lines_fail(&m->lines, s, "%s %s",
			  source_quote(s, field.ptr, field.len, 40), message);
}

int manifest_end_line(struct manifest *m, struct source *s,
		      struct tk_bytes rest)
{
	struct tk_bytes field = decimal_field(&rest);

	return field.len ? manifest_fail(m, s, field, "is one field too many")
			 : 0;
}

/* The position of a field in a list of words, or -1. */
static int find_word(struct tk_bytes field, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (manifest_is(field, words[i]))
			return i;
	return -1;
}

/* ---- hparam KEY VALUE ---- */

int manifest_hparam(struct manifest *m, struct source *s, struct tk_bytes rest)
{
	struct tk_bytes name = decimal_field(&rest);
	struct tk_bytes value = decimal_field(&rest);
	int key = hparam_find(name);
	const char *wrong;

	if (key < 0)
		return manifest_fail(m, s, name, "is no hyperparameter");
	if (m->hparams_seen >> key & 1)
		return manifest_fail(m, s, name, "is given a second time");
	m->hparams_seen |= UINT32_C(1) << key;
	wrong = hparam_set(&s->hparams, key, value);
	if (wrong)
		return manifest_fail(m, s, value, wrong);
	return manifest_end_line(m, s, rest);
}

/* ---- special NAME ID ---- */

int manifest_special(struct manifest *m, struct source *s,
		     struct tk_bytes rest)
{
	static const char *const names[TK_N_SPECIAL] = {"bos", "eos", "unk",
							"pad", "sep", "mask"};
	struct tk_bytes name = decimal_field(&rest);
	struct tk_bytes value = decimal_field(&rest);
	int which = find_word(name, names, TK_N_SPECIAL);
	uint64_t id;
	const char *wrong;

	if (which < 0)
		return manifest_fail(m, s, name,
				     "is not bos, eos, unk, pad, sep or mask");
	if (s->special[which] != TK_NO_ID)
		return manifest_fail(m, s, name, "is given a second time");
	wrong = decimal_u64(&id, value);
	if (!wrong && id >= TK_NO_ID)
		wrong = "is no token's id";
	if (wrong)
		return manifest_fail(m, s, value, wrong);
	s->special[which] = (uint32_t)id;
	return manifest_end_line(m, s, rest);
}

/* ---- token "BYTES" [KIND] [SCORE] ---- */

static int hex_digit(uint8_t b)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = b ? strchr(digits, b >= 'A' && b <= 'F' ? b | 0x20 : b)
			  : NULL;

	return p ? (int)(p - digits) : -1;
}

static void go_past(struct tk_bytes *rest, size_t n)
{
	rest->ptr += n;
	rest->len -= n;
}

/* What follows a backslash; goes past it.  -1: no escape. */
static int take_escape(struct tk_bytes *rest)
{
	static const char names[] = "\"\\nt";
	static const char bytes[] = "\"\\\n\t";
	const char *simple;
	int high, low;

	if (!rest->len || !*rest->ptr)
		return -1;
	simple = strchr(names, *rest->ptr);
	if (simple) {
		go_past(rest, 1);
		return bytes[simple - names];
	}
	if (*rest->ptr != 'x' || rest->len < 3)
		return -1;
	high = hex_digit(rest->ptr[1]);
	low = hex_digit(rest->ptr[2]);
	go_past(rest, 3);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Puts the bytes of a quoted token into m->token. */
static const char *take_quoted(struct manifest *m, size_t *len,
			       struct tk_bytes *rest)
{
	*len = 0;
	while (rest->len && *rest->ptr == ' ')
		go_past(rest, 1);
	if (!rest->len || *rest->ptr != '"')
		return "a token stands in double quotes";
	go_past(rest, 1);
	while (rest->len) {
		int b = *rest->ptr;

		go_past(rest, 1);
		if (b == '"')
			return rest->len && *rest->ptr != ' '
				       ? "a space must follow the quotes"
				       : NULL;
		if (b < 0x20 || b == 0x7f)
			return "a control character in a token; write it as "
			       "\\xNN";
		if (b == '\\')
			b = take_escape(rest);
		if (b < 0)
			return "a backslash in a token stands before x and "
			       "two hex digits, n, t, \" or \\";
		if (*len == MANIFEST_MAX_TOKEN)
			return "a token of more than 65535 bytes";
		m->token[(*len)++] = (uint8_t)b;
	}
	return "a token without closing quotes";
}

int manifest_token(struct manifest *m, struct source *s, struct tk_bytes rest)
{
	/* in the order of enum tk_token_kind */
	static const char *const kinds[] = {"normal", "unknown", "control",
					    "user",   "unused",	 "byte"};
	uint32_t id = s->tokens.n;
	struct tk_bytes field;
	const char *wrong;
	size_t len;
	int kind;

	wrong = take_quoted(m, &len, &rest);
	if (wrong)
		return lines_fail(&m->lines, s, "%s", wrong);
	field = decimal_field(&rest);
	kind = find_word(field, kinds, 6);
	if (kind >= 0)
		field = decimal_field(&rest);
	else
		kind = TK_TOKEN_NORMAL;
	if (tokens_put(s, id, m->token, len, (enum tk_token_kind)kind))
		return -1;
	if (field.len) {
		wrong = decimal_f32(&s->tokens.score[id], field);
		if (wrong)
			return manifest_fail(m, s, field,
					     "is neither a kind of token nor "
					     "a score");
		s->tokens.has_scores = true;
	}
	return manifest_end_line(m, s, rest);
}
