/* SPDX-License-Identifier: MIT */
/*
 * request.c - the command line -> what is asked for
 */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 1024
#define MAX_GENERATED 1000000
#define MAX_SHARDS 1000000

enum {
	OPT_IDS = 256,
	OPT_HIDDEN,
	OPT_NORMALIZED,
	OPT_TEMPERATURE,
	OPT_TOP_P,
	OPT_MIN_P,
	OPT_SEED,
	OPT_RANK,
	OPT_PROBS,
	OPT_EXACT,
	OPT_STDIN,
	OPT_SHARD,
	OPT_PARTIAL,
	OPT_MERGE,
	OPT_JSON,
	OPT_THREADS,
};

#define TOP {'k', "top", "N", "show the N likeliest tokens (default 10)"}
#define TEMPERATURE                                                           \
	{OPT_TEMPERATURE, "temperature", "T",                                 \
	 "above 1 smoother, below 1 sharper, 0 the best alone"}
#define IDS {OPT_IDS, "ids", "\"ID ID ...\"", "token ids instead of TEXT"}
#define NORMALIZED                                                            \
	{OPT_NORMALIZED, "normalized", NULL,                                  \
	 "the final norm has been applied already"}
#define RANK                                                                  \
	{OPT_RANK, "rank", "TOKEN", "rank and probability of TOKEN as well"}
#define PROBS                                                                 \
	{OPT_PROBS, "probs", "HOW",                                           \
	 "probabilities: exact, bounds or none"}
#define EXACT                                                                 \
	{OPT_EXACT, "exact", "HOW",                                           \
	 "auto: use a sketch; scan: read all of W_U"}

const struct cli_option request_options[] = {
	TOP,
	{'n', "generate", "N",
	 "append the next token N times, print the text"},
	TEMPERATURE,
	{OPT_SEED, "seed", "N", "with -n: draw tokens by chance"},
	{OPT_TOP_P, "top-p", "P", "the same, among the best that have share P"},
	{OPT_MIN_P, "min-p", "P",
	 "the same, among those with P of the best's share"},
	IDS,
	{OPT_HIDDEN, "hidden", "FILE.npy",
	 "hidden vectors, [d] or [n, d], instead of TEXT"},
	NORMALIZED,
	RANK,
	PROBS,
	EXACT,
	{OPT_STDIN, "stdin", NULL,
	 "one TEXT a line from standard input, until it ends"},
	{OPT_SHARD, "shard", "I/N", "with --partial: the I-th of N parts of "
				    "W_U"},
	{OPT_PARTIAL, "partial", NULL, "print what --merge reads, as a line"},
	{OPT_MERGE, "merge", NULL, "join parts, from files or standard input"},
	{OPT_JSON, "json", NULL, "print one JSON object an answer"},
	{OPT_THREADS, "threads", "N",
	 "use N threads (default: all processors)"},
	{0, NULL, NULL, NULL},
};

const struct cli_option request_mpi_options[] = {
	TOP,
	TEMPERATURE,
	IDS,
	{OPT_HIDDEN, "hidden", "FILE.npy", "a hidden vector instead of TEXT"},
	NORMALIZED,
	RANK,
	PROBS,
	{OPT_JSON, "json", NULL, "print a JSON object"},
	{OPT_THREADS, "threads", "N", "use N threads in each rank (default 1)"},
	{0, NULL, NULL, NULL},
};

/* ---- arguments ---- */

static double parse_temperature(const char *arg)
{
	double t = cli_f64("--temperature", arg);

	if (t < 0 || (t > 0 && t < REQUEST_MIN_TEMPERATURE))
		cli_die("--temperature %s: must be 0, or at least %g", arg,
			REQUEST_MIN_TEMPERATURE);
	return t > 0 ? t : 0;
}

static double parse_share(const char *option, const char *arg)
{
	double p = cli_f64(option, arg);

	if (p < 0 || p > 1)
		cli_die("%s %s: must be from 0 to 1", option, arg);
	return p;
}

static const char *const probs_names[] = {[PROBS_EXACT] = "exact",
					  [PROBS_BOUNDS] = "bounds",
					  [PROBS_NONE] = "none"};

bool request_probs(enum probs *out, const char *word)
{
	for (size_t i = 0; i < sizeof(probs_names) / sizeof(*probs_names); i++)
		if (!strcmp(word, probs_names[i])) {
			*out = (enum probs)i;
			return true;
		}
	return false;
}

bool request_draws(const struct request *r)
{
	return r->sample && r->temperature > 0;
}

const char *request_probs_name(enum probs probs)
{
	return probs_names[probs];
}

static enum probs parse_probs(const char *arg)
{
	enum probs probs;

	if (!request_probs(&probs, arg))
		cli_die("--probs %s: must be exact, bounds or none",
			*arg ? arg : "\"\"");
	return probs;
}

