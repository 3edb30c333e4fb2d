/* SPDX-License-Identifier: MIT */
/*
 * fuzz_expression.c - any bytes as an expression of tokens
 */
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "target.h"

static bool is_within(struct tk_bytes part, const uint8_t *start, size_t size)
{
	return part.ptr >= start && part.len <= size &&
	       (size_t)(part.ptr - start) <= size - part.len;
}

static void check(const struct expression *e, const uint8_t *data, size_t size)
{
	if (!e->n)
		abort();
	for (size_t i = 0; i < e->n; i++) {
		const struct term *t = &e->terms[i];

		if (!is_within(t->token, data, size) &&
		    !is_within(t->token, e->bytes, size))
			abort();
		if (t->kind != TERM_WORD &&
		    !is_within(t->digits, t->token.ptr, t->token.len))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mistake mistake = {NULL, 0};
	struct expression e;

	if (expression_parse(&e, (struct tk_bytes){data, size}, &mistake)) {
		check(&e, data, size);
		expression_free(&e);
	} else if (!mistake.message || mistake.at > size) {
		abort();
	}
	return 0;
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const char *const seeds[] = {
		"woman - man + uncle",
		"-cat + 2 dog - 0.5 * \"new york\" + id:262 - dim:7",
		"\"\\\"\\\\\\n\\t\\r\\x41\" --a - -1e3*\"-\" + 1984",
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = strlen(seeds[i]);
	return fuzz_copy(seeds[i], *size);
}
