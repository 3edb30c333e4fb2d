/* SPDX-License-Identifier: MIT */
/*
 * keyvalue.c - sections made of typed keys and values: reading
 *
 * spec/format.md 3: a count, then entries sorted by key; each is a header of
 * 8 bytes, the key and the value, both padded with zeros to 8.
 */
#include "container/keyvalue.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/strictfp.h"
#include "base/utf8.h"

size_t tk_kv_padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

int tk_kv_compare(struct tk_bytes a, struct tk_bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool tk_kv_is_key(struct tk_bytes key)
{
	if (!key.len || key.len > TK_MAX_KEY)
		return false;
	for (size_t i = 0; i < key.len; i++) {
		uint8_t c = key.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.' || c == '-'))
			return false;
	}
	return true;
}

static bool all_finite(struct tk_bytes value)
{
	for (size_t i = 0; i + 8 <= value.len; i += 8)
		if (!isfinite(tk_load_f64(value.ptr + i)))
			return false;
	return true;
}

bool tk_kv_is_value(enum tk_kv_type type, struct tk_bytes value)
{
	switch (type) {
	case TK_KV_BOOL:
		return value.len == 1 && value.ptr[0] < 2;
	case TK_KV_U64:
		return value.len == 8;
	case TK_KV_F64:
		return value.len == 8 && all_finite(value);
	case TK_KV_TEXT:
		return !value.len || (!memchr(value.ptr, 0, value.len) &&
				      tk_is_utf8(value.ptr, value.len));
	case TK_KV_BYTES:
		return true;
	case TK_KV_U64S:
		return value.len % 8 == 0;
	case TK_KV_F64S:
		return value.len % 8 == 0 && all_finite(value);
	}
	return false;
}

/* True if the entry at 'pos' lies inside; then it is in 'kv', at 'next'. */
static bool take(struct tk_kv *kv, size_t *next, uint8_t *flags,
		 struct tk_bytes section, size_t pos)
{
	struct tk_disk_keyvalue e;
	size_t key_len, value_len;

	if (!tk_inside(pos, sizeof(e), section.len))
		return false;
	memcpy(&e, section.ptr + pos, sizeof(e));
	pos += sizeof(e);
	key_len = tk_get16(e.key_len);
	value_len = tk_get32(e.value_len);
	if (value_len > TK_MAX_VALUE ||
	    !tk_inside(pos, tk_kv_padded(key_len), section.len) ||
	    !tk_inside(pos + tk_kv_padded(key_len), tk_kv_padded(value_len),
		       section.len))
		return false;
	kv->key = (struct tk_bytes){section.ptr + pos, key_len};
	pos += tk_kv_padded(key_len);
	kv->value = (struct tk_bytes){section.ptr + pos, value_len};
	kv->type = e.type;
	kv->must = e.flags & TK_KV_MUST;
	*flags = e.flags;
	*next = pos + tk_kv_padded(value_len);
	return true;
}

/* True if the entry at 'pos' states a length that no entry may have. */
static bool is_beyond_limits(struct tk_bytes section, size_t pos,
			     const struct tk_limits *limits)
{
	struct tk_disk_keyvalue e;

	if (!tk_inside(pos, sizeof(e), section.len))
		return false;
	memcpy(&e, section.ptr + pos, sizeof(e));
	return tk_get16(e.key_len) > TK_MAX_KEY ||
	       tk_get32(e.value_len) > limits->value_bytes;
}

static bool is_padded_with_zeros(struct tk_bytes b)
{
	for (size_t i = b.len; i < tk_kv_padded(b.len); i++)
		if (b.ptr[i])
			return false;
	return true;
}

static enum tk_status check_entry(const struct tk_kv *kv, uint8_t flags,
				  struct tk_bytes last, size_t pos,
				  struct tk_error *err)
{
	int len = (int)kv->key.len;

	if (!tk_kv_is_key(kv->key))
		return tk_fail(err, TK_E_VALUE, pos, "illegal key");
	if (last.ptr && tk_kv_compare(last, kv->key) >= 0)
		return tk_fail(err, TK_E_LAYOUT, pos,
			       "key %.*s: out of order or there twice", len,
			       (const char *)kv->key.ptr);
	if (flags & ~TK_KV_MUST || !is_padded_with_zeros(kv->key) ||
	    !is_padded_with_zeros(kv->value))
		return tk_fail(err, TK_E_RESERVED, pos,
			       "key %.*s: reserved bits or padding not zero",
			       len, (const char *)kv->key.ptr);
	if (!tk_kv_is_value(kv->type, kv->value))
		return tk_fail(err, TK_E_VALUE, pos,
			       "key %.*s: illegal type or value", len,
			       (const char *)kv->key.ptr);
	return TK_OK;
}

enum tk_status tk_kv_check(struct tk_bytes section, struct tk_error *err)
{
	const struct tk_limits limits = tk_limits_default();

	return tk_kv_check_within(section, &limits, err);
}

enum tk_status tk_kv_check_within(struct tk_bytes section,
				  const struct tk_limits *limits,
				  struct tk_error *err)
{
	size_t pos = sizeof(struct tk_disk_keyvalues);
	struct tk_bytes last = {NULL, 0};
	struct tk_disk_keyvalues head;
	enum tk_status status;
	uint32_t count;

	if (section.len > limits->keyvalue_bytes)
		return tk_fail(err, TK_E_LIMIT, 0,
			       "more than %llu bytes of keys and values",
			       (unsigned long long)limits->keyvalue_bytes);
	if (section.len < sizeof(head))
		return tk_fail(err, TK_E_LAYOUT, 0, "keys are cut off");
	memcpy(&head, section.ptr, sizeof(head));
	count = tk_get32(head.count);
	if (count > limits->keys)
		return tk_fail(err, TK_E_LIMIT, 0, "more than %llu keys",
			       (unsigned long long)limits->keys);
	if (tk_load32(head.reserved_0x04))
		return tk_fail(err, TK_E_RESERVED, 4,
			       "reserved bytes are not zero");
	for (uint32_t i = 0; i < count; i++) {
		size_t next = 0;
		uint8_t flags = 0;
		struct tk_kv kv;

		if (is_beyond_limits(section, pos, limits))
			return tk_fail(err, TK_E_LIMIT, pos,
				       "key %u: has a key above %d or a value "
				       "above %llu bytes",
				       i, TK_MAX_KEY,
				       (unsigned long long)
					       limits->value_bytes);
		if (!take(&kv, &next, &flags, section, pos))
			return tk_fail(err, TK_E_LAYOUT, pos,
				       "key %u does not lie in its section",
				       i);
		if ((status = check_entry(&kv, flags, last, pos, err)))
			return status;
		last = kv.key;
		pos = next;
	}
	if (pos != section.len)
		return tk_fail(err, TK_E_LAYOUT, pos,
			       "bytes after the last key");
	return TK_OK;
}

bool tk_kv_next(struct tk_kv *out, struct tk_bytes section, size_t *pos)
{
	uint8_t flags;
	size_t next;

	if (!*pos)
		*pos = sizeof(struct tk_disk_keyvalues);
	if (!take(out, &next, &flags, section, *pos))
		return false;
	*pos = next;
	return true;
}

bool tk_kv_find(struct tk_kv *out, struct tk_bytes section, const char *key)
{
	struct tk_bytes want = {(const uint8_t *)key, strlen(key)};
	struct tk_kv kv;
	size_t pos = 0;

	while (tk_kv_next(&kv, section, &pos)) {
		if (tk_kv_compare(kv.key, want))
			continue;
		*out = kv;
		return true;
	}
	return false;
}

bool tk_kv_bool(const struct tk_kv *kv)
{
	return kv->value.len && kv->value.ptr[0];
}

uint64_t tk_kv_u64(const struct tk_kv *kv, size_t i)
{
	return i < kv->value.len / 8 ? tk_load64(kv->value.ptr + 8 * i) : 0;
}

double tk_kv_f64(const struct tk_kv *kv, size_t i)
{
	return i < kv->value.len / 8 ? tk_load_f64(kv->value.ptr + 8 * i) : 0;
}
