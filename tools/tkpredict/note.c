/* SPDX-License-Identifier: MIT */
/*
 * note.c - one line that says what kind of prediction this is
 */
#include "predict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + len, size - len, format, ap);
	va_end(ap);
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

static void add_view(char *text, size_t size, const struct predictor *p,
		     enum view view, size_t n_ids)
{
	if (view == VIEW_HIDDEN) {
		add(text, size, "hidden vector from the caller");
		return;
	}
	if (view == VIEW_TEXT)
		add(text, size, "text split at white space; ");
	if (tk_has_mix(p->model))
		add(text, size, "context mix over the last %llu tokens",
		    (unsigned long long)mix_length(p->model, n_ids));
	else
		add(text, size, "zero-layer view: the last token's embedding "
				"goes straight to W_U (bigram-like)");
}

static void add_norm(char *text, size_t size, const struct predictor *p,
		     enum view view)
{
	static const char *const names[] = {
		[TK_NORM_NONE] = "", [TK_NORM_LAYER] = "layernorm",
		[TK_NORM_RMS] = "rmsnorm"};
	enum tk_norm norm = tk_model_hparams(p->model).final_norm;

	if (p->request->normalized)
		add(text, size, "; declared normalised: no final norm applied");
	else if (norm != TK_NORM_NONE)
		add(text, size, "; final norm (%s) applied", names[norm]);
	else if (view == VIEW_HIDDEN)
		add(text, size, "; no final norm in this file");
}

void predict_note(const struct predictor *p, enum view view, size_t n_ids)
{
	const struct tk_hparams hp = tk_model_hparams(p->model);
	char text[400] = "";

	add_view(text, sizeof(text), p, view, n_ids);
	add_norm(text, sizeof(text), p, view);
	if (view != VIEW_HIDDEN && hp.embed_scale != 1)
		add(text, sizeof(text), "; embed_scale %g",
		    (double)hp.embed_scale);
	if (hp.logit_scale != 1)
		add(text, sizeof(text), "; logit_scale %g",
		    (double)hp.logit_scale);
	if (hp.logit_softcap != 0)
		add(text, sizeof(text), "; logit_softcap %g",
		    (double)hp.logit_softcap);
	cli_warn("%s", text);
}
