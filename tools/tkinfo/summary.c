/* SPDX-License-Identifier: MIT */
/*
 * summary.c - what a file is, on one screen
 *
 * At most 24 lines of at most 80 columns, whatever the file holds.
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define WIDTH 80
#define LABEL 14 /* columns of a label */
#define MAX_NOTES 2

static void label(const char *text)
{
	printf("  %-*s", LABEL - 2, text);
}

/* ---- lists ---- */

struct list {
	const char *label; /* of the first line */
	size_t used;	   /* columns; 0: nothing is there yet */
};

/* "NAME NUMBER", on a new line where this one is full. */
static void put_item(struct list *l, const char *first, uint64_t number,
		     const char *last)
{
	char item[64];
	size_t len = (size_t)snprintf(item, sizeof(item), "%s%" PRIu64 "%s",
				      first, number, last);
	bool full = l->used && l->used + 2 + len >= WIDTH;

	if (full)
		fputs(",\n", stdout);
	if (full || !l->used) {
		label(full ? "" : l->label);
		l->used = LABEL;
	} else {
		fputs(", ", stdout);
		l->used += 2;
	}
	fputs(item, stdout);
	l->used += len;
}

static void end_list(const struct list *l)
{
	if (l->used)
		putchar('\n');
}

/* ---- the file ---- */

