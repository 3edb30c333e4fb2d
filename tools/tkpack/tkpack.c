/* SPDX-License-Identifier: MIT */
/*
 * tkpack.c - foreign models -> .tk files: the command line
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "pack.h"
#include "progress.h"
#include "recode.h"
#include "plan.h"
#include "settings.h"

enum {
	KEY_FROM = 256,
	KEY_EMBED,
	KEY_UNEMBED,
	KEY_VOCAB,
	KEY_CONFIG,
	KEY_CONTEXT,
	KEY_TIE,
	KEY_DTYPE,
	KEY_SKETCH,
	KEY_SELF_TEST,
	KEY_VOCAB_ONLY,
	KEY_PRETOKENIZER,
	KEY_SET,
	KEY_DRY_RUN,
	KEY_FORCE,
	KEY_PARANOID,
	KEY_ARCHIVE,
	KEY_EXPAND,
	KEY_THREADS,
};

static const struct cli_option options[] = {
	{'o', "output", "OUT.tk", "where to write; required"},
	{KEY_FORCE, "force", NULL, "replace OUT.tk if it exists"},
	{KEY_PARANOID, "paranoid", NULL,
	 "read OUT.tk back from the disk before it gets its name"},
	{KEY_DRY_RUN, "dry-run", NULL, "say what would be packed, and stop"},
	{KEY_FROM, "from", "KIND",
	 "what INPUT is: huggingface, safetensors, tokenizer, gguf, npy, "
	 "word2vec, text, manifest"},
	{KEY_EMBED, "embed", "NAME|FILE.npy", "the tensor or file of W_E"},
	{KEY_UNEMBED, "unembed", "NAME|FILE.npy", "the tensor or file of W_U"},
	{KEY_VOCAB, "vocab", "FILE",
	 "the tokens: one a line, a JSON list, or a tokenizer's JSON"},
	{KEY_CONFIG, "config", "FILE", "the config.json to use"},
	{KEY_CONTEXT, "context", "N", "context size n_ctx in tokens"},
	{KEY_TIE, "tie", NULL, "W_U is W_E"},
	{KEY_DTYPE, "dtype", "TYPE",
	 "store W_E and W_U as keep (default), f32, f16, bf16 or q8"},
	{KEY_SKETCH, "sketch", NULL,
	 "add a sketch of W_U: the best tokens from a part of its bytes"},
	{KEY_SELF_TEST, "self-test", "N",
	 "add N cases that tkinfo --verify computes again"},
	{KEY_VOCAB_ONLY, "vocab-only", NULL, "pack the vocabulary alone"},
	{KEY_PRETOKENIZER, "pretokenizer", "NAME",
	 "name of the pre-tokenizer, where the source does not say"},
	{KEY_SET, "set", "KEY=VALUE",
	 "set a hyperparameter, or title, license or url"},
	{KEY_ARCHIVE, "archive", NULL,
	 "compress INPUT, a .tk file, for storage"},
	{KEY_EXPAND, "expand", NULL, "the .tk file that INPUT was made from"},
	{KEY_THREADS, "threads", "N", "threads that compress and expand"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "tkpack",
	.synopsis = "tkpack [OPTION...] INPUT -o OUT.tk",
	.examples =
		"  tkpack ~/models/gpt2 -o gpt2.tk            a Hugging Face "
		"directory\n"
		"  tkpack model.Q4_K_M.gguf -o model.tk       GGUF\n"
		"  tkpack glove.6B.300d.txt --tie -o glove.tk word vectors\n"
		"  tkpack --embed we.npy --unembed wu.npy --vocab words.txt "
		"--context 8 -o my.tk\n"
		"  tkpack --archive my.tk -o my.tka           for storage; "
		"--expand\n",
	.options = options,
	.notes = "What INPUT is, is found by its content.\n",
};

/* What the command line asks for beyond the reader's options. */
struct request {
	struct source_options source;
	struct pack pack;
	uint64_t context;
	bool has_context;
	bool is_dry_run;
	int form; /* KEY_ARCHIVE, KEY_EXPAND; 0: pack */
	bool packs; /* an option says what to pack */
	size_t threads;
	const char *settings[64];
	size_t n_settings;
};

