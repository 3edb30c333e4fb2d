/* SPDX-License-Identifier: MIT */
/*
 * word.c - what people type for a token
 */
#include "word.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spelling.h"
#include "text.h"

#define SHOWN 40   /* columns of a word in a message */
#define N_SIMILAR 3

/* The word as a message shows it; freed by the caller. */
static char *shown(struct tk_bytes word)
{
	char *text = text_quoted(word, SHOWN);

	if (!text)
		cli_die("out of memory");
	return text;
}

/* ---- ids ---- */

bool word_is_id(struct tk_bytes *digits, struct tk_bytes word)
{
	if (word.len < 4 || memcmp(word.ptr, "id:", 3))
		return false;
	digits->ptr = word.ptr + 3;
	digits->len = word.len - 3;
	for (size_t i = 0; i < digits->len; i++)
		if (digits->ptr[i] < '0' || digits->ptr[i] > '9')
			return false;
	return true;
}

int word_number(uint32_t *out, struct cli_reason *why, struct tk_bytes word,
		struct tk_bytes digits, uint64_t rows, const char *what)
{
	uint64_t id = 0;
	bool is_number;
	size_t i = 0;
	char *text;
	int status;

	for (; i < digits.len && digits.ptr[i] >= '0' && digits.ptr[i] <= '9';
	     i++)
		if (id < rows)
			id = 10 * id + (uint64_t)(digits.ptr[i] - '0');
	is_number = digits.len && i == digits.len;
	if (is_number && id < rows) {
		*out = (uint32_t)id;
		return EXIT_YES;
	}
	text = shown(word);
	/* What the file does not have is no, what is no id is trouble. */
	status = cli_because(why, is_number ? EXIT_NO : EXIT_TROUBLE,
			     "%s is %s: %s 0 to %" PRIu64, text,
			     is_number ? "out of range" : "not an id", what,
			     rows - 1);
	free(text);
	return status;
}

/* ---- words that are spelt nearly the same ---- */

struct similar {
	uint32_t id;
	size_t distance;
	struct tk_bytes token;
};

/* The nearest tokens so far, best first. */
struct similars {
	struct similar best[N_SIMILAR];
	size_t n;
};

/* The length of a leading space, or of what stands for one elsewhere. */
static size_t space_len(struct tk_bytes b)
{
	static const char *const spaces[] = {" ", "\xc4\xa0", /* GPT-2's */
					     "\xe2\x96\x81"}; /* Llama's */

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		const size_t n = strlen(spaces[i]);

		if (b.len > n && !memcmp(b.ptr, spaces[i], n))
			return n;
	}
	return 0;
}

/* A leading space is not counted, on either side. */
static struct tk_bytes bare(struct tk_bytes b)
{
	const size_t n = space_len(b);

	return (struct tk_bytes){b.ptr + n, b.len - n};
}

/* As many slips as a word of this length has room for. */
static size_t tolerance(size_t len)
{
	return len < 2 ? 0 : len < 5 ? 1 : len < 9 ? 2 : 3;
}

static void keep(struct similars *s, struct similar new)
{
	size_t at = s->n;

	while (at && s->best[at - 1].distance > new.distance)
		at--;
	if (at == N_SIMILAR)
		return;
	if (s->n < N_SIMILAR)
		s->n++;
	memmove(s->best + at + 1, s->best + at,
		(s->n - 1 - at) * sizeof(*s->best));
	s->best[at] = new;
}

/* Goes through all tokens; a damaged one is none. */
static void find_similar(struct similars *s, const struct tk_model *m,
			 struct tk_bytes word)
{
	const uint32_t n = tk_model_vocab(m).n_tokens;
	size_t limit = tolerance(bare(word).len);
	struct similar new;

	for (uint32_t id = 0; id < n && limit != SIZE_MAX; id++) {
		if (tk_model_token(&new.token, m, id, NULL))
			continue;
		new.id = id;
		new.distance = spelling_distance(bare(word), bare(new.token),
						 limit, true);
		if (new.distance > limit)
			continue;
		keep(s, new);
		/* From here on only a nearer one is of interest. */
		if (s->n == N_SIMILAR)
			limit = s->best[s->n - 1].distance - 1;
	}
}

