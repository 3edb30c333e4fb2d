/* SPDX-License-Identifier: MIT */
/*
 * plan.c - what was found and what was written, in words
 */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "cli.h"
#include "gaps.h"
#include "text.h"

/* Names come from files and from the command line. */
static void put_name(const char *name)
{
	text_put_plain(stdout, (struct tk_bytes){(const uint8_t *)name,
						 strlen(name)});
}

static void print_table(const struct pack *p, uint32_t kind, const char *name)
{
	const struct conversion *c = pack_find(p, kind);
	const struct table *t;

	if (!c)
		return;
	t = c->table;
	printf("%-10s", name);
	put_name(t->name);
	printf("  %llu x %llu  %s", (unsigned long long)t->rows,
	       (unsigned long long)t->cols, elem_name(t->elem));
	if (!c->keeps_bits)
		printf(" stored as %s", tk_dtype_name((uint16_t)c->dtype));
	if (conversion_is_lossy(c))
		printf(", largest error %.3g", c->max_error);
	putchar('\n');
}

static void print_norm(const struct source *s)
{
	static const char *const names[] = {"none", "LayerNorm", "RMSNorm"};
	const struct tk_hparams *hp = &s->hparams;

	printf("%-10s%s", "norm", names[hp->final_norm]);
	if (hp->final_norm)
		printf(" eps %g", hp->final_norm_eps);
	if (hp->n_ctx)
		printf("   context %llu", (unsigned long long)hp->n_ctx);
	if (hp->embed_scale != 1)
		printf("   embed scale %g", (double)hp->embed_scale);
	if (hp->logit_scale != 1)
		printf("   logit scale %g", (double)hp->logit_scale);
	if (hp->logit_softcap > 0)
		printf("   soft cap %g", (double)hp->logit_softcap);
	putchar('\n');
}

static void print_sketch(const struct pack *p)
{
	uint64_t rows = 0;
	const struct conversion *c = pack_sketched(p, &rows);
	char size[32];

	if (!c)
		return;
	text_size(size, sizeof(size), tk_sketch_size(rows, c->table->cols));
	printf("%-10sof %llu rows of %s, %s\n", "sketch",
	       (unsigned long long)rows,
	       p->source->hparams.tied ? "W_E" : "W_U", size);
}

void print_plan(const struct pack *p)
{
	const struct source *s = p->source;
	uint64_t rows = s->w_u.name ? s->w_u.rows : s->w_e.rows;

	printf("%-10s", "source");
	put_name(s->title ? s->title : s->kind);
	putchar('\n');
	printf("%-10s%u token%s", "vocab", s->tokens.n,
	       s->tokens.n == 1 ? "" : "s");
	if (rows > s->tokens.n)
		printf(", %llu padding rows",
		       (unsigned long long)(rows - s->tokens.n));
	putchar('\n');
	print_table(p, TK_KIND_W_E, "W_E");
	print_table(p, TK_KIND_W_U, "W_U");
	if (!p->n_tables)
		printf("%-10snone: vocabulary only\n", "matrices");
	else if (!s->w_u.name)
		printf("%-10s%s\n", "W_U",
		       s->hparams.tied ? "tied to W_E"
				       : "none; to predict, pack with --tie");
	print_table(p, TK_KIND_B_U, "b_U");
	if (p->n_tables)
		print_norm(s);
	print_sketch(p);
	if (p->self_test)
		printf("%-10s%u case%s, the %d best tokens of each\n",
		       "self-test", p->self_test, text_s(p->self_test),
		       CASES_BEST);
}

void print_written(const struct pack *p)
{
	struct tk_model *m = cli_open_model(p->output);
	struct tk_vocab_info v = tk_model_vocab(m);
	uint32_t gaps = gaps_count(p->source);
	uint32_t repeated;
	char size[32];

	text_size(size, sizeof(size),
		  tk_container_info(tk_model_container(m)).size);
	printf("%-10s", "wrote");
	put_name(p->output);
	printf("  %s\n", size);
	/* Ids without a token all have the same bytes: none. */
	repeated = v.n_tokens - v.n_distinct;
	repeated -= gaps && repeated >= gaps - 1 ? gaps - 1 : 0;
	if (repeated)
		cli_warn("%u token%s the bytes of a lower id: looking %s up "
			 "gives that one, unless it is a byte's own",
			 repeated, repeated == 1 ? " has" : "s have",
			 repeated == 1 ? "it" : "them");
}