static enum tk_dtype parse_dtype(const char *arg)
{
	static const char *const names[] = {"keep", "f32", "f16", "bf16",
					    "q8"};

	for (int i = 0; i < 5; i++)
		if (!strcmp(arg, names[i]))
			return (enum tk_dtype)i;
	cli_die("--dtype %s: must be keep, f32, f16, bf16 or q8", arg);
}

static void add_setting(struct request *r, const char *arg)
{
	if (r->n_settings == 64)
		cli_die("--set: at most 64 times");
	r->settings[r->n_settings++] = arg;
}

static void set_form(struct request *r, int key)
{
	if (r->form && r->form != key)
		cli_die("--archive or --expand, not both");
	r->form = key;
}

/* False if the option is none of the reader's. */
static bool parse_source_option(struct source_options *o, int key,
				const char *arg)
{
	switch (key) {
	case KEY_FROM:
		o->from = arg;
		return true;
	case KEY_EMBED:
		o->embed = arg;
		return true;
	case KEY_UNEMBED:
		o->unembed = arg;
		return true;
	case KEY_VOCAB:
		o->vocab = arg;
		return true;
	case KEY_CONFIG:
		o->config = arg;
		return true;
	case KEY_TIE:
		o->tie = true;
		return true;
	case KEY_VOCAB_ONLY:
		o->vocab_only = true;
		return true;
	case KEY_PRETOKENIZER:
		o->pretokenizer = arg;
		return true;
	default:
		return false;
	}
}

static void parse_option(struct request *r, int key, const char *arg)
{
	if (parse_source_option(&r->source, key, arg))
		return;
	switch (key) {
	case 'o':
		r->pack.output = arg;
		break;
	case KEY_FORCE:
		r->pack.force = true;
		break;
	case KEY_PARANOID:
		r->pack.paranoid = true;
		break;
	case KEY_DRY_RUN:
		r->is_dry_run = true;
		break;
	case KEY_CONTEXT:
		r->context = cli_u64("--context", arg, 0, UINT32_MAX);
		r->has_context = true;
		break;
	case KEY_DTYPE:
		r->pack.dtype = r->source.dtype = parse_dtype(arg);
		break;
	case KEY_SKETCH:
		r->pack.sketch = true;
		break;
	case KEY_SELF_TEST:
		r->pack.self_test = (uint32_t)cli_u64("--self-test", arg, 1,
						      TK_SELFTEST_CASES);
		break;
	case KEY_SET:
		add_setting(r, arg);
		break;
	case KEY_ARCHIVE:
	case KEY_EXPAND:
		set_form(r, key);
		break;
	case KEY_THREADS:
		r->threads = (size_t)cli_u64("--threads", arg, 1, 1024);
		break;
	}
}

/* Options that do not say what is to be packed, and how. */
static bool is_for_all(int key)
{
	static const int keys[] = {'o', KEY_FORCE, KEY_PARANOID, KEY_DRY_RUN,
				   KEY_ARCHIVE, KEY_EXPAND, KEY_THREADS};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i] == key)
			return true;
	return false;
}

/* Files are read twice, and written whole or not at all: no streams. */
static void check_names(const char *input, const char *output)
{
	if (input && !*input)
		cli_die("INPUT is empty");
	if (input && !strcmp(input, "-"))
		cli_die("-: a source must be a file, standard input is none "
			"(a file of that name is ./-)");
	if (!output)
		cli_die("-o OUT.tk is required; try 'tkpack --help'");
	if (!*output)
		cli_die("-o: the name of the output is empty");
	if (!strcmp(output, "-"))
		cli_die("-o -: the output must be a file: it is written whole "
			"or not at all (a file of that name is ./-)");
}

