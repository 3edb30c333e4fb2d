/* SPDX-License-Identifier: MIT */
/*
 * train - makes a text by a grammar and learns the two ends of a model on it
 *
 *     train OUT.tk [LAST.tk]
 *
 * The same model is trained twice: with N_CTX words of context, which goes to
 * OUT.tk, and with the last word alone, to see what the others are worth; the
 * second goes to LAST.tk if that is given.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "corpus.h"
#include "lbl.h"
#include "random.h"
#include "save.h"

#define N_EPOCHS 4
#define RATE 0.5f /* of the first step; falls to 0 in a straight line */

struct examples {
	size_t n; /* a multiple of BATCH */
	struct example *list;
};

/*
 * Every word of the texts to learn from, or of those held out.  Texts with an
 * even number begin with the end of the one before, the others with nothing,
 * so that both can be continued; the first word is always learned from
 * END_OF_TEXT.
 */
static void list_examples(struct examples *out, const struct corpus *c,
			  bool held_out)
{
	for (size_t t = 0; t < c->n_texts; t++) {
		if (corpus_is_held_out(t) != held_out)
			continue;
		for (size_t i = 0; c->start[t] + i < c->start[t + 1]; i++)
			out->list[out->n++] =
			    (struct example){c->ids + c->start[t] + i,
					     i + (t % 2 == 0 || i == 0)};
	}
	out->n -= out->n % BATCH;
}

static void shuffle(struct examples *e, uint64_t *random)
{
	for (size_t i = e->n; i > 1; i--) {
		size_t j = random_below(random, i);
		struct example swap = e->list[i - 1];

		e->list[i - 1] = e->list[j];
		e->list[j] = swap;
	}
}

static double perplexity(struct trainer *t, const struct examples *e)
{
	double loss = 0;

	for (size_t i = 0; i < e->n; i += BATCH)
		loss += lbl_loss(t, e->list + i);
	return exp(loss / (double)e->n);
}

static double learn_once(struct trainer *t, const struct examples *e,
			 size_t epoch)
{
	const float end = N_EPOCHS * (float)e->n;
	double loss = 0;

	for (size_t i = 0; i < e->n; i += BATCH) {
		float done = (float)(epoch * e->n + i);

		loss += lbl_learn(t, e->list + i, RATE * (1 - done / end));
	}
	return exp(loss / (double)e->n);
}

/* Returns the perplexity of the texts held out, or 0: no memory. */
static double train(struct lbl *m, size_t n_ctx, const struct corpus *c,
		    struct examples *learn, const struct examples *held_out)
{
	struct trainer *t = lbl_trainer_new(m, n_ctx, c->n_tokens);
	uint64_t random = 0;
	double result = 0;

	for (size_t epoch = 0; t && epoch < N_EPOCHS; epoch++) {
		double learned;

		shuffle(learn, &random);
		learned = learn_once(t, learn, epoch);
		result = perplexity(t, held_out);
		fprintf(stderr,
			"context %zu, epoch %zu of %d: perplexity %.3f, "
			"held out %.3f\n",
			n_ctx, epoch + 1, N_EPOCHS, learned, result);
	}
	lbl_trainer_free(t);
	return result;
}

static bool report(const struct corpus *c, struct examples *learn,
		   struct examples *held_out, struct lbl *m, struct lbl *alone)
{
	/* first, so that its examples come in an order of their own */
	double mixed = train(m, N_CTX, c, learn, held_out);
	double last = train(alone, 1, c, learn, held_out);

	if (mixed == 0 || last == 0)
		return false;
	printf("%zu texts, %zu words to learn from, %zu held out\n", c->n_texts,
	       learn->n, held_out->n);
	printf("%zu tokens, d_model %d, n_ctx %d\n", c->n_tokens, D_MODEL,
	       N_CTX);
	printf("held-out perplexity, mix of %d words:   %.3f\n", N_CTX, mixed);
	printf("held-out perplexity, last word alone:  %.3f\n", last);
	return true;
}

/* Trains and reports; false if there is no memory. */
static bool make_models(struct lbl *m, struct lbl *alone, struct corpus *c)
{
	struct examples learn = {0, NULL}, held_out = {0, NULL};
	bool ok = corpus_make(c, N_TEXTS);

	if (ok) {
		learn.list = calloc(c->start[c->n_texts], sizeof(*learn.list));
		held_out.list =
		    calloc(c->start[c->n_texts], sizeof(*held_out.list));
	}
	ok = learn.list && held_out.list;
	if (ok) {
		list_examples(&learn, c, false);
		list_examples(&held_out, c, true);
		ok = report(c, &learn, &held_out, m, alone);
	}
	free(learn.list);
	free(held_out.list);
	return ok;
}

/* Opened before the work, so that an output that is there is refused first. */
static enum tk_status open_outputs(struct tk_writer **w, size_t n,
				   char **paths, struct tk_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (tk_writer_open(&w[i], paths[i], N_SECTIONS, false, err)) {
			fprintf(stderr, "train: %s: %s\n", paths[i],
				err->message);
			return err->status;
		}
	return TK_OK;
}

/* Writes and ends '*w'. */
static enum tk_status save(struct tk_writer **w, const char *path,
			   const struct lbl *m, const struct corpus *c,
			   struct tk_error *err)
{
	enum tk_status s = save_model(*w, m, c, err);

	if (!s) {
		s = tk_writer_commit(*w, err);
		*w = NULL;
	}
	if (s)
		fprintf(stderr, "train: %s: %s\n", path, err->message);
	return s;
}

int main(int argc, char **argv)
{
	static struct corpus corpus;
	static struct lbl models[2];
	const size_t n = (size_t)argc - 1;
	struct tk_writer *w[2] = {NULL, NULL};
	struct tk_error err;
	enum tk_status s;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: train OUT.tk [LAST.tk]\n");
		return 2;
	}
	s = open_outputs(w, n, argv + 1, &err);
	if (!s && !make_models(&models[0], &models[1], &corpus)) {
		fprintf(stderr, "train: out of memory\n");
		s = TK_E_MEMORY;
	}
	for (size_t i = 0; !s && i < n; i++)
		s = save(&w[i], argv[i + 1], &models[i], &corpus, &err);
	for (size_t i = 0; i < n; i++)
		tk_writer_abort(w[i]);
	corpus_free(&corpus);
	return s ? 2 : 0;
}
