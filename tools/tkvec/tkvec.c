/* SPDX-License-Identifier: MIT */
/*
 * tkvec.c - what do the vectors of words mean?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

#define MAX_THREADS 1024

enum {
	OPT_METRIC = 256,
	OPT_SPACE,
	OPT_INPUTS,
	OPT_RULE,
	OPT_LOWER,
	OPT_JSON,
	OPT_TSV,
	OPT_THREADS,
};

static const struct cli_option options[] = {
	{'k', "top", "N", "show the N best (default 10)"},
	{OPT_METRIC, "metric", "NAME",
	 "near by cos (default), dot or l2 (distance)"},
	{OPT_SPACE, "space", "NAME", "E: rows of W_E (default); U: of W_U"},
	{OPT_INPUTS, "include-inputs", NULL,
	 "the words of the question may be answers"},
	{OPT_RULE, "rule", "NAME",
	 "analogies by add (3CosAdd) or mul (3CosMul)"},
	{OPT_LOWER, "lower", NULL, "eval in small letters"},
	{OPT_JSON, "json", NULL, "print one JSON object an answer"},
	{OPT_TSV, "tsv", NULL, "print lines of fields with tabs between them"},
	{OPT_THREADS, "threads", "N",
	 "use N threads (default: all processors)"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "tkvec",
	.synopsis = "tkvec [OPTION...] FILE COMMAND [OPERAND...]",
	.examples =
		"  tkvec m.tk near \"woman - man + uncle\"    the nearest "
		"tokens\n"
		"  tkvec m.tk analogy man woman uncle       by 3CosAdd and "
		"3CosMul\n"
		"  tkvec m.tk dot \"cats - cat\" puppy one    how far in a "
		"direction\n"
		"  tkvec m.tk dot \"cats - cat\"              the tokens at "
		"both ends of it\n"
		"  tkvec m.tk dot dim:7                     what a dimension "
		"means\n"
		"  tkvec m.tk cos aunt uncle                one number\n"
		"  tkvec m.tk pairs cat cats dog dogs       a heat map\n"
		"  tkvec m.tk row \"cats - cat\"              the vector\n"
		"  tkvec m.tk eval questions-words.txt --lower\n"
		"  tkvec m.tk near - <expressions           one a line\n",
	.options = options,
	.notes =
		"An operand is a token, id:N, dim:N, or an expression of them: "
		"+ and - between\nspaces, numbers as weights, odd tokens in "
		"quotes, as in '2 cat - \"new york\"'.\nBefore one that begins "
		"with a minus put --.  Status 1: a word is not in the\n"
		"vocabulary.\n",
};

/* ---- commands ---- */

/* Options that not every command heeds, a bit each. */
enum {
	USES_TOP = 1,
	USES_METRIC = 2,
	USES_INPUTS = 4,
	USES_RULE = 8,
	USES_LOWER = 16,
};

static const struct command {
	const char *name;
	const char *operands; /* as they are typed */
	size_t min, max;
	unsigned uses;
	vec_command *answer; /* NULL: eval */
} commands[] = {
	{"near", "EXPRESSION", 1, 1, USES_TOP | USES_METRIC | USES_INPUTS,
	 near_answer},
	{"analogy", "A B C", 3, 3, USES_TOP | USES_INPUTS | USES_RULE,
	 analogy_answer},
	{"dot", "EXPRESSION [WORD...]", 1, SIZE_MAX, USES_TOP | USES_INPUTS,
	 dot_answer},
	{"cos", "A B", 2, 2, 0, cos_answer},
	{"pairs", "WORD...", 1, SIZE_MAX, 0, pairs_answer},
	{"row", "TOKEN", 1, 1, 0, row_answer},
	{"eval", "QUESTIONS", 1, 1, USES_RULE | USES_LOWER, NULL},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	cli_die("%s: is no command; there is near, analogy, dot, cos, pairs, "
		"row and eval, as in: tkvec FILE near \"woman - man + uncle\"",
		*name ? name : "\"\"");
}

