/* SPDX-License-Identifier: MIT */
/*
 * text_json.c - answers as JSON
 */
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void *allocate(size_t size)
{
	void *p = malloc(size);

	if (!p)
		cli_die("out of memory");
	return p;
}

void text_json_start(void)
{
	json_set_alloc_funcs(allocate, free);
}

json_t *text_json(struct tk_bytes b)
{
	if (!text_is_utf8(b))
		return json_null();
	return json_stringn(b.len ? (const char *)b.ptr : "", b.len);
}

json_t *text_json_hex(struct tk_bytes b)
{
	char *text = malloc(2 * b.len + 1);
	json_t *value;

	if (!text)
		cli_die("out of memory");
	for (size_t i = 0; i < b.len; i++)
		snprintf(text + 2 * i, 3, "%02x", b.ptr[i]);
	value = json_stringn(text, 2 * b.len);
	free(text);
	return value;
}

void text_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		cli_die("out of memory");
}

void text_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		cli_die("out of memory");
}

void text_json_text(json_t *object, const char *key, struct tk_bytes b)
{
	text_json_set(object, key, text_json(b));
	if (!text_is_utf8(b))
		text_json_set(object, "bytes", text_json_hex(b));
}

void text_json_token(json_t *object, struct tk_bytes b)
{
	text_json_text(object, "token", b);
}

json_t *text_json_real(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

/* jansson leaves DEL as it is, a control character like the others. */
static int put_ascii(const char *text, size_t size, void *out)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == 0x7f)
			fputs("\\u007f", out);
		else
			putc(text[i], out);
	}
	return 0; /* cli_finish() tells about a failed write */
}

void text_json_write(FILE *out, const json_t *object)
{
	if (!object ||
	    json_dump_callback(object, put_ascii, out, JSON_ENSURE_ASCII))
		cli_die("out of memory");
}

void text_json_put(json_t *object)
{
	text_json_write(stdout, object);
	json_decref(object);
}

void text_json_print(json_t *object)
{
	text_json_put(object);
	putchar('\n');
}

void text_json_open(json_t *object, const char *key)
{
	char *text = json_dumps(object, JSON_ENSURE_ASCII);

	if (!text)
		cli_die("out of memory");
	/* All but the brace at the end. */
	put_ascii(text, strlen(text) - 1, stdout);
	printf(", \"%s\": [", key);
	free(text);
	json_decref(object);
}

void text_json_next(void)
{
	fputs(", ", stdout);
}

void text_json_close(void)
{
	puts("]}");
}
