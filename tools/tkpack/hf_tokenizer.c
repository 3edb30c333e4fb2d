/* SPDX-License-Identifier: MIT */
/*
 * hf_tokenizer.c - the vocabulary of a model, from whichever files it has
 */
#include "hf_tokenizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bytelevel.h"
#include "hf_vocab.h"
#include "merges.h"
#include "tokenizer_json.h"
#include "vocabfile.h"

/* What was found where. */
struct files {
	const char *path;      /* the vocabulary */
	const char *directory; /* it lies in */
	bool words;	       /* a list: one a line, or JSON */
	bool given;	       /* by --vocab */
};

bool hf_in_directory(const char **path, struct source *s,
		     const char *directory, const char *name)
{
	struct stat st;

	*path = source_printf(s, "%s/%s", directory, name);
	/*
	 * A link to nowhere is something, and so is what cannot be looked at:
	 * opening it tells what is wrong.
	 */
	return *path && (!lstat(*path, &st) ||
			 (errno != ENOENT && errno != ENOTDIR));
}

const char *hf_directory_of(struct source *s, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	if (slash == path)
		return "/";
	return source_strndup(s, path, (size_t)(slash - path));
}

/* ---- which file ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

static int fail_sentencepiece(struct source *s, const char *path)
{
	return source_fail(s, "%s: SentencePiece .model files are not read "
			      "yet; save a fast tokenizer (tokenizer.json)",
			   path);
}

/*
 * An object in JSON begins with '{' and a text; but a word may be a '{', or
 * begin with one.
 */
static bool begins_object(const struct file *f)
{
	static const char blanks[] = " \n\r\t";
	char head[256 + 1];
	const char *p = head;

	head[file_head(f, head, sizeof(head) - 1)] = 0;
	p += strspn(p, blanks);
	if (*p != '{')
		return false;
	if (vocabfile_is_named_json(f->path))
		return true;
	p++;
	p += strspn(p, blanks);
	return *p == '"' || *p == '}';
}

static int find_option(struct files *f, struct source *s, const char *path)
{
	struct file *file;

	if (ends_with(path, ".model"))
		return fail_sentencepiece(s, path);
	if (file_open(&file, s, path))
		return -1;
	f->words = ends_with(path, ".txt") || !begins_object(file);
	f->path = path;
	f->given = true;
	f->directory = hf_directory_of(s, path);
	return f->directory ? 0 : -1;
}

static int find_files(struct files *f, struct source *s,
		      const struct source_options *opt, const char *directory)
{
	static const char *const names[] = {"tokenizer.json", "vocab.json",
					    "encoder.json", "vocab.txt"};
	static const char *const models[] = {
		"tokenizer.model", "spiece.model", "sentencepiece.bpe.model"};
	const char *path;

	memset(f, 0, sizeof(*f));
	if (opt->vocab)
		return find_option(f, s, opt->vocab);
	f->directory = directory;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!hf_in_directory(&path, s, directory, names[i]))
			continue;
		f->path = path;
		f->words = ends_with(path, ".txt");
		return 0;
	}
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (hf_in_directory(&path, s, directory, models[i]))
			return fail_sentencepiece(s, path);
	return source_fail(s, "%s: has no tokenizer.json, vocab.json, "
			      "encoder.json or vocab.txt; give the vocabulary "
			      "with --vocab FILE",
			   directory);
}

/* ---- {token: id} ---- */

/*
 * Nothing says how such a file writes bytes.  GPT-2's alphabet is in use if
 * each of its 256 characters is a token or, of smaller vocabularies with
 * merges or with its mark for a space, if no token has any other character.
 */
static void find_style(struct hf_vocab *v, json_t *map, bool merges)
{
	bool seen[256] = {false};
	bool all = true, mark = false, piece = false;
	size_t distinct = 0;
	const char *key;
	json_t *value;

	json_object_foreach(map, key, value) {
		uint8_t bytes[1024];
		size_t len = strlen(key);
		size_t n = len <= sizeof(bytes)
				   ? bytelevel_decode(bytes, key, len)
				   : 0;

		all &= n != SIZE_MAX;
		mark |= strstr(key, "\xc4\xa0") != NULL;
		piece |= strstr(key, "\xe2\x96\x81") != NULL;
		if (n == 1 && !seen[bytes[0]]) {
			seen[bytes[0]] = true;
			distinct++;
		}
	}
	v->style = HF_PLAIN;
	v->space = "\xe2\x96\x81";
	if (distinct == 256 || (all && (merges || mark)))
		v->style = HF_BYTES;
	else if (piece)
		v->style = HF_PIECES;
	v->byte_tokens = v->style == HF_PIECES;
}

static int read_map(struct hf_vocab *v, const struct files *f,
		    const struct doc *d)
{
	struct source *s = v->s;
	const char *path;
	bool merges = hf_in_directory(&path, s, f->directory, "merges.txt") ||
		      hf_in_directory(&path, s, f->directory, "vocab.bpe");

	if (merges && merges_read(s, path, d->root))
		return -1;
	v->path = d->path;
	s->tokenizer = merges ? "bpe" : NULL;
	find_style(v, d->root, merges);
	return hf_vocab_map(v, d->root, d->size) || hf_vocab_finish(v) ? -1 : 0;
}

