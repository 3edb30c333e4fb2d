/* SPDX-License-Identifier: MIT */
/*
 * tkinfo.c - what is in a .tk file?
 */
#include "tkinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "page.h"
#include "text.h"

enum key {
	KEY_TOP = 'k',
	KEY_JSON = 256,
	KEY_SECTIONS,
	KEY_DIGEST,
	KEY_VERIFY,
	KEY_VOCAB,
	KEY_ROW,
	KEY_HEX,
	KEY_DUMP,
	KEY_THREADS,
	KEY_STATS,
	KEY_SUSPECT,
	KEY_HTML,
	KEY_FORCE,
};

#define MAX_THREADS 1024
#define DEFAULT_SUSPECTS 20

static const struct cli_option options[] = {
	{KEY_SECTIONS, "sections", NULL, "the table of sections"},
	{KEY_DIGEST, "digest", NULL, "the digests of file, content and value"},
	{KEY_VERIFY, "verify", "[=LEVEL]",
	 "is it whole?  structure, index or all (default)"},
	{KEY_VOCAB, "vocab", "[=PART]", "the tokens (that contain PART)"},
	{KEY_ROW, "row", "TOKEN", "the rows of a token: a word or id:NUMBER"},
	{KEY_STATS, "stats", NULL,
	 "norms, odd rows and isotropy of the matrices, token lengths"},
	{KEY_SUSPECT, "suspect", NULL,
	 "tokens that look untrained, or that text cannot become"},
	{KEY_TOP, "top", "N", "with --suspect: the N likeliest (default 20)"},
	{KEY_HTML, "html", "OUT.html",
	 "write a page about it, for a browser, without a network"},
	{KEY_FORCE, "force", NULL, "with --html: replace OUT.html"},
	{KEY_HEX, "hex", NULL, "header and table, byte by byte"},
	{KEY_DUMP, "dump", NULL, "all of it as text that tkpack reads"},
	{KEY_JSON, "json", NULL, "print one JSON object"},
	{KEY_THREADS, "threads", "N",
	 "read with N threads (default: all processors)"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "tkinfo",
	.synopsis = "tkinfo [OPTION...] FILE",
	.examples =
		"  tkinfo model.tk                what it is, on one screen\n"
		"  tkinfo --verify model.tk       is it whole?\n"
		"  tkinfo --vocab=aunt model.tk   tokens that contain aunt\n"
		"  tkinfo --row ' aunt' model.tk  the token's vectors\n"
		"  tkinfo --stats model.tk        norms, odd rows, isotropy\n"
		"  tkinfo --suspect -k 50 m.tk    tokens that look untrained\n"
		"  tkinfo --html m.html model.tk  a page with all of it\n"
		"  tkinfo --json model.tk         everything, for programs\n"
		"  tkinfo --dump model.tk >m.txt  as text that tkpack reads\n",
	.options = options,
	.notes = "Without an option tkinfo prints a summary.  Several "
		 "questions are answered one\nafter the other.\n",
};

/* What is asked. */
struct questions {
	bool sections, digest, verify, vocab, stats, suspect, hex, dump, json;
	const char *part; /* of --vocab, or NULL */
	const char *row;  /* TOKEN, or NULL */
	enum verify_level level;
	size_t threads;
	const char *html; /* OUT.html, or NULL */
	bool force;
	size_t k; /* of --suspect; 0: not given */
};

static enum verify_level parse_level(const char *arg)
{
	for (int i = 0; arg && i <= VERIFY_ALL; i++)
		if (!strcmp(arg, verify_names[i]))
			return (enum verify_level)i;
	if (arg)
		cli_die("--verify=%s: must be structure, index or all", arg);
	return VERIFY_ALL;
}

static void parse_options(struct questions *q)
{
	const char *arg;
	int key;

	while ((key = cli_next(&arg)) != -1) {
		switch ((enum key)key) {
		case KEY_JSON:
			q->json = true;
			break;
		case KEY_SECTIONS:
			q->sections = true;
			break;
		case KEY_DIGEST:
			q->digest = true;
			break;
		case KEY_VERIFY:
			q->verify = true;
			q->level = parse_level(arg);
			break;
		case KEY_VOCAB:
			q->vocab = true;
			q->part = arg;
			break;
		case KEY_ROW:
			if (q->row)
				cli_die("--row is given twice");
			q->row = arg;
			break;
		case KEY_STATS:
			q->stats = true;
			break;
		case KEY_SUSPECT:
			q->suspect = true;
			break;
		case KEY_TOP:
			q->k = (size_t)cli_u64("-k", arg, 1, UINT32_MAX);
			break;
		case KEY_HTML:
			if (q->html)
				cli_die("--html is given twice");
			q->html = arg;
			break;
		case KEY_FORCE:
			q->force = true;
			break;
		case KEY_HEX:
			q->hex = true;
			break;
		case KEY_DUMP:
			q->dump = true;
			break;
		case KEY_THREADS:
			q->threads = (size_t)cli_u64("--threads", arg, 1,
						     MAX_THREADS);
			break;
		}
	}
}

/* One object, or one manifest, is all that may be on stdout. */
static void check_questions(const struct questions *q)
{
	bool table = q->sections || q->digest || q->verify || q->stats ||
		     q->suspect;
	int alone = q->vocab + (q->row != NULL) + q->dump + q->hex;

	if (q->json && (q->hex || q->dump))
		cli_die("%s is text: it does not go with --json",
			q->hex ? "--hex" : "--dump");
	if (q->json && (alone > 1 || (alone && table)))
		cli_die("--json answers one question: ask for %s alone",
			q->row ? "--row" : "--vocab");
	if (q->html && (q->json || alone || table))
		cli_die("--html is a file of its own: ask for it alone");
	if (q->force && !q->html)
		cli_die("--force is for --html: replace OUT.html if it exists");
	if (q->k && !q->suspect)
		cli_die("-k is for --suspect: how many tokens to show");
	if (q->dump && (alone > 1 || table))
		cli_die("--dump is a file of its own: ask for it alone");
}

/* ---- opening ---- */

static void open_model(struct info *info)
{
	const struct tk_container *c = info->container;

	if (tk_is_archive(c)) {
		if (tk_archive_view(&info->view, c, &info->error))
			return;
		c = info->view;
	}
	tk_model_open(&info->model, c, &info->error);
}

static void open_file(struct info *info)
{
	info->container = cli_open_container(info->path, &info->error);
	if (info->container)
		open_model(info);
	/* That there is no room for it says nothing about the file. */
	if (info->container && !info->model &&
	    (info->error.status == TK_E_MEMORY ||
	     info->error.status == TK_E_IO))
		cli_die_error(info->path, &info->error);
}

/* What needs a container ends here if there is none. */
static void need_container(const struct info *info)
{
	if (!info->container)
		cli_die_unopened(info->path, &info->error);
}

static void need_model(const struct info *info)
{
	need_container(info);
	if (!info->model)
		cli_die_error(info->path, &info->error);
}

static void warn_unusable(const struct info *info)
{
	if (!info->model)
		cli_warn("%s: no use as a model: %s", info->path,
			 info->error.message);
}

/* A file of a later version is no trouble; one that is wrong is. */
static int model_status(const struct info *info)
{
	return info->model || info->error.status == TK_E_FEATURE
		       ? EXIT_YES
		       : EXIT_TROUBLE;
}

/* ---- answers ---- */

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static size_t how_many(const struct questions *q)
{
	return q->k ? q->k : DEFAULT_SUSPECTS;
}

static int answer_json(const struct info *info, const struct questions *q)
{
	json_t *verify = NULL, *o;
	int status = EXIT_YES;

	if (q->row || q->vocab) {
		need_model(info);
		return q->row ? row_print(info, q->row)
			      : vocab_print(info, q->part);
	}
	if (q->verify)
		verify = verify_json(info, &status);
	else
		need_container(info);
	if (q->stats || q->suspect)
		need_model(info);
	o = object_json(info);
	if (verify)
		text_json_set(o, "verify", verify);
	if (q->stats)
		text_json_set(o, "stats", stats_json(info));
	if (q->suspect)
		text_json_set(o, "suspect", suspect_json(info, how_many(q)));
	text_json_print(o);
	if (info->container)
		warn_unusable(info);
	return q->verify ? status : model_status(info);
}

static int answer_text(const struct info *info, const struct questions *q)
{
	bool any = q->sections || q->digest || q->verify || q->vocab ||
		   q->row || q->stats || q->suspect || q->hex || q->dump;
	int status = EXIT_YES;

	if (q->hex)
		hex_print(info->path);
	if (q->verify && !info->container)
		return verify_print(info);
	need_container(info);
	if (!any)
		summary_print(info);
	if (q->sections)
		sections_print(info);
	if (q->digest)
		digest_print(info);
	if (q->vocab || q->row || q->stats || q->suspect || q->dump)
		need_model(info);
	if (q->dump && info->view)
		cli_die("%s: is an archive; expand it first: tkpack --expand "
			"FILE -o OUT.tk",
			info->path);
	if (q->vocab)
		status = worse(status, vocab_print(info, q->part));
	if (q->row)
		status = worse(status, row_print(info, q->row));
	if (q->stats)
		stats_print(info);
	if (q->suspect)
		suspect_print(info, how_many(q));
	if (q->dump)
		dump_print(info);
	if (q->verify)
		status = worse(status, verify_print(info));
	warn_unusable(info);
	/* Who asks for sections is not troubled by what they contain. */
	return any ? status : model_status(info);
}

static int answer_html(const struct info *info, const struct questions *q)
{
	need_model(info);
	if (info->view)
		cli_die("%s: is an archive; expand it first: tkpack --expand "
			"FILE -o OUT.tk",
			info->path);
	page_write(info, q->html, q->force);
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	struct questions q = {.threads = cli_processors()};
	struct info info = {0};
	char **operands;
	int status;

	cli_start(&tool, argc, argv);
	parse_options(&q);
	if (cli_operands(&operands) != 1)
		cli_usage();
	check_questions(&q);
	info.path = operands[0];
	info.json = q.json;
	info.level = q.level;
	info.threads = q.threads;
	info.wants_value = q.digest;
	open_file(&info);
	if (q.html)
		status = answer_html(&info, &q);
	else
		status = q.json ? answer_json(&info, &q)
				: answer_text(&info, &q);
	tk_model_close(info.model);
	tk_container_close(info.view);
	cli_finish(status);
}
