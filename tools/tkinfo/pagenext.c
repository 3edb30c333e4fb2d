/* SPDX-License-Identifier: MIT */
/*
 * pagenext.c - what comes next, at many temperatures
 *
 * The slider stops only at temperatures whose normaliser was computed here,
 * over all tokens: so every probability on the page is what tkpredict says.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "page.h"
#include "text.h"

#define MOST_PROMPTS 6
#define MOST_IDS 8
#define N_TOP 12
#define N_TEMPERATURES 40 /* 0.1, 0.2 ... 4.0 */

struct prompt {
	uint32_t ids[MOST_IDS];
	size_t n;
	struct tk_candidate top[N_TOP];
	size_t n_top;
	double logs[N_TEMPERATURES]; /* ln of the sum of exp(z / T) */
	struct tk_normalizer at_1;
};

static double temperature(size_t i)
{
	return (double)(i + 1) / 10;
}

/* ---- prompts ---- */

/* False if a word of the text is no token. */
static bool find_words(struct prompt *q, const struct page *p,
		       const char *words)
{
	struct tk_bytes text = text_bytes(words), word;
	struct tk_error err;

	for (q->n = 0; (word = tk_word_next(&text)).len; q->n++)
		if (q->n == MOST_IDS ||
		    tk_word_find(&q->ids[q->n], NULL, p->info->model, word,
				 &err) ||
		    q->ids[q->n] >= p->n)
			return false;
	return q->n > 0;
}

static size_t choose(struct prompt *q, const struct page *p)
{
	static const char *const texts[] = {
		"the queen says that", "once upon a", "one two three",
		"paris is the capital of", "the", "king", "how", "good",
	};
	size_t n = 0, most = p->n_words < 3 ? p->n_words : 3;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) &&
			   n < MOST_PROMPTS; i++)
		n += find_words(&q[n], p, texts[i]);
	for (size_t i = 0; i < most && !n; i++) {
		q[i].ids[0] = p->words[i * p->n_words / most];
		q[i].n = 1;
	}
	return n ? n : most;
}

/* ---- predictions ---- */

/* The hidden vector after the prompt, or why there is none. */
static enum tk_status hide(float *h, struct page *p, const struct prompt *q,
			   struct tk_error *err)
{
	const struct tk_model *m = p->info->model;
	const size_t cols = (size_t)tk_model_w_e(m).cols;
	float *scratch = page_room(cols, sizeof(*scratch));
	enum tk_status status = tk_context(h, scratch, m, q->ids, q->n, err);

	free(scratch);
	return status ? status : tk_final_norm(h, m, err);
}

static enum tk_status predict(struct prompt *q, struct page *p, float *h,
			      float *keys, struct tk_error *err)
{
	const struct tk_model *m = p->info->model;
	const size_t n = (size_t)tk_model_n_predictable(m);
	enum tk_status status = hide(h, p, q, err);

	if (!status)
		status = tk_keys(keys, m, h, 0, n, err);
	if (status)
		return status;
	q->n_top = tk_top_k(q->top, N_TOP, keys, n, 0);
	for (size_t i = 0; i < N_TEMPERATURES; i++) {
		struct tk_normalizer nz =
			tk_normalize(m, keys, n, temperature(i));

		q->logs[i] = tk_log_normalizer(&nz);
		if (i == 9)
			q->at_1 = nz;
	}
	return TK_OK;
}

/* ---- as a table for T = 1, and as JSON ---- */

static void put_ids(struct page *p, const struct prompt *q)
{
	for (size_t i = 0; i < q->n; i++) {
		if (i)
			putc(' ', p->out);
		html_token(p->out, page_token(p, q->ids[i]), 40);
	}
}

static void put_row(struct page *p, const struct prompt *q, size_t i)
{
	const struct tk_candidate c = q->top[i];
	const float z = tk_logit(p->info->model, c.key);
	const double prob = tk_prob(&q->at_1, z);

	fprintf(p->out, "<tr data-id=\"%lu\"><td class=\"n\">%zu</td><td>",
		(unsigned long)c.id, i + 1);
	html_token(p->out, page_token(p, c.id), 40);
	fprintf(p->out,
		"</td><td class=\"n\">%.4f</td><td class=\"n prob\">%.6f</td>"
		"<td class=\"meter\"><span style=\"width:%.2f%%\"></span>"
		"</td></tr>\n",
		(double)z, prob, 100 * prob);
}