/* True if a shell takes it as it is. */
static bool is_plain(const char *path)
{
	return *path && *path != '-' &&
	       !path[strspn(path, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.-+/")];
}

static void put_path(const char *path)
{
	struct tk_bytes b = text_bytes(path);

	/* Quotes only where they tell something. */
	if (b.len <= WIDTH && is_plain(path))
		text_put_plain(stdout, b);
	else
		text_put_quoted(stdout, b, WIDTH);
	putchar('\n');
}

static void put_file(const struct info *info)
{
	struct tk_file_info f = tk_container_info(info->container);
	char size[32];

	text_size(size, sizeof(size), f.size);
	put_path(info->path);
	label("format");
	printf("tk %u.%u%s, %zu sections, %s (%" PRIu64 " B)\n",
	       f.version_major, f.version_minor,
	       info->view ? ", archive" : "",
	       tk_container_count(info->container), size, f.size);
}

/* ---- vocabulary ---- */

static void put_kinds(const struct tk_model *m)
{
	uint64_t counts[TK_TOKEN_BYTE + 1];
	struct list list = {"", 0};

	vocab_kinds(counts, m);
	for (int kind = 0; kind <= TK_TOKEN_BYTE; kind++) {
		char name[16];

		snprintf(name, sizeof(name), " %s",
			 token_kind_name((enum tk_token_kind)kind));
		if (counts[kind])
			put_item(&list, "", counts[kind], name);
	}
	end_list(&list);
}

static void put_vocabulary(const struct info *info)
{
	const struct tk_model *m = info->model;
	struct tk_vocab_info v = tk_model_vocab(m);
	struct tk_hparams hp = tk_model_hparams(m);

	label("vocabulary");
	printf("%" PRIu32 " token%s", v.n_tokens, text_s(v.n_tokens));
	if (v.n_distinct < v.n_tokens)
		printf(", %" PRIu32 " of them distinct", v.n_distinct);
	printf(", the longest of %" PRIu32 " byte%s\n", v.longest,
	       text_s(v.longest));
	if (v.has_kinds)
		put_kinds(m);
	if (!v.has_index) {
		label("");
		printf("its index is %s: look-ups compare every token\n",
		       index_state(info));
	}
	if (hp.d_vocab > v.n_tokens) {
		label("");
		printf("padding rows: %" PRIu64 ", never predicted\n",
		       hp.d_vocab - v.n_tokens);
	} else if (hp.d_vocab && hp.d_vocab < v.n_tokens) {
		label("");
		printf("tokens without a row: %" PRIu64 ", never predicted\n",
		       v.n_tokens - hp.d_vocab);
	}
}

/* ---- matrices ---- */

static void put_matrix(const struct info *info, uint32_t kind)
{
	size_t i = tk_container_find(info->container, kind);
	struct tk_section s;
	char size[32];

	if (i == TK_NO_SECTION)
		return;
	s = tk_container_section(info->container, i);
	text_size(size, sizeof(size), s.size);
	label(matrix_name(&s));
	printf("%s [%" PRIu64 ", %" PRIu64 "], %s at byte %" PRIu64 "\n",
	       tk_dtype_name(s.dtype), s.rows, s.cols, size, s.offset);
}

static void put_matrices(const struct info *info)
{
	bool tied = info->model && tk_model_hparams(info->model).tied;
	bool none = tk_container_find(info->container, TK_KIND_W_E) ==
			    TK_NO_SECTION &&
		    tk_container_find(info->container, TK_KIND_W_U) ==
			    TK_NO_SECTION;

	put_matrix(info, TK_KIND_W_E);
	put_matrix(info, TK_KIND_W_U);
	if (tied) {
		label("W_U");
		puts("is W_E (tied)");
	}
	if (none) {
		label("matrices");
		puts("none: a vocabulary only");
	}
	put_matrix(info, TK_KIND_B_U);
	put_matrix(info, TK_KIND_MIX);
}

static void put_sketch(const struct info *info)
{
	size_t i = tk_container_find(info->container, TK_KIND_SKETCH);
	struct tk_error err;
	struct tk_sketch s;
	char size[32];

	if (i == TK_NO_SECTION)
		return;
	label("sketch");
	if (tk_sketch_open(&s, info->model, &err)) {
		printf("not used: %.*s\n", WIDTH - LABEL - 10, err.message);
		return;
	}
	text_size(size, sizeof(size),
		  tk_container_section(info->container, i).size);
	printf("of %" PRIu64 " row%s, %s: the best tokens from a part of W_U\n",
	       s.rows, text_s(s.rows), size);
}

static void put_selftest(const struct info *info)
{
	struct tk_selftest s;
	struct tk_error err;

	switch (tk_selftest_open(&s, info->model, &err)) {
	case TK_OK:
		break;
	case TK_E_NOT_FOUND:
		return;
	default:
		label("self-test");
		printf("not as it must be: %.*s\n", WIDTH - LABEL - 20,
		       err.message);
		return;
	}
	label("self-test");
	printf("%" PRIu32 " case%s: --verify computes %s again\n", s.n_cases,
	       text_s(s.n_cases), s.n_cases == 1 ? "it" : "them");
}

/* ---- what stands between ---- */

static void put_norm(const char *name, enum tk_norm norm, double eps,
		     double offset)
{
	if (norm == TK_NORM_NONE)
		return;
	label(name);
	printf("%s, eps %g", norm_name(norm), eps);
	if (offset != 0)
		printf(", weight + %g", offset);
	putchar('\n');
}

static void put_hparams(const struct tk_model *m)
{
	struct tk_hparams hp = tk_model_hparams(m);

	label("dimension");
	printf("%" PRIu64 "\n", hp.d_model);
	label("context");
	if (hp.n_ctx)
		printf("%" PRIu64 " token%s\n", hp.n_ctx, text_s(hp.n_ctx));
	else
		puts("unknown");
	put_norm("embed norm", hp.embed_norm, hp.embed_norm_eps, 0);
	put_norm("final norm", hp.final_norm, hp.final_norm_eps,
		 (double)hp.final_norm_offset);
	label("scales");
	printf("embedding %.9g, logit %.9g, softcap ", (double)hp.embed_scale,
	       (double)hp.logit_scale);
	if (hp.logit_softcap != 0)
		printf("%.9g\n", (double)hp.logit_softcap);
	else
		puts("none");
}

/* ---- tokenizer and provenance ---- */

static void put_special(const struct tk_model *m)
{
	struct list list = {"special ids", 0};

	for (int i = 0; i < TK_N_SPECIAL; i++) {
		uint32_t id = tk_tokenizer_special(m, (enum tk_special)i);
		char name[16];

		snprintf(name, sizeof(name), "%s ",
			 special_name((enum tk_special)i));
		if (id != TK_NO_ID)
			put_item(&list, name, id, "");
	}
	end_list(&list);
}

static void put_tokenizer(const struct tk_model *m)
{
	struct tk_bytes kind = tk_tokenizer_kind(m);
	struct tk_bytes reason = tk_tokenizer_reason(m);
	size_t used = 0;

	label("tokenizer");
	if (kind.len)
		used = text_put_quoted(stdout, kind, 20);
	else
		fputs("not stored", stdout);
	if (kind.len && reason.len) {
		fputs(": ", stdout);
		text_put_quoted(stdout, reason, WIDTH - LABEL - 2 - used);
	}
	putchar('\n');
	put_special(m);
}

static void put_note(const struct tk_kv *kv)
{
	size_t used = kv->key.len < 26 ? kv->key.len : 26;
	size_t room = WIDTH - LABEL - used - 1;

	label("note");
	text_put_plain(stdout, (struct tk_bytes){kv->key.ptr, used});
	putchar(' ');
	switch (kv->type) {
	case TK_KV_TEXT:
		text_put_quoted(stdout, kv->value, room);
		break;
	case TK_KV_BOOL:
		fputs(tk_kv_bool(kv) ? "true" : "false", stdout);
		break;
	case TK_KV_U64:
		printf("%" PRIu64, tk_kv_u64(kv, 0));
		break;
	case TK_KV_F64:
		printf("%.17g", tk_kv_f64(kv, 0));
		break;
	case TK_KV_BYTES:
		printf("%zu byte%s", kv->value.len, text_s(kv->value.len));
		break;
	case TK_KV_U64S:
	case TK_KV_F64S:
		printf("%zu number%s", kv->value.len / 8,
		       text_s(kv->value.len / 8));
		break;
	}
	putchar('\n');
}

static void put_notes(const struct tk_model *m)
{
	struct tk_bytes section = tk_model_keyvalues(m, TK_KIND_NOTE);
	struct tk_kv kv;
	size_t n = 0, pos = 0;

	while (section.len && tk_kv_next(&kv, section, &pos))
		if (n++ < MAX_NOTES)
			put_note(&kv);
	if (n > MAX_NOTES) {
		label("");
		printf("and %zu more: --json has them\n", n - MAX_NOTES);
	}
}

static void put_prediction(const struct tk_model *m)
{
	struct tk_error err;

	if (!tk_can_predict(m, &err))
		return;
	label("prediction");
	printf("no: %.*s\n", WIDTH - LABEL - 4, err.message);
}

static void put_next(const struct info *info)
{
	const char *path = info->path;
	const char *next = "tkinfo --verify";

	if (strlen(path) > 30 || !is_plain(path))
		path = "FILE";
	if (info->view)
		next = "tkpack -o OUT.tk --expand";
	else if (info->model && !tk_can_predict(info->model, NULL))
		next = "tkpredict";
	else if (info->model)
		next = "tkinfo --vocab";
	label("next");
	printf("%s %s%s; tkinfo --help\n", next, path,
	       !strcmp(next, "tkpredict") ? " TEXT" : "");
}

void summary_print(const struct info *info)
{
	const struct tk_model *m = info->model;

	put_file(info);
	if (m) {
		put_vocabulary(info);
		put_hparams(m);
	}
	put_matrices(info);
	if (m) {
		put_sketch(info);
		put_selftest(info);
		put_tokenizer(m);
		put_notes(m);
		put_prediction(m);
	}
	put_next(info);
}
