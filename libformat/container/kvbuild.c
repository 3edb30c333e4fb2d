/* SPDX-License-Identifier: MIT */
/*
 * kvbuild.c - sections made of typed keys and values: writing
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "container/keyvalue.h"

struct item {
	char *key;
	uint8_t *value;
	size_t value_len;
	enum tk_kv_type type;
	bool must;
};

struct tk_kv_builder {
	enum tk_status status; /* of the first failure */
	struct item *items;    /* sorted by key */
	size_t count;
	uint8_t *encoded;
};

struct tk_kv_builder *tk_kv_builder_new(void)
{
	return calloc(1, sizeof(struct tk_kv_builder));
}

void tk_kv_builder_free(struct tk_kv_builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++) {
		free(b->items[i].key);
		free(b->items[i].value);
	}
	free(b->items);
	free(b->encoded);
	free(b);
}

size_t tk_kv_builder_count(const struct tk_kv_builder *b)
{
	return b->count;
}

static struct tk_bytes bytes_of(const char *key)
{
	return (struct tk_bytes){(const uint8_t *)key, strlen(key)};
}

/* Where the key is, or where it belongs. */
static size_t position(const struct tk_kv_builder *b, const char *key,
		       bool *found)
{
	size_t i = 0;
	int order = 1;

	while (i < b->count &&
	       (order = tk_kv_compare(bytes_of(b->items[i].key),
				      bytes_of(key))) < 0)
		i++;
	*found = i < b->count && !order;
	return i;
}

/* Makes room at i for a new item with that key. */
static bool insert(struct tk_kv_builder *b, size_t i, const char *key)
{
	size_t len = strlen(key) + 1;
	char *copy = malloc(len);
	struct item *p = realloc(b->items, (b->count + 1) * sizeof(*p));

	if (p)
		b->items = p;
	if (!copy || !p) {
		free(copy);
		return false;
	}
	memcpy(copy, key, len);
	memmove(p + i + 1, p + i, (b->count - i) * sizeof(*p));
	p[i] = (struct item){.key = copy};
	b->count++;
	return true;
}

static enum tk_status set(struct tk_kv_builder *b, const char *key,
			  enum tk_kv_type type, struct tk_bytes value,
			  bool must)
{
	bool found;
	size_t i;
	uint8_t *copy;

	if (b->status)
		return b->status;
	if (!tk_kv_is_key(bytes_of(key)) || !tk_kv_is_value(type, value))
		return b->status = TK_E_ARGUMENT;
	if (value.len > TK_MAX_VALUE)
		return b->status = TK_E_LIMIT;
	i = position(b, key, &found);
	if (!found && b->count == TK_MAX_KEYS)
		return b->status = TK_E_LIMIT;
	copy = malloc(value.len + 1);
	if (!copy || (!found && !insert(b, i, key))) {
		free(copy);
		return b->status = TK_E_MEMORY;
	}
	if (value.len)
		memcpy(copy, value.ptr, value.len);
	free(b->items[i].value);
	b->items[i].value = copy;
	b->items[i].value_len = value.len;
	b->items[i].type = type;
	b->items[i].must = must;
	return TK_OK;
}

enum tk_status tk_kv_set_bool(struct tk_kv_builder *b, const char *key,
			      bool value, bool must)
{
	uint8_t byte = value;

	return set(b, key, TK_KV_BOOL, (struct tk_bytes){&byte, 1}, must);
}

enum tk_status tk_kv_set_u64(struct tk_kv_builder *b, const char *key,
			     uint64_t value, bool must)
{
	uint8_t bytes[8];

	tk_store64(bytes, value);
	return set(b, key, TK_KV_U64, (struct tk_bytes){bytes, 8}, must);
}

enum tk_status tk_kv_set_f64(struct tk_kv_builder *b, const char *key,
			     double value, bool must)
{
	uint8_t bytes[8];

	tk_store_f64(bytes, value);
	return set(b, key, TK_KV_F64, (struct tk_bytes){bytes, 8}, must);
}

enum tk_status tk_kv_set_text(struct tk_kv_builder *b, const char *key,
			      struct tk_bytes text, bool must)
{
	return set(b, key, TK_KV_TEXT, text, must);
}

enum tk_status tk_kv_set_bytes(struct tk_kv_builder *b, const char *key,
			       struct tk_bytes bytes, bool must)
{
	return set(b, key, TK_KV_BYTES, bytes, must);
}

/* n native values of 8 bytes, whose bits are the same integer's. */
static enum tk_status set_array(struct tk_kv_builder *b, const char *key,
				enum tk_kv_type type, const void *values,
				size_t n, bool must)
{
	enum tk_status status;
	uint8_t *bytes;

	if (n > TK_MAX_VALUE / 8)
		return b->status = b->status ? b->status : TK_E_LIMIT;
	bytes = malloc(8 * n + 1);
	if (!bytes)
		return b->status = b->status ? b->status : TK_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, (const uint8_t *)values + 8 * i, 8);
		tk_store64(bytes + 8 * i, bits);
	}
	status = set(b, key, type, (struct tk_bytes){bytes, 8 * n}, must);
	free(bytes);
	return status;
}

enum tk_status tk_kv_set_u64s(struct tk_kv_builder *b, const char *key,
			      const uint64_t *values, size_t n, bool must)
{
	return set_array(b, key, TK_KV_U64S, values, n, must);
}

enum tk_status tk_kv_set_f64s(struct tk_kv_builder *b, const char *key,
			      const double *values, size_t n, bool must)
{
	return set_array(b, key, TK_KV_F64S, values, n, must);
}

static size_t encoded_size(const struct item *it)
{
	return sizeof(struct tk_disk_keyvalue) +
	       tk_kv_padded(strlen(it->key)) + tk_kv_padded(it->value_len);
}

static void encode(uint8_t *p, const struct item *it)
{
	size_t key_len = strlen(it->key);
	struct tk_disk_keyvalue e = {
		.key_len = tk_put16((uint16_t)key_len),
		.type = (uint8_t)it->type,
		.flags = it->must ? TK_KV_MUST : 0,
		.value_len = tk_put32((uint32_t)it->value_len),
	};

	memcpy(p, &e, sizeof(e));
	memcpy(p + sizeof(e), it->key, key_len);
	memcpy(p + sizeof(e) + tk_kv_padded(key_len), it->value,
	       it->value_len);
}

enum tk_status tk_kv_builder_finish(struct tk_bytes *out,
				    struct tk_kv_builder *b,
				    struct tk_error *err)
{
	size_t size = sizeof(struct tk_disk_keyvalues);
	size_t pos = size;

	if (b->status)
		return tk_fail(err, b->status, TK_NO_OFFSET, "%s",
			       tk_status_text(b->status));
	for (size_t i = 0; i < b->count; i++)
		size += encoded_size(&b->items[i]);
	if (size > TK_MAX_KEYVALUES)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "more than 16 MiB of keys and values");
	free(b->encoded);
	b->encoded = calloc(1, size);
	if (!b->encoded)
		return tk_fail_memory(err);
	tk_store32(b->encoded, (uint32_t)b->count);
	for (size_t i = 0; i < b->count; i++) {
		encode(b->encoded + pos, &b->items[i]);
		pos += encoded_size(&b->items[i]);
	}
	*out = (struct tk_bytes){b->encoded, size};
	return TK_OK;
}
