/* SPDX-License-Identifier: MIT */
/*
 * parse.c - the fields of a partial result
 */
#include "parse.h"

#include <math.h>
#include <string.h>

void parse_wrong(const char *field, const char *from)
{
	cli_die("%s: is no partial result of this tkpredict (%s)", from,
		field);
}

void parse_schema(const json_t *object, const char *from)
{
	const json_t *schema = json_object_get(object, "schema");

	if (!json_is_string(schema) ||
	    strcmp(json_string_value(schema), "tkpredict-partial/1"))
		cli_die("%s: is no partial result; 'tkpredict --partial' "
			"makes them",
			from);
}

json_t *parse_member(const json_t *object, const char *key, json_type type,
		     const char *from)
{
	json_t *member = json_object_get(object, key);

	if (!member || json_typeof(member) != type)
		parse_wrong(key, from);
	return member;
}

static uint64_t integer(const json_t *value, const char *key, uint64_t max,
			const char *from)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max)
		parse_wrong(key, from);
	return (uint64_t)json_integer_value(value);
}

uint64_t parse_u64(const json_t *object, const char *key, uint64_t max,
		   const char *from)
{
	return integer(json_object_get(object, key), key, max, from);
}

static double real(const json_t *value, const char *key, const char *from)
{
	if (!json_is_number(value))
		parse_wrong(key, from);
	return json_number_value(value);
}

double parse_real(const json_t *object, const char *key, const char *from)
{
	return real(json_object_get(object, key), key, from);
}

/* A float; null is -Inf. */
static float parse_float(const json_t *object, const char *key,
			 const char *from)
{
	const json_t *value = json_object_get(object, key);
	double x = json_is_null(value) ? -(double)INFINITY
				       : real(value, key, from);

	if ((double)(float)x != x)
		parse_wrong(key, from);
	return (float)x;
}

void parse_block(struct tk_block *out, const json_t *array, const char *from)
{
	const json_t *max = json_array_get(array, 1);

	out->index = integer(json_array_get(array, 0), "blocks", UINT32_MAX,
			     from);
	out->max = json_is_null(max) ? -(double)INFINITY
				     : real(max, "blocks", from);
	out->sum = real(json_array_get(array, 2), "blocks", from);
	if (out->sum < 0 || out->sum > TK_BLOCK_ROWS)
		parse_wrong("blocks", from);
}

/* ---- tokens ---- */

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

static size_t parse_hex(uint8_t *bytes, const json_t *hex, const char *from)
{
	const char *text = json_string_value(hex);
	const size_t len = json_string_length(hex);

	if (!text || len % 2)
		parse_wrong("bytes", from);
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			parse_wrong("bytes", from);
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return len / 2;
}

size_t parse_line(struct line *out, const json_t *object, uint8_t *bytes,
		  const char *from)
{
	const json_t *token = json_object_get(object, "token");
	size_t n_bytes = 0;

	memset(out, 0, sizeof(*out));
	out->id = (uint32_t)parse_u64(object, "id", UINT32_MAX, from);
	out->key = parse_float(object, "key", from);
	out->logit = parse_float(object, "logit", from);
	if (json_is_string(token)) {
		out->token.ptr = (const uint8_t *)json_string_value(token);
		out->token.len = json_string_length(token);
	} else if (json_is_null(token)) {
		n_bytes = parse_hex(bytes, json_object_get(object, "bytes"),
				    from);
		out->token = (struct tk_bytes){bytes, n_bytes};
	} else {
		parse_wrong("token", from);
	}
	return n_bytes;
}