/* added_tokens.json: {token: id} */
static int read_added(struct hf_vocab *v, const char *path)
{
	const char *key;
	json_t *value;
	struct doc d;
	uint64_t id;
	int status = 0;

	if (doc_open(&d, v->s, path))
		return -1;
	json_object_foreach(d.root, key, value) {
		if (!json_whole(value, &id))
			status = source_fail(v->s, "%s: the id of %s is %s",
					     path,
					     source_quote(v->s, key,
							  strlen(key), 60),
					     json_kind(value));
		else
			status = hf_vocab_added(v, id, key, strlen(key),
						false);
		if (status)
			break;
	}
	doc_close(&d);
	return status;
}

/* ---- tokenizer_config.json ---- */

/* An id written as a key: digits only. */
static bool id_of(const char *key, uint64_t *id)
{
	size_t n = strspn(key, "0123456789");

	if (!n || n > 18 || key[n])
		return false;
	*id = strtoull(key, NULL, 10);
	return true;
}

/* added_tokens_decoder: {"50256": {"content": ..., "special": ...}} */
static int read_decoder(struct hf_vocab *v, const struct doc *d)
{
	json_t *map = json_object_get(d->root, "added_tokens_decoder");
	const char *key;
	json_t *value;

	json_object_foreach(map, key, value) {
		const json_t *text = json_object_get(value, "content");
		int special = NO;
		uint64_t id;

		if (!id_of(key, &id) || !json_is_string(text))
			return source_fail(d->s, "%s: added_tokens_decoder "
					      "has %s without id or content",
					   d->path,
					   source_quote(d->s, key, strlen(key),
							40));
		if (doc_bool(d, value, "special", &special) ||
		    hf_vocab_added(v, id, json_string_value(text),
				   json_string_length(text), special == YES))
			return -1;
	}
	return 0;
}

/* A text, or a list of {"name": "default", "template": ...}. */
static const json_t *find_template(const struct doc *d)
{
	const json_t *value = json_object_get(d->root, "chat_template");

	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *entry = json_array_get(value, i);
		const char *name = json_string_value(
			json_object_get(entry, "name"));

		if (name && !strcmp(name, "default"))
			return json_object_get(entry, "template");
	}
	return value;
}

static int read_settings(struct source *s, const struct doc *d)
{
	const json_t *text = find_template(d);

	if (json_is_string(text) &&
	    strlen(json_string_value(text)) == json_string_length(text)) {
		s->chat_template = source_strdup(s, json_string_value(text));
		if (!s->chat_template)
			return -1;
	}
	return doc_bool(d, d->root, "add_bos_token", &s->add_bos) ||
			       doc_bool(d, d->root, "add_eos_token",
					&s->add_eos)
		       ? -1
		       : 0;
}

/* ---- all together ---- */

static int read_json(struct hf_vocab *v, const struct files *f)
{
	const char *path;
	struct doc d;
	int status;

	if (doc_open(&d, v->s, f->path))
		return f->given ? vocabfile_no_json(v->s) : -1;
	if (tokenizer_json_is(&d))
		status = tokenizer_json_read(v, &d);
	else if (hf_in_directory(&path, v->s, f->directory,
				 "added_tokens.json") &&
		 read_added(v, path))
		status = -1;
	else
		status = read_map(v, f, &d);
	doc_close(&d);
	return status;
}

static int read_words(struct hf_vocab *v, const struct files *f)
{
	struct source *s = v->s;

	/* vocab.txt is BERT's */
	s->tokenizer = f->given ? NULL : "wordpiece";
	if (vocabfile_read(s, f->path))
		return -1;
	if (v->rows && s->tokens.n > v->rows)
		return source_fail(s, "%s: has %u words, but %s has %llu rows",
				   f->path, s->tokens.n, v->rows_of,
				   (unsigned long long)v->rows);
	return 0;
}

/* 'd' may be without a tree: there is no tokenizer_config.json. */
static int read_tokens(struct hf_vocab *v, const struct files *f,
		       const struct doc *d)
{
	if (f->words)
		return read_words(v, f);
	return read_decoder(v, d) || read_json(v, f) ? -1 : 0;
}

static int read_generation(struct hf_special *sp, struct source *s,
			   const char *directory)
{
	const char *path;
	struct doc d;
	int status;

	if (!hf_in_directory(&path, s, directory, "generation_config.json"))
		return 0;
	if (doc_open(&d, s, path))
		return -1;
	status = hf_special_ids(sp, &d, d.root);
	doc_close(&d);
	return status;
}

int hf_tokenizer_read(struct source *s, const struct source_options *opt,
		      const char *directory, const struct hf_config *c,
		      const char *rows_of)
{
	struct hf_special special = c->special;
	struct hf_vocab v = {.s = s,
			     .rows = rows_of ? s->w_e.rows : 0,
			     .rows_of = rows_of,
			     .vocab_size = c->vocab_size};
	struct doc d = {.s = s};
	struct files f;
	const char *path;
	int status;

	if (find_files(&f, s, opt, directory) ||
	    read_generation(&special, s, directory))
		return -1;
	if (hf_in_directory(&path, s, f.directory, "tokenizer_config.json") &&
	    doc_open(&d, s, path))
		return -1;
	status = read_tokens(&v, &f, &d) ||
		 (d.root && (hf_special_texts(&special, &d) ||
			     read_settings(s, &d))) ||
		 hf_special_finish(&special, s);
	doc_close(&d);
	if (opt->pretokenizer)
		s->pretokenizer = opt->pretokenizer;
	return status ? -1 : 0;
}
