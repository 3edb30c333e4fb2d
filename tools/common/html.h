/* SPDX-License-Identifier: MIT */
/*
 * html.h - what a file holds, in a page
 *
 * Whatever the bytes are, they are text of the page and never markup; what the
 * terminal would not show is escaped in the same way.  The same bytes in every
 * locale.
 */
#ifndef TOOLS_HTML_H
#define TOOLS_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>
#include <libformat.h>

/* Running text; "..." behind 'limit' characters. */
void html_put(FILE *out, struct tk_bytes b, size_t limit);
void html_text(FILE *out, const char *text);

/*
 * A token, quoted and escaped, as an element of its own whose direction does
 * not reach what is around it; "..." behind 'limit' characters.
 */
void html_token(FILE *out, struct tk_bytes b, size_t limit);

/* 1234567 as 1,234,567. */
void html_number(FILE *out, uint64_t n);

/* JSON that can stand in a script element. */
void html_json(FILE *out, const json_t *value);

/* Bytes as base64, a few at a time. */
struct html_base64 {
	FILE *out;
	uint8_t bytes[3];
	size_t n;
};

void html_base64(struct html_base64 *b, const void *data, size_t len);
void html_base64_end(struct html_base64 *b);

#endif /* TOOLS_HTML_H */
