/* SPDX-License-Identifier: MIT */
/*
 * text.c - bytes of a file as people may safely see them
 *
 * A string is cut into pieces: a character shown as it is, or an escape.
 * Everything else counts columns and puts pieces one after the other.
 */
#define _XOPEN_SOURCE 700 /* wcwidth() */

#include "text.h"

#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "unicode.h"

/* More marks above one letter would draw over the lines around it. */
#define MAX_MARKS 3
#define NO_LETTER 255

/* What the next character of a string looks like. */
struct piece {
	char text[16]; /* four bytes, each as \xHH, at the most */
	size_t len;    /* of the text */
	size_t columns;
	size_t used;   /* bytes of the string it stands for */
};

struct tk_bytes text_bytes(const char *text)
{
	return (struct tk_bytes){(const uint8_t *)text, strlen(text)};
}

bool text_is_utf8(struct tk_bytes b)
{
	uint32_t code;

	for (size_t at = 0, len; at < b.len; at += len) {
		len = unicode_decode(&code, b.ptr + at, b.len - at);
		if (!len)
			return false;
	}
	return true;
}

bool text_locale_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* The columns of a character, or -1 if it is not to be shown. */
static int width_of(uint32_t c, unsigned marks)
{
	int width;

	if (c < 0x80)
		return c >= 0x20 && c < 0x7f ? 1 : -1;
	if (unicode_is_deceptive(c) || !text_locale_is_utf8())
		return -1;
	width = wcwidth((wchar_t)c);
	/* A mark needs a letter to stand on, or it changes our own text. */
	if (width == 0 && marks >= MAX_MARKS)
		return -1;
	return width;
}

static void piece_escape(struct piece *out, const uint8_t *p)
{
	static const char hex[] = "0123456789abcdef";
	const char *letter = strchr("\nn\tt\rr", p[0]);

	out->len = 0;
	if (out->used == 1 && p[0] && letter) {
		out->text[out->len++] = '\\';
		out->text[out->len++] = letter[1];
	} else {
		for (size_t i = 0; i < out->used; i++) {
			out->text[out->len++] = '\\';
			out->text[out->len++] = 'x';
			out->text[out->len++] = hex[p[i] >> 4];
			out->text[out->len++] = hex[p[i] & 15];
		}
	}
	out->columns = out->len;
}

/*
 * Cuts the next piece off p[n], n > 0.  '*marks' counts the marks since the
 * last letter.
 */
static void piece_next(struct piece *out, const uint8_t *p, size_t n,
		       bool quoted, unsigned *marks)
{
	uint32_t code = 0;
	size_t len = unicode_decode(&code, p, n);
	int width = len ? width_of(code, *marks) : -1;

	out->used = len ? len : 1;
	if (width < 0) {
		piece_escape(out, p);
		*marks = NO_LETTER;
	} else if (quoted && (code == '"' || code == '\\')) {
		out->text[0] = '\\';
		out->text[1] = (char)code;
		out->len = out->columns = 2;
		*marks = NO_LETTER;
	} else {
		memcpy(out->text, p, len);
		out->len = len;
		out->columns = (size_t)width;
		*marks = width ? 0 : *marks + 1;
	}
}

/* The start of 'b' that takes at most 'limit' columns, to 'out' or nowhere. */
static size_t put(FILE *out, struct tk_bytes b, bool quoted, size_t limit,
		  size_t *columns)
{
	unsigned marks = NO_LETTER;
	struct piece piece;
	size_t at = 0;

	*columns = 0;
	for (; at < b.len; at += piece.used) {
		piece_next(&piece, b.ptr + at, b.len - at, quoted, &marks);
		if (piece.columns > limit - *columns)
			break;
		*columns += piece.columns;
		if (out)
			fwrite(piece.text, 1, piece.len, out);
	}
	return at;
}

size_t text_put_quoted(FILE *out, struct tk_bytes b, size_t limit)
{
	const size_t quotes = 2, dots = 3;
	size_t room = limit > quotes + dots ? limit - quotes : dots + 1;
	size_t columns;
	bool all = put(NULL, b, true, room, &columns) == b.len;

	putc('"', out);
	put(out, b, true, all ? room : room - dots, &columns);
	fputs(all ? "\"" : "\"...", out);
	return columns + quotes + (all ? 0 : dots);
}

void text_put_padded(FILE *out, struct tk_bytes b, size_t columns)
{
	size_t used = text_put_quoted(out, b, columns);

	for (; used < columns; used++)
		putc(' ', out);
}

void text_put_plain(FILE *out, struct tk_bytes b)
{
	size_t columns;

	put(out, b, false, SIZE_MAX, &columns);
}

size_t text_put_start(FILE *out, struct tk_bytes b, size_t limit)
{
	size_t columns;

	put(out, b, false, limit, &columns);
	return columns;
}

char *text_quoted(struct tk_bytes b, size_t limit)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		return NULL;
	text_put_quoted(out, b, limit);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}

const char *text_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void text_size(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB",
					    "PiB", "EiB"};
	double x = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(out, size, "%u B", (unsigned)bytes);
		return;
	}
	/* xz's habit: four digits before the point are easy to compare. */
	for (; x >= 9999.95 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		x /= 1024;
	snprintf(out, size, "%.1f %s", x, units[i]);
}

const char *text_number(char out[24], double x, int decimals)
{
	const double least = decimals == 6 ? 1e-4 : 1e-2;

	if (x != 0 && isfinite(x) && (fabs(x) < least || fabs(x) >= 1e3))
		snprintf(out, 24, "%.2e", x);
	else
		snprintf(out, 24, "%.*f", decimals, x);
	return out;
}

void text_digest(char out[33], struct tk_digest d)
{
	for (size_t i = 0; i < sizeof(d.b); i++)
		snprintf(out + 2 * i, 3, "%02x", d.b[i]);
}
