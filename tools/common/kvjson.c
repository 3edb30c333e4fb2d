/* SPDX-License-Identifier: MIT */
/*
 * kvjson.c - a key/value section as members of a JSON object
 */
#include "kvjson.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

json_t *u64_json(uint64_t x)
{
	char digits[24];

	if (x <= INT64_MAX)
		return json_integer((json_int_t)x);
	snprintf(digits, sizeof(digits), "%" PRIu64, x);
	return json_string(digits);
}

static json_t *array_json(const struct tk_kv *kv)
{
	json_t *array = json_array();

	for (size_t i = 0; i < kv->value.len / 8; i++)
		text_json_append(array, kv->type == TK_KV_U64S
						? u64_json(tk_kv_u64(kv, i))
						: text_json_real(
							  tk_kv_f64(kv, i)));
	return array;
}

json_t *value_json(const struct tk_kv *kv)
{
	switch (kv->type) {
	case TK_KV_BOOL:
		return json_boolean(tk_kv_bool(kv));
	case TK_KV_U64:
		return u64_json(tk_kv_u64(kv, 0));
	case TK_KV_F64:
		return text_json_real(tk_kv_f64(kv, 0));
	case TK_KV_TEXT:
		return text_json(kv->value);
	case TK_KV_BYTES:
		return text_json_hex(kv->value);
	case TK_KV_U64S:
	case TK_KV_F64S:
		return array_json(kv);
	}
	return json_null();
}

static bool is_among(struct tk_bytes key, const char *const *names)
{
	for (; *names; names++)
		if (strlen(*names) == key.len &&
		    !memcmp(*names, key.ptr, key.len))
			return true;
	return false;
}

void keyvalues_json(json_t *object, struct tk_bytes section,
		    const char *const *known)
{
	struct tk_kv kv;
	size_t pos = 0;

	while (section.len && tk_kv_next(&kv, section, &pos)) {
		char key[128];

		if (is_among(kv.key, known) || kv.key.len >= sizeof(key))
			continue;
		memcpy(key, kv.key.ptr, kv.key.len);
		key[kv.key.len] = 0;
		text_json_set(object, key, value_json(&kv));
	}
}
