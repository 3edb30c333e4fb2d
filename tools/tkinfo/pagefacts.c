/* SPDX-License-Identifier: MIT */
/*
 * pagefacts.c - what the file is, and where its bytes are
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "text.h"

/* ---- title ---- */

/* A key of the notes that is text; len 0: none. */
static struct tk_bytes note(const struct page *p, const char *key)
{
	struct tk_bytes section =
		tk_model_keyvalues(p->info->model, TK_KIND_NOTE);
	struct tk_kv kv;

	if (section.len && tk_kv_find(&kv, section, key) &&
	    kv.type == TK_KV_TEXT)
		return kv.value;
	return (struct tk_bytes){0};
}

void page_title(struct page *p)
{
	struct tk_bytes title = note(p, "title");

	if (title.len)
		html_put(p->out, title, 200);
	else
		fputs("The two ends of a language model", p->out);
}

/* ---- in one sentence or two ---- */

static void put_shape(FILE *out, const char *name, struct tk_matrix m)
{
	fprintf(out, "%s is %s, ", name, tk_dtype_name((uint16_t)m.dtype));
	html_number(out, m.rows);
	fputs(" &times; ", out);
	html_number(out, m.cols);
}

void page_lead(struct page *p)
{
	const struct tk_model *m = p->info->model;
	struct tk_matrix e = tk_model_w_e(m), u = tk_model_w_u(m);
	struct tk_hparams hp = tk_model_hparams(m);
	FILE *out = p->out;

	html_number(out, p->n_tokens);
	fprintf(out, " token%s", text_s(p->n_tokens));
	if (!e.data && !u.data) {
		fputs(" and no matrices: a vocabulary only.", out);
		return;
	}
	fputs(", each a vector of ", out);
	html_number(out, hp.d_model);
	fprintf(out, " number%s. ", text_s(hp.d_model));
	if (e.data)
		put_shape(out, "W_E", e);
	if (hp.tied) {
		fputs("; W_U is the same matrix (tied).", out);
		return;
	}
	if (e.data)
		fputs("; ", out);
	if (u.data)
		put_shape(out, "W_U", u);
	else
		fputs("there is no W_U, so it cannot predict", out);
	if (!e.data)
		fputs("; there is no W_E", out);
	fputs(".", out);
}

/* ---- facts ---- */

static void open_fact(FILE *out, const char *name)
{
	fprintf(out, "<div><dt>%s</dt><dd>", name);
}

static void close_fact(FILE *out)
{
	fputs("</dd></div>\n", out);
}

static void put_count(FILE *out, const char *name, uint64_t n)
{
	open_fact(out, name);
	html_number(out, n);
	close_fact(out);
}

static void put_norm(FILE *out, const char *name, enum tk_norm norm,
		     double eps)
{
	if (norm == TK_NORM_NONE)
		return;
	open_fact(out, name);
	fprintf(out, "%s, eps %g", norm_name(norm), eps);
	close_fact(out);
}

static void put_scales(FILE *out, const struct tk_hparams *hp)
{
	open_fact(out, "scales");
	fprintf(out, "embedding %.9g, logit %.9g, softcap ",
		(double)hp->embed_scale, (double)hp->logit_scale);
	if (hp->logit_softcap != 0)
		fprintf(out, "%.9g", (double)hp->logit_softcap);
	else
		fputs("none", out);
	close_fact(out);
}

static void put_tokenizer(struct page *p)
{
	struct tk_bytes kind = tk_tokenizer_kind(p->info->model);
	struct tk_bytes reason = tk_tokenizer_reason(p->info->model);

	open_fact(p->out, "tokenizer");
	if (kind.len)
		html_put(p->out, kind, 200);
	else
		fputs("not stored", p->out);
	if (kind.len && reason.len) {
		fputs(": ", p->out);
		html_put(p->out, reason, 500);
	}
	close_fact(p->out);
}

static void put_identity(struct page *p)
{
	struct tk_file_info f = tk_container_info(p->info->container);
	char digest[33], size[32];

	text_size(size, sizeof(size), f.size);
	open_fact(p->out, "file");
	fprintf(p->out, "tk %u.%u, %s (", f.version_major, f.version_minor,
		size);
	html_number(p->out, f.size);
	fputs(" bytes)", p->out);
	close_fact(p->out);
	text_digest(digest, f.content);
	open_fact(p->out, "content digest");
	fprintf(p->out, "<code>%s</code>", digest);
	close_fact(p->out);
}

/* Title, license, url: shown as text; nothing of a file becomes a link. */
static void put_notes(struct page *p)
{
	static const char *const keys[] = {"license", "url", "source"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct tk_bytes value = note(p, keys[i]);

		if (!value.len)
			continue;
		open_fact(p->out, keys[i]);
		html_put(p->out, value, 500);
		close_fact(p->out);
	}
}

