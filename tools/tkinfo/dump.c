/* SPDX-License-Identifier: MIT */
/*
 * dump.c - a model as text: spec/manifest.md
 *
 * What a manifest has no place for is refused if it changes a prediction and
 * named on stderr if not.  The last line is "end", so an answer that was
 * broken off is never taken for a whole one.
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "text.h"

/* No line of a manifest is longer. */
#define MAX_LINE (UINT64_C(2) << 20)

/* ---- what does not fit ---- */

static bool is_dumped(uint32_t kind)
{
	switch (kind) {
	case TK_KIND_EMBED_NORM_WEIGHT:
	case TK_KIND_EMBED_NORM_BIAS:
	case TK_KIND_MIX:
	case TK_KIND_FINAL_NORM_WEIGHT:
	case TK_KIND_FINAL_NORM_BIAS:
	case TK_KIND_B_U:
	case TK_KIND_W_E:
	case TK_KIND_W_U:
	case TK_KIND_HPARAMS:
	case TK_KIND_VOCAB:
		return true;
	default:
		return false;
	}
}

static void check_section(const struct tk_section *s)
{
	if (is_dumped(s->kind) || s->kind == TK_KIND_TOKENIZER ||
	    s->kind == TK_KIND_DIGESTS ||
	    s->flags & (TK_SECTION_DERIVED | TK_SECTION_NOTE))
		return;
	cli_warn("left out, as a manifest has no place for it: section %s",
		 s->name);
}

/* Keys of somebody else, and of the tokenizer more than the special ids. */
static void check_keys(const struct info *info, uint32_t kind,
		       const char *const *known)
{
	struct tk_bytes section = tk_model_keyvalues(info->model, kind);
	json_t *others = json_object();
	const char *between = "";
	char *names = NULL;
	size_t size;
	FILE *out = open_memstream(&names, &size);
	const char *key;
	json_t *value;

	if (!out)
		cli_die("out of memory");
	keyvalues_json(others, section, known);
	json_object_foreach(others, key, value) {
		fprintf(out, "%s%s", between, key);
		between = ", ";
	}
	/* The C library may lack memory and not say so. */
	if (fclose(out) || !names)
		cli_die("out of memory");
	if (*between)
		cli_warn("left out, as a manifest has no place for them: %s",
			 names);
	free(names);
	json_decref(others);
}

static void check_fits(const struct info *info)
{
	static const char *const tokenizer[] = {
		"kind",	  "reason", "bos_id",  "eos_id", "unk_id",
		"pad_id", "sep_id", "mask_id", NULL,
	};
	struct tk_bytes unknown = tk_model_unknown_key(info->model);

	if (unknown.len)
		cli_die("%s: the hyperparameter %.*s must be understood, and "
			"this version does not",
			info->path, (int)unknown.len,
			(const char *)unknown.ptr);
	for (size_t i = 0; i < tk_container_count(info->container); i++) {
		struct tk_section s = tk_container_section(info->container, i);

		check_section(&s);
	}
	check_keys(info, TK_KIND_HPARAMS, known_hparams);
	check_keys(info, TK_KIND_TOKENIZER, tokenizer);
}

/* ---- facts ---- */

static void put_f64(const char *key, double x, double def, int digits)
{
	if (x != def)
		printf("hparam %s %.*g\n", key, digits, x);
}

static void put_norm(const char *key, enum tk_norm norm)
{
	if (norm != TK_NORM_NONE)
		printf("hparam %s %s\n", key, norm_name(norm));
}

static void put_hparams(const struct tk_model *m)
{
	struct tk_hparams hp = tk_model_hparams(m);
	bool matrices = tk_model_w_e(m).data || tk_model_w_u(m).data;
	enum { F32 = 9, F64 = 17 }; /* digits that give every value back */

	if (hp.n_ctx)
		printf("hparam n_ctx %" PRIu64 "\n", hp.n_ctx);
	if (!matrices && hp.d_model)
		printf("hparam d_model %" PRIu64 "\n", hp.d_model);
	if (hp.tied)
		puts("hparam tied true");
	put_f64("embed_scale", (double)hp.embed_scale, 1, F32);
	put_norm("embed_norm", hp.embed_norm);
	put_f64("embed_norm_eps", hp.embed_norm_eps, 0, F64);
	put_norm("final_norm", hp.final_norm);
	put_f64("final_norm_eps", hp.final_norm_eps, 0, F64);
	put_f64("final_norm_offset", (double)hp.final_norm_offset, 0, F32);
	put_f64("logit_scale", (double)hp.logit_scale, 1, F32);
	put_f64("logit_softcap", (double)hp.logit_softcap, 0, F32);
}

