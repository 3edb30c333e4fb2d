/* SPDX-License-Identifier: MIT */
/*
 * stats.c - what is in a file, in numbers: one pass over it
 */
#include "stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "names.h"
#include "text.h"

/* ---- the vocabulary ---- */

/* The length in the middle, the shorter of two. */
static uint64_t median_length(const uint64_t *counts, uint64_t n)
{
	uint64_t below = 0, i = 0;

	while (n && (below += counts[i]) < (n + 1) / 2)
		i++;
	return i;
}

static void read_vocab(struct vocab_stats *v, const struct info *info)
{
	const struct tk_vocab_info known = tk_model_vocab(info->model);
	uint64_t *counts = calloc((size_t)known.longest + 1, sizeof(*counts));
	struct tk_bytes token = {0};
	struct tk_error err;

	if (!counts)
		cli_die("out of memory for the vocabulary");
	v->n = known.n_tokens;
	v->n_copies = known.n_tokens - known.n_distinct;
	v->shortest = known.longest;
	for (uint32_t id = 0; id < known.n_tokens; id++) {
		size_t len;

		if (tk_model_token(&token, info->model, id, &err))
			cli_die_error(info->path, &err);
		len = token.len < known.longest ? token.len : known.longest;
		counts[len]++;
		v->lengths[len < N_LENGTHS ? len : N_LENGTHS]++;
		if (len < v->shortest)
			v->shortest = len;
		if (len > v->longest)
			v->longest = len;
		v->n_spaced += len && token.ptr[0] == ' ';
		v->n_not_utf8 += !text_is_utf8(token);
	}
	v->median = median_length(counts, v->n);
	free(counts);
}

/* ---- matrices of tokens ---- */

static void set_rows(struct rows *r, const struct info *info, const char *name,
		     struct tk_matrix m)
{
	const uint64_t n = tk_model_vocab(info->model).n_tokens;

	r->name = name;
	r->m = m;
	r->n_tokens = n < m.rows ? n : m.rows;
}

static void read_cosines(struct stats *s)
{
	double sum = 0;

	spread_make(&s->cosine_spread, s->cosines, s->n_cosines);
	for (size_t i = 0; i < s->n_cosines; i++)
		if (isfinite(s->cosines[i]))
			sum += (double)s->cosines[i];
	s->mean_cosine = sum / (double)s->cosine_spread.n;
}

static void read_matrices(struct stats *s)
{
	const struct tk_model *m = s->info->model;
	struct rows *e = &s->e, *u = &s->u;

	s->is_tied = tk_model_hparams(m).tied;
	set_rows(e, s->info, "W_E", tk_model_matrix(m, TK_KIND_W_E));
	set_rows(u, s->info, "W_U", tk_model_matrix(m, TK_KIND_W_U));
	if (!e->m.data || !u->m.data) {
		if (e->m.data || u->m.data)
			rows_read(e->m.data ? e : u, NULL, NULL, s->info);
		return;
	}
	if (e->m.cols == u->m.cols) {
		const uint64_t rows = e->m.rows < u->m.rows ? e->m.rows
							    : u->m.rows;

		s->cosines = malloc((size_t)rows * sizeof(*s->cosines) + 1);
		if (!s->cosines)
			cli_die("out of memory for the cosines of rows");
		s->n_cosines = (size_t)(e->n_tokens < u->n_tokens
						? e->n_tokens
						: u->n_tokens);
	}
	rows_read(e, u, s->cosines, s->info);
	if (s->cosines)
		read_cosines(s);
}

/* ---- the others ---- */

/* Numbers of a vector that belong to tokens, or all. */
static size_t n_numbers(const struct info *info, uint32_t kind,
			struct tk_matrix m)
{
	const uint64_t n = tk_model_vocab(info->model).n_tokens;

	if (m.rows > 1)
		return (size_t)m.rows;
	return (size_t)(kind == TK_KIND_B_U && n < m.cols ? n : m.cols);
}

static void read_numbers(struct part_stats *p, const struct info *info)
{
	struct tk_row_survey norms = {
		.m = p->m, .n_rows = p->m.rows, .norms = p->x};
	struct tk_error err;

	if (p->m.rows == 1)
		tk_row_to_f32(p->x, p->m, 0);
	else if (tk_survey_rows(&norms, NULL, NULL, NULL, &err))
		cli_die_error(info->path, &err);
}

static void read_part(struct stats *s, uint32_t kind)
{
	const struct tk_container *c = s->info->container;
	const struct tk_matrix m = tk_model_matrix(s->info->model, kind);
	struct part_stats *p = &s->parts[s->n_parts];
	struct tk_section section;

	if (!m.data)
		return;
	section = tk_container_section(c, tk_container_find(c, kind));
	*p = (struct part_stats){.m = m};
	snprintf(p->name, sizeof(p->name), "%s", matrix_name(&section));
	p->n = n_numbers(s->info, kind, m);
	p->x = malloc((size_t)(m.rows > 1 ? m.rows : m.cols) * sizeof(*p->x) +
		      1);
	if (!p->x)
		cli_die("out of memory for %s", p->name);
	read_numbers(p, s->info);
	for (size_t i = 0; i < p->n; i++) {
		p->n_nan += isnan(p->x[i]) != 0;
		p->n_inf += isinf(p->x[i]) != 0;
		p->n_zero += p->x[i] <= 0 && p->x[i] >= 0;
	}
	spread_make(&p->spread, p->x, p->n);
	s->n_parts++;
}

/* ---- all of it ---- */

void stats_read(struct stats *s, const struct info *info)
{
	static const uint32_t parts[] = {
		TK_KIND_B_U,		   TK_KIND_MIX,
		TK_KIND_FINAL_NORM_WEIGHT, TK_KIND_FINAL_NORM_BIAS,
		TK_KIND_EMBED_NORM_WEIGHT, TK_KIND_EMBED_NORM_BIAS,
	};

	memset(s, 0, sizeof(*s));
	s->info = info;
	if (info->view)
		cli_die("%s: is an archive; expand it first: tkpack --expand "
			"FILE -o OUT.tk",
			info->path);
	read_vocab(&s->vocab, info);
	read_matrices(s);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		read_part(s, parts[i]);
}

void stats_free(struct stats *s)
{
	rows_free(&s->e);
	rows_free(&s->u);
	spread_free(&s->cosine_spread);
	free(s->cosines);
	for (size_t i = 0; i < s->n_parts; i++) {
		spread_free(&s->parts[i].spread);
		free(s->parts[i].x);
	}
}
