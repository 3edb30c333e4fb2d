/* SPDX-License-Identifier: MIT */
/*
 * text.h - bytes of a file as people may safely see them
 *
 * Tokens are shown quoted and escaped: " aunt", "\n", "\xf0\x9f".  No control
 * character, no bad UTF-8, no character that changes the direction or hides
 * in a line ever reaches the terminal.
 */
#ifndef TOOLS_TEXT_H
#define TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>
#include <libformat.h>

/* Whether characters beyond ASCII can be shown. */
bool text_locale_is_utf8(void);

/* A string without its NUL. */
struct tk_bytes text_bytes(const char *text);

/* True if the bytes are well-formed UTF-8 (no surrogates, no overlong). */
bool text_is_utf8(struct tk_bytes b);

/*
 * Writes 'b', quoted and escaped, to 'out' in at most 'limit' columns (not
 * below 6), with "..." behind it if that was not all.  Returns the columns
 * used.  Characters beyond ASCII are shown as they are if they are printable
 * and the locale is UTF-8, and escaped otherwise.
 */
size_t text_put_quoted(FILE *out, struct tk_bytes b, size_t limit);

/* The same, followed by spaces up to 'columns'. */
void text_put_padded(FILE *out, struct tk_bytes b, size_t columns);

/* All of it as running text: escaped, but not quoted. */
void text_put_plain(FILE *out, struct tk_bytes b);

/*
 * As much of its start, in the same way, as fits into 'limit' columns; 'out'
 * may be NULL.  Returns the columns.
 */
size_t text_put_start(FILE *out, struct tk_bytes b, size_t limit);

/* The first as a string for a message; freed by the caller; NULL: no memory. */
char *text_quoted(struct tk_bytes b, size_t limit);

/* "s" unless there is one: "1 token", "2 tokens". */
const char *text_s(uint64_t n);

/* "1466.6 KiB", "384 B": at most 'size' bytes into 'out'. */
void text_size(char *out, size_t size, uint64_t bytes);

/*
 * A number in nine columns or fewer: 'decimals' of them behind the point, or
 * three digits and a power of ten if that would not say much.
 */
const char *text_number(char out[24], double x, int decimals);

/* Digest as 32 hex digits and a NUL. */
void text_digest(char out[33], struct tk_digest d);

/* ---- JSON: no memory ends the program with status 2 ---- */

/*
 * Has jansson itself do so: of a text that it parses, it would say that it is
 * not JSON.  cli_start() calls this.
 */
void text_json_start(void);

/* Sets a member, appends an element; the value is taken over. */
void text_json_set(json_t *object, const char *key, json_t *value);
void text_json_append(json_t *array, json_t *value);

/* The token's text, or JSON null if it is not UTF-8. */
json_t *text_json(struct tk_bytes b);

/* The bytes as hex digits. */
json_t *text_json_hex(struct tk_bytes b);

/*
 * Adds a text under that key, or null and "bytes" (hex) if it is not UTF-8, to
 * an object; and the same under the key "token".
 */
void text_json_text(json_t *object, const char *key, struct tk_bytes b);
void text_json_token(json_t *object, struct tk_bytes b);

/* A number, or null if it is NaN or infinite. */
json_t *text_json_real(double x);

/*
 * Writes the object in pure ASCII without control characters, keys in the
 * order they were set.
 */
void text_json_write(FILE *out, const json_t *object);

/* The same and a newline, to stdout; releases the object. */
void text_json_print(json_t *object);

/*
 * A long array, element by element, as text_json_print() would print it:
 * open with the object whose last member it is, elements with next between
 * them, and close.  Objects are released.
 */
void text_json_open(json_t *object, const char *key);
void text_json_put(json_t *object);
void text_json_next(void);
void text_json_close(void);

#endif /* TOOLS_TEXT_H */