static void parse_command_line(struct request *r)
{
	const char *arg;
	char **operands;
	size_t n;
	int key;

	while ((key = cli_next(&arg)) >= 0) {
		parse_option(r, key, arg);
		r->packs |= !is_for_all(key);
	}
	n = cli_operands(&operands);
	if (n > 1)
		cli_die("one INPUT at a time, not both %s and %s", operands[0],
			operands[1]);
	if (!n && !r->source.embed && !r->source.from)
		cli_usage();
	r->source.input = n ? operands[0] : NULL;
	if (r->source.tie && r->source.unembed)
		cli_die("--tie says that W_U is W_E, --unembed that it is not");
	check_names(r->source.input, r->pack.output);
	if (r->form && !n)
		cli_die("--archive and --expand take a file");
	if (r->form && r->is_dry_run)
		cli_die("--dry-run says nothing of --archive and --expand");
	if (r->form && r->pack.self_test)
		cli_die("--self-test goes with packing; --archive and "
			"--expand keep the one that INPUT has");
	if (r->form && r->packs)
		cli_die("--archive and --expand take a .tk file as it is, and "
			"only -o, --force, --paranoid and --threads with it");
}

/* ---- the work ---- */

/* Can the output be written?  Said now, it saves reading the source. */
static int try_output(const struct pack *p, struct source *s)
{
	struct tk_writer *w = NULL;
	struct tk_error err = {0};

	if (cli_writer_open(&w, p->output, 1, p->force, &err))
		return pack_fail_output(p, s, &err);
	tk_writer_abort(w);
	return 0;
}

/* Tokens alone: what the reader found besides is not packed. */
static void drop_matrices(struct source *s)
{
	if (s->w_e.name)
		s->hparams.d_model = s->w_e.cols;
	s->w_e.name = s->w_u.name = s->b_u.name = s->mix.name = NULL;
	s->final_norm_weight.name = s->final_norm_bias.name = NULL;
	s->embed_norm_weight.name = s->embed_norm_bias.name = NULL;
	s->hparams.tied = false;
}

static int open_source(struct request *r, struct source *s)
{
	if (source_open(s, &r->source))
		return -1;
	if (r->source.vocab_only)
		drop_matrices(s);
	if (r->source.pretokenizer)
		s->pretokenizer = r->source.pretokenizer;
	if (r->has_context)
		s->hparams.n_ctx = r->context;
	for (size_t i = 0; i < r->n_settings; i++)
		if (settings_apply(s, r->pack.note, r->settings[i]))
			return -1;
	return 0;
}

static int work(struct request *r, struct source *s)
{
	struct pack *p = &r->pack;

	if (try_output(p, s))
		return -1;
	p->source = s;
	p->progress = progress_add;
	p->note = tk_kv_builder_new();
	if (!p->note)
		return source_fail(s, "out of memory");
	if (open_source(r, s) || pack_plan(p))
		return -1;
	print_plan(p);
	fflush(stdout);
	if (r->is_dry_run)
		return 0;
	progress_start(p->bytes);
	if (pack_write(p)) {
		progress_end();
		return -1;
	}
	progress_end();
	print_written(p);
	return 0;
}

int main(int argc, char **argv)
{
	static struct request r;
	static struct source s;
	int failed;

	cli_start(&tool, argc, argv);
	parse_command_line(&r);
	if (r.form) {
		recode(r.source.input, r.pack.output, r.form == KEY_ARCHIVE,
		       r.pack.force, r.pack.paranoid,
		       r.threads ? r.threads : cli_processors());
		cli_finish(EXIT_YES);
	}
	source_init(&s);
	failed = work(&r, &s);
	for (size_t i = 0; i < s.n_notes; i++)
		cli_warn("note: %s", s.notes[i]);
	if (failed)
		cli_warn("%s", s.message);
	tk_kv_builder_free(r.pack.note);
	source_free(&s);
	cli_finish(failed ? EXIT_TROUBLE : EXIT_YES);
}
