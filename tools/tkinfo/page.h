/* SPDX-License-Identifier: MIT */
/*
 * page.h - tkinfo --html: one page about a file
 *
 *     page.html, page.css, page_*.js   what the page is made of, embedded by
 *                                      embed.cmake
 *     page.c          the parts in their order
 *     pagefacts.c     what the file is, and where its bytes are
 *     pagecharts.c    histograms
 *     pagewords.c     tokens that are looked at closely; their heat map
 *     pagenear.c      nearest tokens, exact
 *     pageplace.c     where all tokens lie; nearest tokens, about
 *     pagenext.c      what comes next, at many temperatures
 *     pagesuspect.c   tokens that look untrained
 *
 * The same file gives the same page: no time, no path, no machine is in it.
 */
#ifndef TKINFO_PAGE_H
#define TKINFO_PAGE_H

#include "html.h"
#include "stats.h"

extern const unsigned char page_html[], page_css[], page_js[];
extern const size_t page_html_size, page_css_size, page_js_size;
extern const unsigned char page_js_sha256[32];

#define PAGE_WORDS 2000	/* tokens whose neighbours are exact */
#define PAGE_NEAREST 10 /* neighbours of each */

struct page {
	const struct info *info;
	FILE *out;
	json_t *facts;		/* as --json has them, less the path */
	struct stats stats;
	uint32_t n_tokens;
	const struct rows *rows; /* W_E, or else W_U; NULL: no matrix */
	struct tk_matrix m;	/* of 'rows' */
	uint32_t n;		/* tokens that have a row there */
	uint32_t *words;	/* [n_words] rising; all have a direction */
	size_t n_words;
	/* neighbours of each word, [PAGE_NEAREST], the nearest first; id
	   TK_NO_ID where there are no more */
	struct tk_candidate *nearest;
	uint64_t written;	/* bytes of the parts whose size depends on n */
};

/* Zeroed room for n items; no memory ends the program. */
void *page_room(size_t n, size_t size);

/* The bytes of a token; a damaged one ends the program. */
struct tk_bytes page_token(const struct page *p, uint32_t id);

/* Each writes its part of the page. */
void page_title(struct page *p);
void page_lead(struct page *p);
void page_facts(struct page *p);
void page_map(struct page *p);
void page_lengths(struct page *p);
void page_norms(struct page *p);
void page_heat(struct page *p);
void page_next(struct page *p);
void page_suspects(struct page *p);

/* Finds p->words, and p->nearest. */
void page_choose(struct page *p);
void page_find_nearest(struct page *p);

/* Data for the script, as elements: what it is of is said by the first. */
void page_place(struct page *p);

/* An element of base64 that the script finds by its id. */
struct html_base64 page_blob(struct page *p, const char *id);
void page_blob_end(struct page *p, struct html_base64 *b);

/* Writes the page to 'path'. */
void page_write(const struct info *info, const char *path, bool replace);

#endif /* TKINFO_PAGE_H */
