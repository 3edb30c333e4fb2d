/* SPDX-License-Identifier: MIT */
/*
 * perplexity - how well a sample model foretells the texts held out
 *
 *     perplexity FILE.tk...
 *
 * The files are the sample trainer's.  Each is asked twice, through the public
 * header alone: with all the context that it takes, and with the last word
 * only, which is row 0 of its mix.  The perplexity is exp of the mean of
 * -ln p(word | words before it in its text), over every word of the texts that
 * were held out, and over those of them that no text learned from repeats word
 * for word.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libformat.h>

#include "corpus.h"

struct words {
	const uint16_t *ids;
	size_t n;
};

struct model {
	const struct tk_model *m;
	size_t n_ctx;
	float *h, *scratch, *keys;
};

struct sum {
	double nats;
	size_t words;
};

static struct words text_of(const struct corpus *c, size_t t)
{
	return (struct words){c->ids + c->start[t],
			      c->start[t + 1] - c->start[t]};
}

static int by_words(const void *a, const void *b)
{
	const struct words *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->ids, y->ids, x->n * sizeof(*x->ids));
}

/* The texts learned from, sorted; NULL if there is no memory. */
static struct words *list_learned(size_t *n, const struct corpus *c)
{
	struct words *list = calloc(c->n_texts, sizeof(*list));

	*n = 0;
	for (size_t t = 0; list && t < c->n_texts; t++)
		if (!corpus_is_held_out(t))
			list[(*n)++] = text_of(c, t);
	if (list)
		qsort(list, *n, sizeof(*list), by_words);
	return list;
}

/* Adds -ln p of 'next' after the n ids before it. */
static enum tk_status add_word(struct sum *sum, const struct model *m,
			       const uint32_t *next, size_t n,
			       struct tk_error *err)
{
	const size_t rows = tk_model_n_predictable(m->m);
	struct tk_normalizer nz;

	if (tk_context(m->h, m->scratch, m->m, next - n, n, err) ||
	    tk_final_norm(m->h, m->m, err) ||
	    tk_keys(m->keys, m->m, m->h, 0, rows, err))
		return err->status;
	nz = tk_normalize(m->m, m->keys, rows, 1.0);
	sum->nats -= tk_logprob(&nz, tk_logit(m->m, m->keys[*next]));
	sum->words++;
	return TK_OK;
}

/*
 * A text as it was asked in training: its first word after the mark that ends
 * the text before, the others after the words of their own text.
 */
static enum tk_status add_text(struct sum *sum, const struct model *m,
			       struct words text, size_t n_ctx,
			       struct tk_error *err)
{
	uint32_t ids[1 + MAX_TOKENS] = {END_OF_TEXT};
	enum tk_status s = TK_OK;

	for (size_t i = 0; !s && i < text.n; i++) {
		size_t n = i ? i : 1;

		ids[i + 1] = text.ids[i];
		s = add_word(sum, m, &ids[i + 1], n < n_ctx ? n : n_ctx, err);
	}
	return s;
}

/* Sums over all texts held out, and over those that were never seen. */
static enum tk_status add_all(struct sum sums[2], const struct model *m,
			      const struct corpus *c,
			      const struct words *learned, size_t n_learned,
			      size_t n_ctx, struct tk_error *err)
{
	enum tk_status s = TK_OK;

	for (size_t t = 0; !s && t < c->n_texts; t++) {
		struct words text = text_of(c, t);
		struct sum sum = {0, 0};

		if (!corpus_is_held_out(t))
			continue;
		s = add_text(&sum, m, text, n_ctx, err);
		sums[0].nats += sum.nats;
		sums[0].words += sum.words;
		if (bsearch(&text, learned, n_learned, sizeof(text), by_words))
			continue;
		sums[1].nats += sum.nats;
		sums[1].words += sum.words;
	}
	return s;
}

/* Prints a row of the table. */
static enum tk_status measure(const char *path, const struct model *m,
			      const struct corpus *c, size_t n_ctx,
			      struct tk_error *err)
{
	struct sum sums[2] = {{0, 0}, {0, 0}};
	size_t n_learned = 0;
	struct words *learned = list_learned(&n_learned, c);
	enum tk_status s = TK_E_MEMORY;

	if (learned)
		s = add_all(sums, m, c, learned, n_learned, n_ctx, err);
	free(learned);
	if (!s)
		printf("| %s | %zu | %.3f | %.3f |\n", path, n_ctx,
		       exp(sums[0].nats / (double)sums[0].words),
		       exp(sums[1].nats / (double)sums[1].words));
	return s;
}

/* True if the file's tokens are the corpus's, id by id. */
static bool is_of_corpus(const struct tk_model *m, const struct corpus *c)
{
	struct tk_bytes token;

	if (tk_model_n_predictable(m) != c->n_tokens)
		return false;
	for (size_t i = 0; i < c->n_tokens; i++)
		if (tk_model_token(&token, m, i, NULL) ||
		    token.len != c->tokens[i].len ||
		    memcmp(token.ptr, c->tokens[i].ptr, token.len))
			return false;
	return true;
}

static enum tk_status ask(const char *path, const struct tk_model *tk,
			  const struct corpus *c, struct tk_error *err)
{
	const struct tk_hparams hp = tk_model_hparams(tk);
	struct model m = {tk, tk_has_mix(tk) ? hp.n_ctx : 1, NULL, NULL, NULL};
	enum tk_status s = TK_E_MEMORY;

	if (!is_of_corpus(tk, c)) {
		strcpy(err->message, "not a model of samples/train");
		return TK_E_VALUE;
	}
	m.h = calloc(2 * hp.d_model + c->n_tokens, sizeof(*m.h));
	if (m.h) {
		m.scratch = m.h + hp.d_model;
		m.keys = m.scratch + hp.d_model;
		s = measure(path, &m, c, m.n_ctx, err);
		if (!s && m.n_ctx > 1)
			s = measure(path, &m, c, 1, err);
	}
	free(m.h);
	return s;
}

static int ask_file(const char *path, const struct corpus *c)
{
	struct tk_container *file = NULL;
	struct tk_model *m = NULL;
	struct tk_error err = {.message = "out of memory"};
	enum tk_status s = tk_container_open(&file, path, &err);

	if (!s)
		s = tk_model_open(&m, file, &err);
	if (!s)
		s = tk_can_predict(m, &err);
	if (!s)
		s = ask(path, m, c, &err);
	if (s)
		fprintf(stderr, "perplexity: %s: %s\n", path, err.message);
	tk_model_close(m);
	tk_container_close(file);
	return s ? 2 : 0;
}

int main(int argc, char **argv)
{
	static struct corpus corpus;
	int status = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: perplexity FILE.tk...\n");
		return 2;
	}
	if (!corpus_make(&corpus, N_TEXTS)) {
		fprintf(stderr, "perplexity: out of memory\n");
		return 2;
	}
	puts("| model | words of context | held out | and not learned from |");
	puts("| --- | --- | --- | --- |");
	for (int i = 1; i < argc && !status; i++)
		status = ask_file(argv[i], &corpus);
	corpus_free(&corpus);
	return status;
}
