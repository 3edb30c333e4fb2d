/* SPDX-License-Identifier: MIT */
/*
 * tkdiff.c - is it the same model, and if not, what moved?
 */
#include "tkdiff.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "text.h"

enum key {
	KEY_JSON = 256,
	KEY_BRIEF,
	KEY_BY,
	KEY_TOLERANCE,
	KEY_PREDICT,
	KEY_SEED,
	KEY_THREADS,
	KEY_QUIET = 'q',
	KEY_TOP = 'k',
};

#define MAX_THREADS 1024
#define MAX_CONTEXTS 1000000
#define MAX_TOP (UINT64_C(1) << 24)

static const struct cli_option options[] = {
	{KEY_BRIEF, "brief", NULL, "one line: same, or which parts differ"},
	{KEY_QUIET, "quiet", NULL, "nothing but the exit status"},
	{KEY_BY, "by", "KEY", "compare rows by id (default) or by token"},
	{KEY_TOLERANCE, "tolerance", "T",
	 "what is within a number or 'rounding' is the same"},
	{KEY_TOP, "top", "N", "list up to N rows, N tokens (default: 10)"},
	{KEY_PREDICT, "predict", "N",
	 "how far predictions moved, after N contexts"},
	{KEY_SEED, "seed", "N", "draw other contexts (default: 0)"},
	{KEY_JSON, "json", NULL, "print one JSON object"},
	{KEY_THREADS, "threads", "N",
	 "compare with N threads (default: all processors)"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "tkdiff",
	.synopsis = "tkdiff [OPTION...] A B",
	.examples =
		"  tkdiff base.tk tuned.tk           what differs\n"
		"  tkdiff -q model.tk copy.tk        the same?  0 or 1\n"
		"  tkdiff --by token old.tk new.tk   ids are not the same\n"
		"  tkdiff --tolerance rounding a.tk b.tk  only rounded?\n"
		"  tkdiff --predict 100 a.tk b.tk    do they predict alike?\n",
	.options = options,
	.notes =
		"Two files are the same if their content is: vocabulary, "
		"hyperparameters,\n"
		"tokenizer and matrices, bit for bit, in whatever form; notes "
		"and what can be\n"
		"rebuilt do not count.  With --tolerance they are the same if "
		"the models mean\n"
		"the same, up to T in each element: types of elements, and "
		"whether W_U is W_E\n"
		"or a copy of it, do not count either.\n",
};

static enum by parse_by(const char *arg)
{
	if (!strcmp(arg, "id"))
		return BY_ID;
	if (strcmp(arg, "token"))
		cli_die("--by %s: must be id or token", *arg ? arg : "\"\"");
	return BY_TOKEN;
}

static void parse_tolerance(struct settings *set, const char *arg)
{
	if (!strcmp(arg, "rounding")) {
		set->tolerance = TOLERANCE_ROUNDING;
		return;
	}
	if (!*arg || !strchr("+-.0123456789", *arg))
		cli_die("--tolerance %s: must be a number or 'rounding'",
			*arg ? arg : "\"\"");
	set->tolerance = TOLERANCE_NUMBER;
	set->most = cli_f64("--tolerance", arg);
	if (set->most < 0)
		cli_die("--tolerance %s: must be at least 0", arg);
}

static void parse_options(struct settings *set)
{
	const char *arg;
	int key;

	while ((key = cli_next(&arg)) != -1) {
		switch ((enum key)key) {
		case KEY_JSON:
			set->json = true;
			break;
		case KEY_BRIEF:
			set->brief = true;
			break;
		case KEY_QUIET:
			set->quiet = true;
			break;
		case KEY_BY:
			set->by = parse_by(arg);
			break;
		case KEY_TOLERANCE:
			parse_tolerance(set, arg);
			break;
		case KEY_TOP:
			set->top = (size_t)cli_u64("-k", arg, 0, MAX_TOP);
			break;
		case KEY_PREDICT:
			set->contexts =
				cli_u64("--predict", arg, 1, MAX_CONTEXTS);
			break;
		case KEY_SEED:
			set->seed = cli_u64("--seed", arg, 0, INT64_MAX);
			break;
		case KEY_THREADS:
			set->threads = (size_t)cli_u64("--threads", arg, 1,
						       MAX_THREADS);
			break;
		}
	}
}

static void check_settings(const struct settings *set)
{
	if (set->quiet && (set->json || set->brief || set->contexts))
		cli_die("-q prints nothing: it does not go with %s",
			set->json    ? "--json"
			: set->brief ? "--brief"
				     : "--predict");
	if (set->brief && (set->json || set->contexts))
		cli_die("--brief is one line: it does not go with %s",
			set->json ? "--json" : "--predict");
}

/* Everything, as far as it is asked for. */
static void compare(struct report *r, struct side *a, struct side *b,
		    struct match *match)
{
	const struct settings *set = r->set;

	side_open_model(a, !sides_have_the_same_tokens(a, b));
	side_open_model(b, !sides_have_the_same_tokens(a, b));
	r->hparams = keys_hparams(a, b);
	r->tokenizer = keys_tokenizer(a, b);
	match_tokens(match, a, b);
	vocab_compare(&r->vocab, a, b, match, set->by);
	r->is_tied = tk_model_hparams(a->model).tied &&
		     tk_model_hparams(b->model).tied;
	r->n_pairs = tables_pair(r->pairs, a, b,
				 match->identity || set->by == BY_ID);
	for (size_t i = 0; i < r->n_pairs; i++)
		if (tables_are_comparable(&r->pairs[i]))
			rows_compare(&r->rows[i], &r->pairs[i], match, set);
	if (verdict_is_value(r))
		r->identity = IDENTITY_VALUE;
	if (set->contexts)
		shift_measure(&r->shift, a, b, match, set);
}

/* True if the tables alone answer what is asked. */
static bool is_answered(const struct report *r)
{
	return r->identity != IDENTITY_NONE ||
	       ((r->set->quiet || r->set->brief) &&
		r->set->tolerance == TOLERANCE_NONE);
}

static void print(const struct report *r)
{
	if (r->set->json)
		report_json(r);
	else if (r->set->brief)
		report_brief(r);
	else if (!r->set->quiet)
		report_text(r);
}

static void free_report(struct report *r, struct match *match)
{
	sections_free(&r->sections);
	json_decref(r->hparams);
	json_decref(r->tokenizer);
	for (size_t i = 0; i < r->n_pairs; i++)
		row_diff_free(&r->rows[i]);
	match_free(match);
}

int main(int argc, char **argv)
{
	static struct report r;
	struct settings set = {.top = 10, .threads = cli_processors()};
	struct side a = {0}, b = {0};
	struct match match = {0};
	char **operands;
	bool same;

	cli_start(&tool, argc, argv);
	parse_options(&set);
	if (cli_operands(&operands) != 2)
		cli_usage();
	check_settings(&set);
	side_open(&a, operands[0]);
	side_open(&b, operands[1]);
	r = (struct report){.set = &set,
			    .a = &a,
			    .b = &b,
			    .identity = sides_identity(&a, &b)};
	sections_compare(&r.sections, &a, &b);
	if (!is_answered(&r))
		compare(&r, &a, &b, &match);
	if (!r.hparams) {
		r.hparams = json_array();
		r.tokenizer = json_array();
	}
	r.same = same = verdict_is_same(&r);
	print(&r);
	free_report(&r, &match);
	side_close(&a);
	side_close(&b);
	cli_finish(same ? EXIT_YES : EXIT_NO);
}