/* What is given and would not be heeded. */
static void check_options(const struct command *c, unsigned given, size_t n)
{
	/* All of the words that are given are answered. */
	const unsigned uses = c->answer == dot_answer && n > 1 ? 0 : c->uses;
	static const char *const names[] = {"-k", "--metric",
					    "--include-inputs", "--rule",
					    "--lower"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (given & ~uses & 1U << i)
			cli_die("%s means nothing to %s%s", names[i], c->name,
				uses == c->uses ? "" : " with words");
}

static void check_count(const struct command *c, size_t n)
{
	if (n > c->max)
		cli_die("%s takes %s, not %zu operands%s", c->name,
			c->operands, n,
			c->max == 1 ? "; quote it if it has spaces" : "");
	/* Without any, standard input may have them. */
	if (n < c->min && (n > 1 || !c->answer))
		cli_die("%s takes %s", c->name, c->operands);
}

/* ---- options ---- */

static enum tk_metric parse_metric(const char *arg)
{
	static const char *const names[] = {[TK_METRIC_COS] = "cos",
					    [TK_METRIC_DOT] = "dot",
					    [TK_METRIC_L2] = "l2"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(arg, names[i]))
			return (enum tk_metric)i;
	cli_die("--metric %s: must be cos, dot or l2", *arg ? arg : "\"\"");
}

/* True for W_U. */
static bool parse_space(const char *arg)
{
	if (strcmp(arg, "E") && strcmp(arg, "U"))
		cli_die("--space %s: must be E (W_E) or U (W_U)",
			*arg ? arg : "\"\"");
	return *arg == 'U';
}

static unsigned parse_rule(const char *arg)
{
	if (strcmp(arg, "add") && strcmp(arg, "mul"))
		cli_die("--rule %s: must be add or mul", *arg ? arg : "\"\"");
	return *arg == 'a' ? RULE_ADD : RULE_MUL;
}

static void set_format(struct request *r, enum format format)
{
	if (r->format != FORMAT_TEXT && r->format != format)
		cli_die("--json and --tsv exclude each other");
	r->format = format;
}

/* Returns which of them were given, as 'uses' of a command. */
static unsigned parse_options(struct request *r)
{
	unsigned given = 0;
	const char *arg;
	int key;

	while ((key = cli_next(&arg)) != -1) {
		switch (key) {
		case 'k':
			r->top = cli_u64("-k", arg, 1, UINT64_MAX);
			given |= USES_TOP;
			break;
		case OPT_METRIC:
			r->metric = parse_metric(arg);
			given |= USES_METRIC;
			break;
		case OPT_SPACE:
			r->unembed = parse_space(arg);
			break;
		case OPT_INPUTS:
			r->include_inputs = true;
			given |= USES_INPUTS;
			break;
		case OPT_RULE:
			r->rules = parse_rule(arg);
			given |= USES_RULE;
			break;
		case OPT_LOWER:
			r->lower = true;
			given |= USES_LOWER;
			break;
		case OPT_JSON:
			set_format(r, FORMAT_JSON);
			break;
		case OPT_TSV:
			set_format(r, FORMAT_TSV);
			break;
		default: /* OPT_THREADS */
			r->threads = (size_t)cli_u64("--threads", arg, 1,
						     MAX_THREADS);
		}
	}
	return given;
}

/* ---- operands that look like options ---- */

/*
 * "-man + woman" is an expression, as no option has white space.  getopt is
 * shown its end instead, an empty operand.
 */
static char **hide_expressions(int argc, char **argv)
{
	char **old = malloc(((size_t)argc + 1) * sizeof(*old));

	if (!old)
		cli_die("out of memory");
	memcpy(old, argv, ((size_t)argc + 1) * sizeof(*old));
	for (int i = 1; i < argc; i++)
		if (argv[i][0] == '-' && strpbrk(argv[i], " \t"))
			argv[i] += strlen(argv[i]);
	return old;
}

static void show_expressions(char **operands, size_t n, char **old)
{
	for (size_t i = 0; i < n; i++)
		for (char **o = old; *o && !*operands[i]; o++)
			if (operands[i] == *o + strlen(*o))
				operands[i] = *o;
}

/* ---- the file ---- */

static void vec_open(struct vec *v, struct request *r, const char *path)
{
	struct tk_matrix w_e, w_u;
	uint64_t n_tokens;

	*v = (struct vec){.request = r, .path = path,
			  .name = r->unembed ? "W_U" : "W_E",
			  .parallel = {cli_pool, &r->threads}};
	v->model = cli_open_model(path);
	w_e = tk_model_w_e(v->model);
	w_u = tk_model_w_u(v->model);
	if (!w_e.data && !w_u.data)
		cli_die("%s: has a vocabulary, but no matrix and no vectors",
			path);
	v->m = r->unembed ? w_u : w_e;
	if (!v->m.data)
		cli_die("%s: has no %s; its vectors are those of %s", path,
			v->name,
			r->unembed ? "W_E: --space E" : "W_U: --space U");
	n_tokens = tk_model_vocab(v->model).n_tokens;
	v->n_rows = n_tokens < v->m.rows ? n_tokens : v->m.rows;
	v->d = (size_t)v->m.cols;
}

static int run(struct request *r, const struct command *c, char **operands,
	       size_t n)
{
	const struct operands o = {
		.command = c->name,
		.given = operands + 2,
		.n = n - 2,
		.min = c->min,
		.max = c->max,
		.is_whole = c->min == 1 && c->answer != pairs_answer,
	};
	struct vec v;

	vec_open(&v, r, operands[0]);
	if (!c->answer)
		return eval_answer(&v, operands[2]);
	return each_question(&v, &o, c->answer);
}

int main(int argc, char **argv)
{
	struct request r = {.top = 10, .rules = RULE_ADD | RULE_MUL,
			    .threads = cli_processors()};
	const struct command *c;
	char **operands, **old;
	unsigned given;
	size_t n;
	int status;

	cli_start(&tool, argc, argv);
	old = hide_expressions(argc, argv);
	given = parse_options(&r);
	n = cli_operands(&operands);
	show_expressions(operands, n, old);
	free(old);
	if (n < 2)
		cli_usage();
	c = find_command(operands[1]);
	check_options(c, given, n - 2);
	check_count(c, n - 2);
	status = run(&r, c, operands, n);
	cli_finish(status);
}
