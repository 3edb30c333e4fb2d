/* SPDX-License-Identifier: MIT */
/*
 * tkpredict.c - the next token: who answers what was asked
 */
#include <stdio.h>
#include <stdlib.h>

#include "input.h"
#include "join.h"
#include "predict.h"
#include "text.h"

#define LENS_TOKENS 3 /* a line of 80 columns; -k says how many */

static const struct cli_tool tool = {
	.name = "tkpredict",
	.synopsis = "tkpredict [OPTION...] FILE [TEXT]",
	.examples =
		"  tkpredict model.tk \"my aunt\"            the 10 likeliest "
		"next tokens\n"
		"  tkpredict model.tk -k 3 id:262          after a token "
		"given by its id\n"
		"  tkpredict model.tk --hidden h.npy       from a "
		"transformer's last vector\n"
		"  tkpredict model.tk -n 20 \"once upon\"    the likeliest "
		"continuation\n"
		"  tkpredict model.tk -n 20 --seed 7 \"a\"   one drawn by "
		"chance\n"
		"  tkpredict model.tk --stdin --json       a line in, an "
		"object out\n",
	.options = request_options,
	.notes = "A word of TEXT means the token with exactly its bytes, else "
		 "the one with or\nwithout a leading space; id:N means an id. "
		 " Status 1: a word is not in the\nvocabulary.\n",
};

/* ---- one answer ---- */

static void answer_partial(struct predictor *p, const struct context *c)
{
	char *line;

	predict_part(p);
	line = partial_line(p, c);
	puts(line);
	free(line);
}

/* The table, or the object without its end. */
static void answer_whole(struct predictor *p, const struct context *c)
{
	const struct request *r = p->request;

	/* Of generated text nobody sees the probabilities. */
	if (r->generate && !r->json) {
		predict_next(p);
		return;
	}
	predict_start(p, 1);
	predict_result(p, 0);
	if (r->json) {
		p->answer = output_json_start(output_json_input(c),
					      r->temperature);
		output_json_result(p->answer, &p->result);
	} else {
		output_table(&p->result);
	}
}

static void finish_json(struct predictor *p)
{
	if (p->answer)
		text_json_print(p->answer);
	p->answer = NULL;
}

static void answer(struct predictor *p, struct context *c)
{
	const struct request *r = p->request;
	const size_t start = c->n;

	predict_embed(p, c);
	if (r->partial)
		answer_partial(p, c);
	else
		answer_whole(p, c);
	if (r->generate) {
		generate(p, c);
		if (r->json)
			generate_json(p->answer, p, c, start);
		else
			generate_print(p, c, start);
	}
	finish_json(p);
}

/* ---- one context ---- */

static void run_once(struct predictor *p)
{
	const struct request *r = p->request;
	struct context c = {0};
	int status;

	if (r->ids)
		status = context_from_ids(&c, p->model, r->ids);
	else
		status = context_from_operand(&c, p->model, r->text);
	if (status != EXIT_YES) {
		cli_warn("%s", c.why.text);
		exit(status);
	}
	predict_note(p, r->ids ? VIEW_IDS : VIEW_TEXT, c.n);
	answer(p, &c);
	context_free(&c);
}

/* ---- hidden vectors ---- */

/* What is done with the result of vector i of a file. */
typedef void batch_fn(struct predictor *p, size_t i);

static void each_vector(struct predictor *p, const struct hidden *h,
			batch_fn *done)
{
	for (size_t first = 0; first < h->rows; first += p->n_vectors) {
		size_t left = h->rows - first;
		size_t n = left < p->n_vectors ? left : p->n_vectors;

		for (size_t i = 0; i < n; i++)
			hidden_read(p->vectors + i * p->d, h, first + i);
		predict_start(p, n);
		for (size_t i = 0; i < n; i++) {
			predict_result(p, i);
			done(p, first + i);
		}
	}
}

