/* SPDX-License-Identifier: MIT */
/*
 * tkpredict.c - the next token: the command line, and who answers it
 */
#include "predict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define MAX_THREADS 1024
#define MAX_GENERATED 1000000
/* Below it z / T could leave the range of double. */
#define MIN_TEMPERATURE 1e-200

enum {
	OPT_IDS = 256,
	OPT_HIDDEN,
	OPT_NORMALIZED,
	OPT_TEMPERATURE,
	OPT_STDIN,
	OPT_JSON,
	OPT_THREADS,
};

static const struct cli_option options[] = {
	{'k', "top", "N", "show the N likeliest tokens (default 10)"},
	{'n', "generate", "N", "append the likeliest token N times, print the "
			       "text"},
	{OPT_TEMPERATURE, "temperature", "T",
	 "above 1 smoother, below 1 sharper, 0 the best alone"},
	{OPT_IDS, "ids", "\"ID ID ...\"", "token ids instead of TEXT"},
	{OPT_HIDDEN, "hidden", "FILE.npy",
	 "hidden vectors, [d] or [n, d], instead of TEXT"},
	{OPT_NORMALIZED, "normalized", NULL,
	 "the final norm has been applied already"},
	{OPT_STDIN, "stdin", NULL,
	 "one TEXT a line from standard input, until it ends"},
	{OPT_JSON, "json", NULL, "print one JSON object an answer"},
	{OPT_THREADS, "threads", "N",
	 "use N threads (default: all processors)"},
	{0, NULL, NULL, NULL},
};

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
		"  tkpredict model.tk --stdin --json       a line in, an "
		"object out\n",
	.options = options,
	.notes = "A word of TEXT means the token with exactly its bytes, else "
		 "the one with or\nwithout a leading space; id:N means an id. "
		 " Status 1: a word is not in the\nvocabulary.\n",
};

static double parse_temperature(const char *arg)
{
	double t = cli_f64("--temperature", arg);

	if (t < 0 || (t > 0 && t < MIN_TEMPERATURE))
		cli_die("--temperature %s: must be 0, or at least %g", arg,
			MIN_TEMPERATURE);
	return t > 0 ? t : 0;
}

static void parse_option(struct request *r, int key, const char *arg)
{
	switch (key) {
	case 'k':
		r->top = cli_u64("-k", arg, 1, UINT64_MAX);
		break;
	case 'n':
		r->generate = cli_u64("-n", arg, 1, MAX_GENERATED);
		break;
	case OPT_IDS:
		r->ids = arg;
		break;
	case OPT_HIDDEN:
		r->hidden = arg;
		break;
	case OPT_NORMALIZED:
		r->normalized = true;
		break;
	case OPT_TEMPERATURE:
		r->temperature = parse_temperature(arg);
		break;
	case OPT_STDIN:
		r->from_stdin = true;
		break;
	case OPT_JSON:
		r->json = true;
		break;
	default: /* OPT_THREADS */
		r->threads = (size_t)cli_u64("--threads", arg, 1, MAX_THREADS);
	}
}

static void check_request(const struct request *r)
{
	int inputs = (r->text != NULL) + (r->ids != NULL) +
		     (r->hidden != NULL) + r->from_stdin;

	if (!inputs)
		cli_die("nothing to predict from; give TEXT, --ids, --hidden "
			"or --stdin (see tkpredict --help)");
	if (inputs > 1)
		cli_die("TEXT, --ids, --hidden and --stdin exclude each other");
	if (r->hidden && r->generate)
		cli_die("-n needs a context to append to; --hidden has none");
}

static void parse_request(struct request *r)
{
	const char *arg;
	char **operands;
	size_t n;
	int key;

	while ((key = cli_next(&arg)) != -1)
		parse_option(r, key, arg);
	n = cli_operands(&operands);
	if (!n)
		cli_usage();
	if (n > 2)
		cli_die("%zu operands are too many; quote TEXT: tkpredict "
			"FILE \"%s ...\"",
			n, operands[1]);
	r->path = operands[0];
	r->text = n == 2 ? operands[1] : NULL;
	check_request(r);
}