/* True for "scan". */
static bool parse_exact(const char *arg)
{
	bool scan = !strcmp(arg, "scan");

	if (!scan && strcmp(arg, "auto"))
		cli_die("--exact %s: must be auto or scan",
			*arg ? arg : "\"\"");
	return scan;
}

/* I/N, counted from 1. */
static void parse_shard(struct request *r, const char *arg)
{
	char first[24];
	const char *slash = strchr(arg, '/');
	size_t len = slash ? (size_t)(slash - arg) : 0;

	if (!len || len >= sizeof(first))
		cli_die("--shard %s: must be I/N, from 1/N to N/N",
			*arg ? arg : "\"\"");
	memcpy(first, arg, len);
	first[len] = 0;
	r->n_shards = cli_u64("--shard N:", slash + 1, 1, MAX_SHARDS);
	r->shard = cli_u64("--shard I:", first, 1, r->n_shards);
}

static void parse_drawing(struct request *r, int key, const char *arg)
{
	r->sample = true;
	if (key == OPT_SEED)
		r->seed = cli_u64("--seed", arg, 0, UINT64_MAX);
	else if (key == OPT_TOP_P)
		r->cuts.top_p = parse_share("--top-p", arg);
	else
		r->cuts.min_p = parse_share("--min-p", arg);
}

static void parse_option(struct request *r, int key, const char *arg)
{
	switch (key) {
	case 'k':
		r->top = cli_u64("-k", arg, 1, UINT64_MAX);
		r->has_top = true;
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
	case OPT_TOP_P:
	case OPT_MIN_P:
	case OPT_SEED:
		parse_drawing(r, key, arg);
		break;
	case OPT_RANK:
		r->rank = arg;
		break;
	case OPT_PROBS:
		r->probs = parse_probs(arg);
		break;
	case OPT_EXACT:
		r->scan_only = parse_exact(arg);
		break;
	case OPT_STDIN:
		r->from_stdin = true;
		break;
	case OPT_SHARD:
		parse_shard(r, arg);
		break;
	case OPT_PARTIAL:
		r->partial = true;
		break;
	case OPT_MERGE:
		r->merge = true;
		break;
	case OPT_JSON:
		r->json = true;
		break;
	default: /* OPT_THREADS */
		r->threads = (size_t)cli_u64("--threads", arg, 1, MAX_THREADS);
	}
}

/* ---- what goes together ---- */

static void check_inputs(const struct request *r)
{
	int inputs = (r->text != NULL) + (r->ids != NULL) +
		     (r->hidden != NULL) + r->from_stdin;

	if (!inputs)
		cli_die("nothing to predict from; give TEXT, --ids or "
			"--hidden (see --help)");
	if (inputs > 1)
		cli_die("TEXT, --ids, --hidden and --stdin exclude each other");
	if (r->hidden && r->generate)
		cli_die("-n needs a context to append to; --hidden has none");
	if (r->sample && !r->generate)
		cli_die("--seed, --top-p and --min-p draw tokens; say how many "
			"with -n N");
}

static void check_parts(const struct request *r)
{
	if (r->n_shards && !r->partial)
		cli_die("--shard %llu/%llu is a part of an answer: give "
			"--partial too, and join the parts with 'tkpredict "
			"--merge'",
			(unsigned long long)r->shard,
			(unsigned long long)r->n_shards);
	if (r->partial && (r->generate || r->from_stdin))
		cli_die("--partial is for one context or vector, without -n "
			"and --stdin");
}

static void parse_operands(struct request *r)
{
	char **operands;
	const size_t n = cli_operands(&operands);

	if (r->merge) {
		if (r->has_other)
			cli_die("--merge takes the files that --partial has "
				"made, and --json; all else was said there");
		r->parts = operands;
		r->n_parts = n;
		return;
	}
	if (!n)
		cli_usage();
	if (n > 2)
		cli_die("%zu operands are too many; quote TEXT: tkpredict "
			"FILE \"%s ...\"",
			n, operands[1]);
	r->path = operands[0];
	r->text = n == 2 ? operands[1] : NULL;
	check_inputs(r);
	check_parts(r);
}

void request_parse(struct request *r)
{
	const char *arg;
	int key;

	*r = (struct request){
		.top = 10, .temperature = 1, .cuts = {.top_p = 1}};
	while ((key = cli_next(&arg)) != -1) {
		parse_option(r, key, arg);
		r->has_other |= key != OPT_MERGE && key != OPT_JSON &&
				key != OPT_THREADS;
	}
	parse_operands(r);
	if (!r->n_shards)
		r->shard = r->n_shards = 1;
	/* Among how many to draw, if that was said. */
	if (r->has_top)
		r->cuts.top_k = r->top;
}
