/* SPDX-License-Identifier: MIT */
/*
 * expression.c - "woman - man + 0.5 uncle" -> tokens with their weights
 */
#include "expression.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "decimal.h"

struct parser {
	const uint8_t *start;
	const uint8_t *next;
	const uint8_t *end;
	uint8_t *free; /* room for what quotes stand around */
	struct expression *e;
	struct mistake *mistake;
};

static bool wrong(struct parser *p, const uint8_t *at, const char *message)
{
	p->mistake->message = message;
	p->mistake->at = (size_t)(at - p->start);
	return false;
}

bool expression_is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_sign(const struct parser *p, const uint8_t *at)
{
	return at < p->end && (*at == '+' || *at == '-');
}

static const uint8_t *skip_space(const struct parser *p, const uint8_t *at)
{
	while (at < p->end && expression_is_space(*at))
		at++;
	return at;
}

/* Where the word at 'at' ends. */
static const uint8_t *word_end(const struct parser *p, const uint8_t *at)
{
	while (at < p->end && !expression_is_space(*at))
		at++;
	return at;
}

/* ---- tokens ---- */

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that an escape stands for; -1 if it is none. */
static int take_escape(struct parser *p)
{
	static const char letters[] = "\"\"\\\\n\nt\tr\r";
	const uint8_t *at = p->next + 1;
	int high, low;

	if (at == p->end)
		return -1;
	for (size_t i = 0; letters[i]; i += 2)
		if (*at == (uint8_t)letters[i]) {
			p->next += 2;
			return letters[i + 1];
		}
	if (*at != 'x' || p->end - at < 3)
		return -1;
	high = hex_digit(at[1]);
	low = hex_digit(at[2]);
	if (high < 0 || low < 0)
		return -1;
	p->next += 4;
	return 16 * high + low;
}

static bool take_quoted(struct parser *p, struct term *term)
{
	const uint8_t *quote = p->next++;
	uint8_t *start = p->free;
	int c;

	while (p->next < p->end && *p->next != '"') {
		if (*p->next == '\\') {
			c = take_escape(p);
			if (c < 0)
				return wrong(p, p->next,
					     "is no escape; there is \\\" "
					     "\\\\ \\n \\t \\r \\xHH");
			*p->free++ = (uint8_t)c;
		} else {
			*p->free++ = *p->next++;
		}
	}
	if (p->next == p->end)
		return wrong(p, quote,
			     "has no quote at its end; the token \" is "
			     "written \"\\\"\"");
	p->next++;
	if (p->next < p->end && !expression_is_space(*p->next))
		return wrong(p, p->next, "needs a space in front");
	term->token = (struct tk_bytes){start, (size_t)(p->free - start)};
	return true;
}

/* True if the token is the prefix and digits. */
static bool is_numbered(struct term *term, const char *prefix)
{
	const size_t n = strlen(prefix);
	const struct tk_bytes token = term->token;

	if (token.len <= n || memcmp(token.ptr, prefix, n))
		return false;
	for (size_t i = n; i < token.len; i++)
		if (token.ptr[i] < '0' || token.ptr[i] > '9')
			return false;
	term->digits = (struct tk_bytes){token.ptr + n, token.len - n};
	return true;
}

static bool take_token(struct parser *p, struct term *term)
{
	const uint8_t *start = p->next;

	term->kind = TERM_WORD;
	if (*start == '"')
		return take_quoted(p, term);
	p->next = word_end(p, start);
	term->token = (struct tk_bytes){start, (size_t)(p->next - start)};
	if (is_numbered(term, "id:"))
		term->kind = TERM_ID;
	else if (is_numbered(term, "dim:"))
		term->kind = TERM_DIM;
	return true;
}

/* ---- weights ---- */

/* Takes a number that a token follows; none: nothing is taken. */
static void take_weight(struct parser *p, struct term *term)
{
	const uint8_t *end = word_end(p, p->next);
	const uint8_t *star = memchr(p->next, '*', (size_t)(end - p->next));
	const uint8_t *after;
	double weight;

	if (star)
		end = star;
	if (decimal_f64(&weight, (struct tk_bytes){p->next,
						   (size_t)(end - p->next)}))
		return;
	after = skip_space(p, end);
	if (after < p->end && *after == '*')
		after = skip_space(p, after + 1);
	else if (is_sign(p, after))
		return;
	if (after == p->end)
		return;
	term->weight *= weight;
	p->next = after;
}

/* ---- terms ---- */

/*
 * Takes a sign, if there is one: an operator, which may have a space behind
 * it, or the one that belongs to a term.
 */
static bool take_sign(struct parser *p, struct term *term, bool is_operator)
{
	const uint8_t *sign = p->next;

	if (!is_sign(p, sign))
		return true;
	p->next = skip_space(p, sign + 1);
	if (p->next == p->end)
		return wrong(p, sign,
			     "has no token behind it; as a token it stands in "
			     "quotes");
	if (!is_operator && p->next != sign + 1)
		return wrong(p, sign,
			     "is the second sign; as a token it stands in "
			     "quotes");
	if (*sign == '-')
		term->weight = -term->weight;
	return true;
}

static bool take_term(struct parser *p)
{
	struct term *term = &p->e->terms[p->e->n];

	*term = (struct term){.weight = 1};
	if (p->e->n && !is_sign(p, p->next))
		return wrong(p, p->next,
			     "needs + or - in front; a token with spaces "
			     "stands in quotes");
	if (!take_sign(p, term, true) || !take_sign(p, term, false))
		return false;
	take_weight(p, term);
	if (!take_token(p, term))
		return false;
	p->e->n++;
	return true;
}

/* No expression has more terms than words. */
static size_t count_words(const struct parser *p)
{
	const uint8_t *at = skip_space(p, p->start);
	size_t n = 0;

	for (; at < p->end; n++)
		at = skip_space(p, word_end(p, at));
	return n;
}

bool expression_parse(struct expression *out, struct tk_bytes text,
		      struct mistake *mistake)
{
	struct expression e = {.n = 0};
	struct parser p = {.start = text.ptr, .e = &e, .mistake = mistake};
	bool good;

	p.end = text.len ? text.ptr + text.len : text.ptr;
	p.next = skip_space(&p, text.ptr);
	if (p.next == p.end)
		return wrong(&p, p.start, "is empty; give at least one token");
	e.terms = malloc((count_words(&p) + 1) * sizeof(*e.terms));
	e.bytes = p.free = malloc(text.len + 1);
	if (!e.terms || !e.bytes)
		cli_die("out of memory");
	do {
		good = take_term(&p);
		p.next = skip_space(&p, p.next);
	} while (good && p.next < p.end);
	if (good)
		*out = e;
	else
		expression_free(&e);
	return good;
}

void expression_free(struct expression *e)
{
	free(e->terms);
	free(e->bytes);
}
