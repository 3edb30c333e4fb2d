/* SPDX-License-Identifier: MIT */
/*
 * generate.c - the next token, again and again, and the text it makes
 */
#include "predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define SAMPLE 1024

/* ---- which token ---- */

static uint32_t next_token(struct predictor *p, struct tk_rng *rng)
{
	const struct request *r = p->request;

	if (request_draws(r))
		return tk_sample(rng, p->left, p->model, p->keys, p->n,
				 &p->normalizer, &r->cuts);
	return p->partial.n_best ? p->partial.best[0].id : TK_NO_ID;
}

void generate(struct predictor *p, struct context *c)
{
	const struct request *r = p->request;
	struct tk_rng rng;

	/* Each context anew: a line's answer does not depend on the others. */
	tk_rng_seed(&rng, r->seed);
	for (uint64_t i = 0; i < r->generate; i++) {
		uint32_t id;

		if (i) {
			predict_embed(p, c);
			predict_next(p);
		}
		id = next_token(p, &rng);
		if (id == TK_NO_ID || tk_tokenizer_is_end(p->model, id))
			return;
		predict_token(p, id);
		context_append(c, id);
	}
}

/* ---- its text ---- */

/*
 * True if the tokens are words that stand apart: no sub-word tokenizer, and
 * no token brings its own space.  Looks at some tokens all over the
 * vocabulary; where there are sub-words, half of them begin with a space.
 */
static bool words_stand_apart(const struct tk_model *m)
{
	const struct tk_bytes kind = tk_tokenizer_kind(m);
	const uint32_t n = tk_model_vocab(m).n_tokens;
	const uint32_t step = n / SAMPLE + 1;
	struct tk_bytes token;

	if (kind.len && (kind.len != 4 || memcmp(kind.ptr, "none", 4)))
		return false;
	for (uint32_t id = 0; id < n; id += step)
		if (!tk_model_token(&token, m, id, NULL) && token.len > 1 &&
		    token.ptr[0] == ' ')
			return false;
	return true;
}

/*
 * The text of the tokens after the first 'start' ids (spec/tokenizer.md 2):
 * control tokens are none.  Freed by the caller.
 */
static struct tk_bytes join(const struct predictor *p, const struct context *c,
			    size_t start)
{
	const bool apart = words_stand_apart(p->model);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool any = false, failed;

	if (!out)
		cli_die("out of memory");
	for (size_t i = start; i < c->n; i++) {
		const struct tk_bytes token = predict_token(p, c->ids[i]);

		if (tk_model_token_kind(p->model, c->ids[i]) ==
		    TK_TOKEN_CONTROL)
			continue;
		if (apart && any)
			putc(' ', out);
		any = true;
		if (token.len)
			fwrite(token.ptr, 1, token.len, out);
	}
	failed = ferror(out);
	/* The C library may lack memory and not say so. */
	if (fclose(out) || !text || failed)
		cli_die("out of memory");
	return (struct tk_bytes){(const uint8_t *)text, size};
}

void generate_print(const struct predictor *p, const struct context *c,
		    size_t start)
{
	const struct tk_bytes text = join(p, c, start);

	text_put_plain(stdout, text);
	putchar('\n');
	free((void *)(uintptr_t)text.ptr);
}

void generate_json(json_t *object, const struct predictor *p,
		   const struct context *c, size_t start)
{
	const struct tk_bytes text = join(p, c, start);
	const struct context more = {.ids = c->ids + start,
				     .n = c->n - start};
	json_t *generated = output_json_input(&more);

	text_json_text(generated, "text", text);
	text_json_set(object, "generated", generated);
	free((void *)(uintptr_t)text.ptr);
}
