/* SPDX-License-Identifier: MIT */
/*
 * html.c - what a file holds, in a page
 */
#include "html.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "cli.h"
#include "text.h"
#include "unicode.h"

/* ---- text ---- */

static void put_ascii(FILE *out, char c)
{
	switch (c) {
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '&':
		fputs("&amp;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		putc(c, out);
	}
}

static void put_escape(FILE *out, const uint8_t *p, size_t n)
{
	const char *letter = n == 1 && *p ? strchr("\nn\tt\rr", *p) : NULL;

	if (letter)
		fprintf(out, "\\%c", letter[1]);
	for (size_t i = 0; i < n && !letter; i++)
		fprintf(out, "\\x%02x", p[i]);
}

/* The character at the start of p[n]; returns its bytes. */
static size_t put_character(FILE *out, const uint8_t *p, size_t n, bool quoted)
{
	uint32_t c = 0;
	size_t len = unicode_decode(&c, p, n);

	if (!len || c < 0x20 || c == 0x7f || unicode_is_deceptive(c)) {
		len = len ? len : 1;
		put_escape(out, p, len);
	} else if (c < 0x80) {
		if (quoted && (c == '"' || c == '\\'))
			putc('\\', out);
		put_ascii(out, (char)c);
	} else {
		fwrite(p, 1, len, out);
	}
	return len;
}

void html_put(FILE *out, struct tk_bytes b, size_t limit)
{
	size_t at = 0;

	for (size_t n = 0; at < b.len && n < limit; n++)
		at += put_character(out, b.ptr + at, b.len - at, false);
	if (at < b.len)
		fputs("...", out);
}

void html_text(FILE *out, const char *text)
{
	html_put(out, text_bytes(text), SIZE_MAX);
}

void html_token(FILE *out, struct tk_bytes b, size_t limit)
{
	size_t at = 0;

	fputs("<bdi class=\"t\">&quot;", out);
	for (size_t n = 0; at < b.len && n < limit; n++)
		at += put_character(out, b.ptr + at, b.len - at, true);
	fputs(at < b.len ? "&quot;...</bdi>" : "&quot;</bdi>", out);
}

void html_number(FILE *out, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			putc(',', out);
		putc(digits[i], out);
	}
}

/* ---- JSON ---- */

/*
 * Only strings have these characters, and there an escape is the same.  So no
 * text can end the element.
 */
static int put_json(const char *text, size_t size, void *out)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] && strchr("<>&\x7f", text[i]))
			fprintf(out, "\\u%04x", (unsigned)text[i]);
		else
			putc(text[i], out);
	}
	return 0;
}

void html_json(FILE *out, const json_t *value)
{
	if (json_dump_callback(value, put_json, out,
			       JSON_ENSURE_ASCII | JSON_COMPACT |
				       JSON_ENCODE_ANY))
		cli_die("out of memory");
}

/* ---- base64: RFC 4648 ---- */

static void put_group(struct html_base64 *b)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint32_t x = (uint32_t)b->bytes[0] << 16 |
			   (uint32_t)b->bytes[1] << 8 | b->bytes[2];

	for (size_t i = 0; i < 4; i++)
		putc(i <= b->n ? digits[x >> (18 - 6 * i) & 63] : '=', b->out);
	b->n = 0;
	memset(b->bytes, 0, sizeof(b->bytes));
}

void html_base64(struct html_base64 *b, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		b->bytes[b->n++] = p[i];
		if (b->n == sizeof(b->bytes))
			put_group(b);
	}
}

void html_base64_end(struct html_base64 *b)
{
	if (b->n)
		put_group(b);
}