static void put_prompt(struct page *p, const struct prompt *q, size_t number)
{
	double sum = 0;

	fprintf(p->out, "<section class=\"prompt\" data-prompt=\"%zu\"><h3>",
		number);
	put_ids(p, q);
	fputs("</h3>\n<div class=\"scroll\"><table><thead><tr>"
	      "<th class=\"n\">rank</th>"
	      "<th>token</th><th class=\"n\">logit</th>"
	      "<th class=\"n\">probability</th><th></th></tr></thead>"
	      "<tbody>\n",
	      p->out);
	for (size_t i = 0; i < q->n_top; i++) {
		put_row(p, q, i);
		sum += tk_prob(&q->at_1,
			       tk_logit(p->info->model, q->top[i].key));
	}
	fprintf(p->out,
		"</tbody><tfoot><tr><td></td><td>all others</td><td></td>"
		"<td class=\"n rest\">%.6f</td><td></td></tr></tfoot></table>"
		"</div></section>\n",
		fmax(0, 1 - sum));
}

static json_t *prompt_json(const struct page *p, const struct prompt *q)
{
	json_t *o = json_object(), *ids = json_array(), *logs = json_array();
	json_t *top = json_array(), *logits = json_array();

	for (size_t i = 0; i < q->n; i++)
		text_json_append(ids, json_integer(q->ids[i]));
	for (size_t i = 0; i < q->n_top; i++) {
		text_json_append(top, json_integer(q->top[i].id));
		text_json_append(logits,
				 text_json_real((double)tk_logit(
					 p->info->model, q->top[i].key)));
	}
	for (size_t i = 0; i < N_TEMPERATURES; i++)
		text_json_append(logs, text_json_real(q->logs[i]));
	text_json_set(o, "ids", ids);
	text_json_set(o, "top", top);
	text_json_set(o, "logits", logits);
	text_json_set(o, "log_normalizers", logs);
	return o;
}

static json_t *temperatures_json(void)
{
	json_t *a = json_array();

	for (size_t i = 0; i < N_TEMPERATURES; i++)
		text_json_append(a, json_real(temperature(i)));
	return a;
}

/* ---- all of it ---- */

static void put_why_not(struct page *p, const struct tk_error *err)
{
	fputs("<p class=\"none\">There is no prediction: ", p->out);
	html_text(p->out, err->message);
	fputs(".</p>\n", p->out);
}

/* Predictions cannot be shown where a logit is not finite. */
static bool is_shown(const struct prompt *q)
{
	return q->n_top && isfinite(q->logs[0]) && isfinite(q->at_1.max);
}

static void put_all(struct page *p, struct prompt *q, size_t n)
{
	const struct tk_model *m = p->info->model;
	const size_t cols = (size_t)(tk_model_w_e(m).cols >
						     tk_model_w_u(m).cols
					     ? tk_model_w_e(m).cols
					     : tk_model_w_u(m).cols);
	float *h = page_room(cols, sizeof(*h));
	float *keys = page_room((size_t)tk_model_n_predictable(m),
				sizeof(*keys));
	json_t *next = json_object(), *prompts = json_array();
	struct tk_error err = {0};
	size_t shown = 0;

	for (size_t i = 0; i < n; i++) {
		if (predict(&q[i], p, h, keys, &err) || !is_shown(&q[i]))
			continue;
		put_prompt(p, &q[i], shown++);
		text_json_append(prompts, prompt_json(p, &q[i]));
	}
	if (!shown && !err.message[0])
		snprintf(err.message, sizeof(err.message),
			 n ? "no logit is finite" : "no token has a row");
	if (!shown)
		put_why_not(p, &err);
	text_json_set(next, "temperatures", temperatures_json());
	text_json_set(next, "prompts", prompts);
	text_json_set(p->facts, "next", next);
	free(h);
	free(keys);
}

void page_next(struct page *p)
{
	const struct tk_model *m = p->info->model;
	struct prompt *q;
	struct tk_error err;

	if (tk_can_predict(m, &err)) {
		put_why_not(p, &err);
		return;
	}
	if (!tk_model_w_e(m).data) {
		fputs("<p class=\"none\">There is no W_E, so text does not "
		      "become a vector here: <code>tkpredict --hidden</code> "
		      "takes one.</p>\n",
		      p->out);
		return;
	}
	q = page_room(MOST_PROMPTS, sizeof(*q));
	put_all(p, q, choose(q, p));
	free(q);
}
