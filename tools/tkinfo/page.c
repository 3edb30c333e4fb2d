/* SPDX-License-Identifier: MIT */
/*
 * page.c - one page about a file: its parts in the order of page.html
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "text.h"

/* ---- what the parts share ---- */

void *page_room(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		cli_die("out of memory for the page");
	return p;
}

struct tk_bytes page_token(const struct page *p, uint32_t id)
{
	struct tk_bytes token = {0};
	struct tk_error err;

	if (tk_model_token(&token, p->info->model, id, &err))
		cli_die_error(p->info->path, &err);
	return token;
}

struct html_base64 page_blob(struct page *p, const char *id)
{
	fprintf(p->out, "<script type=\"text/plain\" id=\"%s\">", id);
	return (struct html_base64){.out = p->out};
}

void page_blob_end(struct page *p, struct html_base64 *b)
{
	html_base64_end(b);
	fputs("</script>\n", p->out);
}

/* ---- small parts ---- */

static void put_css(struct page *p)
{
	fwrite(page_css, 1, page_css_size, p->out);
}

static void put_js(struct page *p)
{
	fwrite(page_js, 1, page_js_size, p->out);
}

/* Only this script may run, and nothing may be loaded. */
static void put_policy(struct page *p)
{
	struct html_base64 b = {.out = p->out};

	fputs("default-src 'none'; style-src 'unsafe-inline'; "
	      "script-src 'sha256-",
	      p->out);
	html_base64(&b, page_js_sha256, sizeof(page_js_sha256));
	html_base64_end(&b);
	fputs("'", p->out);
}

static void put_version(struct page *p)
{
	fprintf(p->out, "tkinfo %d.%d.%d", TK_VERSION_MAJOR, TK_VERSION_MINOR,
		TK_VERSION_PATCH);
}

static void put_tokens(struct page *p)
{
	struct html_base64 b = page_blob(p, "b-tokens");

	for (uint32_t id = 0; id < p->n_tokens; id++) {
		struct tk_bytes token = page_token(p, id);

		html_base64(&b, token.ptr, token.len);
		p->written += token.len;
	}
	page_blob_end(p, &b);
	b = page_blob(p, "b-lengths");
	for (uint32_t id = 0; id < p->n_tokens; id++) {
		size_t len = page_token(p, id).len;

		/* Seven bits a byte, the lowest first; the last is < 128. */
		for (; len >= 128; len >>= 7, p->written++)
			html_base64(&b, (uint8_t[]){(uint8_t)(len | 128)}, 1);
		html_base64(&b, (uint8_t[]){(uint8_t)len}, 1);
		p->written++;
	}
	page_blob_end(p, &b);
}

static void put_data(struct page *p)
{
	put_tokens(p);
	page_place(p);
	fputs("<script type=\"application/json\" id=\"tkinfo\">", p->out);
	html_json(p->out, p->facts);
	fputs("</script>\n", p->out);
}

/* ---- the template ---- */

static const struct part {
	const char *name;
	void (*put)(struct page *p);
} parts[] = {
	{"css", put_css},	  {"js", put_js},
	{"policy", put_policy},	  {"version", put_version},
	{"title", page_title},	  {"lead", page_lead},
	{"facts", page_facts},	  {"map", page_map},
	{"lengths", page_lengths}, {"norms", page_norms},
	{"heat", page_heat},	  {"next", page_next},
	{"suspects", page_suspects}, {"data", put_data},
};

#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static void put_part(struct page *p, const char *name, size_t len)
{
	for (size_t i = 0; i < N_PARTS; i++)
		if (strlen(parts[i].name) == len &&
		    !memcmp(parts[i].name, name, len))
			parts[i].put(p);
}

/* page.html, with each {{name}} replaced by that part. */
static void put_page(struct page *p)
{
	const char *at = (const char *)page_html;
	const char *end = at + page_html_size;

	while (at < end) {
		const char *mark = memchr(at, '{', (size_t)(end - at));
		const char *last;

		if (!mark)
			mark = end;
		fwrite(at, 1, (size_t)(mark - at), p->out);
		if (mark == end)
			return;
		last = memchr(mark, '}', (size_t)(end - mark));
		if (end - mark > 4 && mark[1] == '{' && last) {
			put_part(p, mark + 2, (size_t)(last - mark) - 2);
			at = last + 2;
		} else {
			putc('{', p->out);
			at = mark + 1;
		}
	}
}

/* ---- all of it ---- */

static void open_page(struct page *p)
{
	const struct info *info = p->info;

	p->facts = object_json(info);
	json_object_del(p->facts, "file");
	stats_read(&p->stats, info);
	text_json_set(p->facts, "stats", stats_object(&p->stats));
	p->n_tokens = tk_model_vocab(info->model).n_tokens;
	if (p->stats.e.m.data)
		p->rows = &p->stats.e;
	else if (p->stats.u.m.data)
		p->rows = &p->stats.u;
	if (p->rows) {
		p->m = p->rows->m;
		p->n = (uint32_t)p->rows->n_tokens;
	}
	page_choose(p);
	page_find_nearest(p);
}

void page_write(const struct info *info, const char *path, bool replace)
{
	struct page p = {.info = info};

	if (cli_same_file(info->path, path))
		cli_die("%s: is the input itself", path);
	/* Not after the work. */
	p.out = cli_output_open(path, replace);
	open_page(&p);
	put_page(&p);
	cli_output_commit();
	free(p.words);
	free(p.nearest);
	stats_free(&p.stats);
	json_decref(p.facts);
}