void page_facts(struct page *p)
{
	struct tk_hparams hp = tk_model_hparams(p->info->model);
	const struct vocab_stats *v = &p->stats.vocab;

	put_count(p->out, "tokens", p->n_tokens);
	if (hp.d_vocab > p->n_tokens)
		put_count(p->out, "padding rows, never predicted",
			  hp.d_vocab - p->n_tokens);
	if (v->n_copies)
		put_count(p->out, "tokens with the bytes of another",
			  v->n_copies);
	put_count(p->out, "dimension", hp.d_model);
	open_fact(p->out, "context");
	if (hp.n_ctx)
		html_number(p->out, hp.n_ctx);
	else
		fputs("unknown", p->out);
	close_fact(p->out);
	put_norm(p->out, "embed norm", hp.embed_norm, hp.embed_norm_eps);
	put_norm(p->out, "final norm", hp.final_norm, hp.final_norm_eps);
	put_scales(p->out, &hp);
	put_tokenizer(p);
	put_notes(p);
	put_identity(p);
}

/* ---- the map: every byte ---- */

#define HEADER_SIZE 128
#define ENTRY_SIZE 192
#define MAP_WIDTH 1000.0

struct piece {
	const char *name;
	uint64_t from, size;
	int shade; /* 0: no section */
};

static void put_bar(FILE *out, const struct piece *x, double total)
{
	double at = MAP_WIDTH * (double)x->from / total;
	double width = MAP_WIDTH * (double)x->size / total;

	fprintf(out,
		"<rect class=\"s%d\" x=\"%.3f\" y=\"0\" width=\"%.3f\" "
		"height=\"40\"><title>",
		x->shade, at, width);
	html_text(out, x->name);
	fprintf(out, ", %" PRIu64 " bytes</title></rect>", x->size);
}

static void put_row(FILE *out, const struct piece *x, double total)
{
	fprintf(out, "<tr class=\"piece\"><td><span class=\"key s%d\"></span>",
		x->shade);
	html_text(out, x->name);
	fputs("</td><td class=\"n\">", out);
	html_number(out, x->from);
	fprintf(out, "</td><td class=\"n\" data-bytes=\"%" PRIu64 "\">",
		x->size);
	html_number(out, x->size);
	fprintf(out, "</td><td class=\"n\">%.2f %%</td></tr>\n",
		100 * (double)x->size / total);
}

/* Header, sections and what lies between; returns how many. */
static size_t find_pieces(struct piece *out, char (*names)[40],
			  const struct tk_container *c)
{
	const size_t count = tk_container_count(c);
	const uint64_t size = tk_container_info(c).size;
	uint64_t at = HEADER_SIZE + ENTRY_SIZE * (uint64_t)count;
	size_t n = 0;

	out[n++] = (struct piece){"header and table", 0, at, 0};
	for (size_t i = 0; i <= count; i++) {
		struct tk_section s = {.offset = size};

		if (i < count)
			s = tk_container_section(c, i);
		if (s.offset > at)
			out[n++] = (struct piece){"padding (zeros)", at,
						  s.offset - at, 0};
		if (i == count)
			break;
		snprintf(names[i], sizeof(names[i]), "%s", s.name);
		out[n++] = (struct piece){names[i], s.offset, s.stored_size,
					  1 + (int)(i % 6)};
		at = s.offset + s.stored_size;
	}
	return n;
}

void page_map(struct page *p)
{
	const struct tk_container *c = p->info->container;
	const double total = (double)tk_container_info(c).size;
	const size_t count = tk_container_count(c);
	struct piece *pieces = page_room(2 * count + 2, sizeof(*pieces));
	char(*names)[40] = page_room(count, sizeof(*names));
	const size_t n = find_pieces(pieces, names, c);

	fputs("<svg class=\"map\" viewBox=\"0 0 1000 40\" role=\"img\" "
	      "preserveAspectRatio=\"none\" "
	      "aria-label=\"The file from its first byte to its last; the "
	      "table says the same\">",
	      p->out);
	for (size_t i = 0; i < n; i++)
		put_bar(p->out, &pieces[i], total);
	fputs("</svg>\n<div class=\"scroll\"><table id=\"map\"><thead><tr>"
	      "<th>part</th>"
	      "<th class=\"n\">from byte</th><th class=\"n\">bytes</th>"
	      "<th class=\"n\">share</th></tr></thead><tbody>\n",
	      p->out);
	for (size_t i = 0; i < n; i++)
		put_row(p->out, &pieces[i], total);
	fputs("</tbody></table></div>\n", p->out);
	free(pieces);
	free(names);
}