/* Each is printed when it is there: a million of them need no memory. */
static void print_result(struct predictor *p, size_t i)
{
	json_t *object = json_object();

	output_json_result(object, &p->result);
	if (i)
		text_json_next();
	else
		text_json_open(output_json_start(NULL, p->request->temperature),
			       "batch");
	text_json_put(object);
}

static void answer_batch_json(struct predictor *p, const struct hidden *h)
{
	each_vector(p, h, print_result);
	text_json_close();
}

static void print_lens_line(struct predictor *p, size_t i)
{
	/* The token of --rank has the place of one. */
	const size_t usual = p->has_ranked ? LENS_TOKENS - 1 : LENS_TOKENS;
	const size_t limit = p->request->has_top ? SIZE_MAX : usual;

	if (!i)
		output_lens_head(&p->result, limit);
	output_lens_line(&p->result, i, limit);
}

static void answer_batch(struct predictor *p, const struct hidden *h)
{
	each_vector(p, h, print_lens_line);
}

static void answer_vector(struct predictor *p, const struct hidden *h)
{
	const struct context none = {0};

	hidden_read(p->vector, h, 0);
	if (p->request->partial)
		answer_partial(p, &none);
	else
		answer_whole(p, &none);
	finish_json(p);
}

static void run_hidden(struct predictor *p)
{
	struct hidden h;

	hidden_open(&h, p->request->hidden, p->d);
	if (p->request->partial && h.header.n_dims != 1)
		cli_die("%s: --partial is for one vector, of shape [%zu]",
			h.path, p->d);
	/* A bad vector is found before any answer is printed. */
	for (size_t i = 0; i < h.rows; i++)
		hidden_read(p->vector, &h, i);
	predict_note(p, VIEW_HIDDEN, 0);
	if (h.header.n_dims == 1)
		answer_vector(p, &h);
	else if (p->request->json)
		answer_batch_json(p, &h);
	else
		answer_batch(p, &h);
	hidden_close(&h);
}

/* ---- a context a line ---- */

/* A line that has no answer gets one that says so, or an empty one. */
static void refuse_line(const struct request *r, const struct context *c,
			size_t line)
{
	json_t *object;

	cli_warn("line %zu: %s", line, c->why.text);
	if (!r->json) {
		if (r->generate)
			putchar('\n');
		return;
	}
	object = json_object();
	text_json_set(object, "schema", json_string("tkpredict/1"));
	text_json_set(object, "error", json_string(c->why.text));
	text_json_print(object);
}

static int run_stdin(struct predictor *p)
{
	struct context c = {0};
	struct input line = {0};
	size_t number = 0;
	int worst = EXIT_YES;

	predict_note(p, VIEW_TEXT, 0);
	while (input_next(&line, '\n')) {
		int status = context_from_text(&c, p->model, line.text);

		if (number++ && !p->request->json && !p->request->generate)
			putchar('\n');
		if (status == EXIT_YES)
			answer(p, &c);
		else
			refuse_line(p->request, &c, number);
		if (status > worst)
			worst = status;
		fflush(stdout);
	}
	input_free(&line);
	context_free(&c);
	return worst;
}

static void run_merge(const struct request *r)
{
	struct joined j;

	joined_read(&j, r->parts, r->n_parts);
	joined_finish(&j);
	if (r->json)
		text_json_print(joined_json(&j));
	else
		output_table(&j.result);
	joined_free(&j);
}

static int run(const struct request *r)
{
	struct predictor p;
	int status = EXIT_YES;

	predictor_open(&p, r, cli_open_model(r->path));
	if (r->hidden)
		run_hidden(&p);
	else if (r->from_stdin)
		status = run_stdin(&p);
	else
		run_once(&p);
	predictor_close(&p);
	return status;
}

int main(int argc, char **argv)
{
	struct request r;
	int status = EXIT_YES;

	cli_start(&tool, argc, argv);
	request_parse(&r);
	if (!r.threads)
		r.threads = cli_processors();
	if (r.merge)
		run_merge(&r);
	else
		status = run(&r);
	cli_finish(status);
}
