/* SPDX-License-Identifier: MIT */
/*
 * note.c - what kind of prediction this is, in a line or two
 */
#include "predict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 80

/* A line that is being filled: facts with "; " between them. */
struct note {
	char line[WIDTH + 1];
	size_t room; /* columns that the name of the program leaves */
};

static void add(struct note *n, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One more fact, on a line of its own if this one is full. */
static void add(struct note *n, const char *format, ...)
{
	size_t len = strlen(n->line);
	char fact[WIDTH];
	va_list ap;

	va_start(ap, format);
	vsnprintf(fact, sizeof(fact), format, ap);
	va_end(ap);
	if (len && len + 2 + strlen(fact) > n->room) {
		cli_warn("%s", n->line);
		len = 0;
	}
	snprintf(n->line + len, sizeof(n->line) - len, "%s%s",
		 len ? "; " : "", fact);
}

/* How many tokens a context mix looks at, of 'n_ids' (0: not known yet). */
static uint64_t mix_length(const struct tk_model *m, size_t n_ids)
{
	const uint64_t n_ctx = tk_model_hparams(m).n_ctx;
	uint64_t n = tk_model_matrix(m, TK_KIND_MIX).rows;

	if (n_ctx && n_ctx < n)
		n = n_ctx;
	return n_ids && n_ids < n ? n_ids : n;
}

static void add_view(struct note *n, const struct predictor *p,
		     enum view view, size_t n_ids)
{
	uint64_t mixed;

	if (view == VIEW_HIDDEN) {
		add(n, "hidden vector from the caller");
		return;
	}
	if (view == VIEW_TEXT)
		add(n, "text split at white space");
	if (!tk_has_mix(p->model)) {
		add(n, "zero-layer view (bigrams): W_E to W_U");
		return;
	}
	mixed = mix_length(p->model, n_ids);
	if (mixed == 1)
		add(n, "context mix over the last token");
	else
		add(n, "context mix over the last %llu tokens",
		    (unsigned long long)mixed);
}

static void add_norm(struct note *n, const struct predictor *p,
		     enum view view)
{
	static const char *const names[] = {
		[TK_NORM_NONE] = "", [TK_NORM_LAYER] = "layernorm",
		[TK_NORM_RMS] = "rmsnorm"};
	enum tk_norm norm = tk_model_hparams(p->model).final_norm;

	if (p->request->normalized)
		add(n, "declared normalised: no final norm applied");
	else if (norm != TK_NORM_NONE)
		add(n, "final norm (%s) applied", names[norm]);
	else if (view == VIEW_HIDDEN)
		add(n, "no final norm in this file");
}

void predict_note(const struct predictor *p, enum view view, size_t n_ids)
{
	const struct tk_hparams hp = tk_model_hparams(p->model);
	struct note n = {.room = WIDTH - strlen("tkpredict-mpi: ")};

	add_view(&n, p, view, n_ids);
	add_norm(&n, p, view);
	if (view != VIEW_HIDDEN && hp.embed_scale != 1)
		add(&n, "embed_scale %g", (double)hp.embed_scale);
	if (hp.logit_scale != 1)
		add(&n, "logit_scale %g", (double)hp.logit_scale);
	if (hp.logit_softcap != 0)
		add(&n, "logit_softcap %g", (double)hp.logit_softcap);
	cli_warn("%s", n.line);
}