/* The answer for one context, in full. */
static void answer(struct predictor *p, struct context *c)
{
	const struct request *r = p->request;
	const size_t start = c->n;

	predict_from_ids(p, c);
	if (r->json) {
		p->answer = output_json_start(p, c);
		output_json_result(p->answer, p);
	} else if (!r->generate) {
		output_table(p);
	}
	if (r->generate) {
		predict_more(p, c);
		if (r->json)
			output_json_text(p->answer, p, c, start);
		else
			output_text(p, c, start);
	}
	if (r->json)
		text_json_print(p->answer);
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
		status = context_from_text(
			&c, p->model,
			(struct tk_bytes){(const uint8_t *)r->text,
					  strlen(r->text)});
	if (status != EXIT_YES) {
		cli_warn("%s", c.message);
		exit(status);
	}
	predict_note(p, r->ids ? VIEW_IDS : VIEW_TEXT, c.n);
	answer(p, &c);
	context_free(&c);
}

/* ---- hidden vectors ---- */

static void answer_batch_json(struct predictor *p, const struct hidden *h)
{
	json_t *batch = json_array();
	json_t *object;

	p->answer = output_json_start(p, NULL);
	text_json_set(p->answer, "batch", batch);
	for (size_t i = 0; i < h->rows; i++) {
		hidden_read(p->vector, h, i);
		predict_from_vector(p);
		object = json_object();
		output_json_result(object, p);
		text_json_append(batch, object);
	}
	text_json_print(p->answer);
}

static void answer_batch(struct predictor *p, const struct hidden *h)
{
	for (size_t i = 0; i < h->rows; i++) {
		hidden_read(p->vector, h, i);
		predict_from_vector(p);
		printf("%svector %zu\n", i ? "\n" : "", i);
		output_table(p);
	}
}

static void answer_vector(struct predictor *p, const struct hidden *h)
{
	const struct context none = {0};

	hidden_read(p->vector, h, 0);
	predict_from_vector(p);
	if (!p->request->json) {
		output_table(p);
		return;
	}
	p->answer = output_json_start(p, &none);
	output_json_result(p->answer, p);
	text_json_print(p->answer);
}

static void run_hidden(struct predictor *p)
{
	struct hidden h;

	hidden_open(&h, p->request->hidden, p->d);
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

/* A line that has no answer gets one that says so, and the next its turn. */
static void refuse_line(const struct request *r, const struct context *c,
			size_t line)
{
	json_t *object;

	cli_warn("line %zu: %s", line, c->message);
	if (!r->json)
		return;
	object = json_object();
	text_json_set(object, "schema", json_string("tkpredict/1"));
	text_json_set(object, "error", json_string(c->message));
	text_json_print(object);
}

static int run_stdin(struct predictor *p)
{
	struct context c = {0};
	char *line = NULL;
	size_t capacity = 0;
	size_t number = 0;
	int worst = EXIT_YES;
	ssize_t len;

	predict_note(p, VIEW_TEXT, 0);
	while (errno = 0, (len = getline(&line, &capacity, stdin)) >= 0) {
		int status = context_from_text(
			&c, p->model,
			(struct tk_bytes){(const uint8_t *)line, (size_t)len});

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
	if (ferror(stdin) || !feof(stdin))
		cli_die("standard input: %s",
			errno ? strerror(errno) : "read error");
	free(line);
	context_free(&c);
	return worst;
}

int main(int argc, char **argv)
{
	struct request r = {.top = 10, .temperature = 1};
	struct predictor p;
	int status = EXIT_YES;

	cli_start(&tool, argc, argv);
	parse_request(&r);
	if (!r.threads)
		r.threads = cli_processors();
	predictor_open(&p, &r, cli_open_model(r.path));
	if (r.hidden)
		run_hidden(&p);
	else if (r.from_stdin)
		status = run_stdin(&p);
	else
		run_once(&p);
	predictor_close(&p);
	cli_finish(status);
}