static void put_special(const struct tk_model *m)
{
	for (int i = 0; i < TK_N_SPECIAL; i++) {
		uint32_t id = tk_tokenizer_special(m, (enum tk_special)i);

		if (id != TK_NO_ID)
			printf("special %s %" PRIu32 "\n",
			       special_name((enum tk_special)i), id);
	}
}

/* ---- tokens ---- */

/* Pure ASCII, so that the text is the same in every locale. */
static void put_quoted(struct tk_bytes b)
{
	putchar('"');
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.ptr[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			putchar(c);
		else
			printf("\\x%02x", c);
	}
	putchar('"');
}

static void put_tokens(const struct info *info)
{
	const struct tk_model *m = info->model;
	struct tk_vocab_info v = tk_model_vocab(m);
	struct tk_bytes token = {0};
	struct tk_error err;

	for (uint32_t id = 0; id < v.n_tokens; id++) {
		enum tk_token_kind kind = tk_model_token_kind(m, id);
		float score = tk_model_token_score(m, id);

		if (tk_model_token(&token, m, id, &err))
			cli_die_error(info->path, &err);
		if (!isfinite(score))
			cli_die("%s: the score of id %" PRIu32 " is not "
				"finite: a manifest cannot hold it",
				info->path, id);
		fputs("token ", stdout);
		put_quoted(token);
		if (kind != TK_TOKEN_NORMAL)
			printf(" %s", token_kind_name(kind));
		if (v.has_scores)
			printf(" %.9g", (double)score);
		putchar('\n');
	}
}

/* ---- matrices ---- */

static void put_row(const struct info *info, const struct tk_section *s,
		    const float *x, uint64_t row)
{
	uint64_t used = 0;

	for (uint64_t i = 0; i < s->cols; i++) {
		if (isnan(x[i]))
			cli_die("%s: %s, row %" PRIu64 ", column %" PRIu64
				" is NaN, which a manifest cannot hold",
				info->path, s->name, row, i);
		used += (uint64_t)printf(i ? " %.9g" : "%.9g", (double)x[i]);
	}
	putchar('\n');
	if (used > MAX_LINE)
		cli_die("%s: a row of %s is too long for a line of a manifest",
			info->path, s->name);
}

/*
 * A manifest has the numbers of q8, not the scales: they must come out again
 * when tkpack chooses them anew.
 */
static void check_q8(const struct info *info, struct tk_matrix m,
		     const float *x, uint64_t row, uint8_t *again)
{
	const uint8_t *stored = m.data + row * m.row_stride;

	if (tk_row_from_f32(again, TK_Q8, x, m.cols, NULL) ||
	    memcmp(again, stored, (size_t)m.row_stride))
		cli_die("%s: a q8 matrix whose row %" PRIu64 " a manifest "
			"would not give back bit for bit",
			info->path, row);
}

static void put_matrix(const struct info *info, const struct tk_section *s)
{
	struct tk_matrix m = tk_model_matrix(info->model, s->kind);
	float *x = malloc((size_t)m.cols * sizeof(*x));
	uint8_t *again = malloc((size_t)m.row_stride);

	if (!x || !again)
		cli_die("out of memory");
	printf("matrix %s %s %" PRIu64 " %" PRIu64 "\n", s->name,
	       tk_dtype_name(s->dtype), s->rows, s->cols);
	for (uint64_t row = 0; row < m.rows; row++) {
		tk_row_to_f32(x, m, row);
		if (m.dtype == TK_Q8)
			check_q8(info, m, x, row, again);
		put_row(info, s, x, row);
	}
	free(again);
	free(x);
}

void dump_print(const struct info *info)
{
	check_fits(info);
	puts("tk-manifest 1");
	put_hparams(info->model);
	put_special(info->model);
	put_tokens(info);
	for (size_t i = 0; i < tk_container_count(info->container); i++) {
		struct tk_section s = tk_container_section(info->container, i);

		if (is_dumped(s.kind) && s.dtype != TK_BYTES)
			put_matrix(info, &s);
	}
	puts("end");
}