/* "; near it: "aunt" (id:7), "ant" (id:9)"; freed by the caller. */
static char *near_list(const struct similars *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		cli_die("out of memory");
	for (size_t i = 0; i < s->n; i++) {
		fputs(i ? ", " : "; near it: ", out);
		text_put_quoted(out, s->best[i].token, SHOWN);
		fprintf(out, " (id:%" PRIu32 ")", s->best[i].id);
	}
	failed = ferror(out);
	if (fclose(out) || failed)
		cli_die("out of memory");
	return text;
}

static int unknown_word(struct cli_reason *why, const struct similars *s,
			struct tk_bytes word)
{
	char *text = shown(word);
	char *list = near_list(s);

	cli_because(why, EXIT_NO, "%s is not in the vocabulary%s", text,
		    s->n ? list
			 : "; 'tkinfo --vocab FILE' lists it, and id:N means "
			   "an id");
	free(text);
	free(list);
	return EXIT_NO;
}

/* ---- variants ---- */

static void note_match(const struct tk_model *m, struct tk_bytes word,
		       uint32_t id)
{
	struct tk_bytes token;
	char *typed, *found;

	if (tk_model_token(&token, m, id, NULL))
		return;
	typed = shown(word);
	found = shown(token);
	cli_warn("%s found as %s", typed, found);
	free(typed);
	free(found);
}

/* "aunt" as "Aunt" or "AUNT", "AUNT" as "aunt" or "Aunt". */
static bool find_other_case(uint32_t *id, const struct tk_model *m,
			    struct tk_bytes word)
{
	uint8_t text[SPELLING_MAX];
	const size_t start = word.len > 1 && word.ptr[0] == ' ';

	if (word.len > sizeof(text))
		return false;
	for (size_t capitals = 0; capitals < 3; capitals++) {
		size_t n = capitals == 2 ? word.len : start + capitals;

		for (size_t i = 0; i < word.len; i++) {
			uint8_t c = spelling_lower(word.ptr[i]);

			text[i] = i < n && c >= 'a' && c <= 'z'
					  ? (uint8_t)(c - 'a' + 'A')
					  : c;
		}
		if (!tk_word_find(id, NULL, m,
				  (struct tk_bytes){text, word.len}, NULL))
			return true;
	}
	return false;
}

/* The word is not there, with or without a leading space. */
static int find_variant(uint32_t *id, struct cli_reason *why,
			const struct tk_model *m, struct tk_bytes word,
			enum word_variants variants)
{
	const bool any_case = variants == WORD_SPACE_AND_CASE;
	struct similars s = {.n = 0};

	if (any_case && find_other_case(id, m, word))
		return EXIT_YES;
	find_similar(&s, m, word);
	if (!any_case || !s.n || s.best[0].distance)
		return unknown_word(why, &s, word);
	*id = s.best[0].id;
	return EXIT_YES;
}

static int damaged(struct cli_reason *why, const struct tk_error *err)
{
	if (err->offset == TK_NO_OFFSET)
		return cli_because(why, EXIT_TROUBLE, "%s", err->message);
	return cli_because(why, EXIT_TROUBLE, "%s (byte %" PRIu64 ")",
			   err->message, err->offset);
}

int word_find(uint32_t *id, struct cli_reason *why, const struct tk_model *m,
	      struct tk_bytes word, enum word_variants variants)
{
	enum tk_word_match how;
	struct tk_error err;
	enum tk_status status = tk_word_find(id, &how, m, word, &err);
	int answer = EXIT_YES;

	if (status == TK_E_NOT_FOUND)
		answer = find_variant(id, why, m, word, variants);
	else if (status)
		return damaged(why, &err);
	if (answer == EXIT_YES &&
	    (status == TK_E_NOT_FOUND || how != TK_WORD_EXACT))
		note_match(m, word, *id);
	return answer;
}
