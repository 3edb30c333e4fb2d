/* SPDX-License-Identifier: MIT */
/*
 * gguf_parse.c - header, keys and values of a GGUF file
 *
 *     header    "GGUF", u32 version, u64 tensors, u64 keys
 *     key       string, u32 type, value
 *     string    u64 length, bytes
 *     array     u32 type, u64 count, elements
 *
 * Numbers are kept; of strings and arrays only the place is, and whoever
 * wants one reads it then.
 */
#include "gguf_parse.h"

#include <stdlib.h>
#include <string.h>

#include "little.h"

/* Longest key of the GGUF specification, and what all may take together. */
#define MAX_KEY 65535
#define MAX_KEYS_SIZE (16U << 20)
#define MAX_KEYS 65536

/* Bytes of a name in a message. */
#define MAX_SHOWN 80

/* Real files have some MiB in front of the tensor data. */
#define MAX_METADATA (UINT64_C(1) << 30)

/* An empty string, a type, and a value of one byte. */
#define MIN_KV_SIZE (8 + 4 + 1)

static const struct {
	const char *name;
	uint8_t size; /* bytes; of a string or array: at least */
} types[GGUF_N_TYPES] = {
	[GGUF_U8] = {"u8", 1},	       [GGUF_I8] = {"i8", 1},
	[GGUF_U16] = {"u16", 2},       [GGUF_I16] = {"i16", 2},
	[GGUF_U32] = {"u32", 4},       [GGUF_I32] = {"i32", 4},
	[GGUF_F32] = {"f32", 4},       [GGUF_BOOL] = {"bool", 1},
	[GGUF_STRING] = {"string", 8}, [GGUF_ARRAY] = {"array", 12},
	[GGUF_U64] = {"u64", 8},       [GGUF_I64] = {"i64", 8},
	[GGUF_F64] = {"f64", 8},
};

const char *gguf_type_name(enum gguf_type type)
{
	return types[type].name;
}

const char *gguf_shown(const struct gguf *g, const char *name)
{
	return source_quote(g->s, name, strlen(name), MAX_SHOWN);
}

/* ---- scanning ---- */

static uint64_t left(const struct gguf *g)
{
	return g->end - g->scan.offset;
}

static int fail_short(struct gguf *g, const char *what)
{
	if (g->end < g->file->size)
		return source_fail(g->s,
				   "%s: more than %llu bytes in front of the "
				   "tensor data (in %s)",
				   g->file->path, (unsigned long long)g->end,
				   what);
	return source_fail(g->s, "%s: ends at byte %llu, inside %s",
			   g->file->path, (unsigned long long)g->file->size,
			   what);
}

int gguf_take(const uint8_t **p, struct gguf *g, size_t n, const char *what)
{
	if (n > left(g)) {
		fail_short(g, what);
		return -1;
	}
	if (scan_fill(&g->scan, g->s, n) < 0)
		return -1;
	*p = g->scan.next;
	scan_skip(&g->scan, n);
	return 0;
}

static int take_u32(uint32_t *out, struct gguf *g, const char *what)
{
	const uint8_t *p;

	if (gguf_take(&p, g, 4, what))
		return -1;
	*out = little_u32(p);
	return 0;
}

static int take_u64(uint64_t *out, struct gguf *g, const char *what)
{
	const uint8_t *p;

	if (gguf_take(&p, g, 8, what))
		return -1;
	*out = little_u64(p);
	return 0;
}

int gguf_take_len(uint64_t *len, struct gguf *g, const char *what)
{
	uint64_t rest;

	if (take_u64(len, g, what))
		return -1;
	rest = g->file->size - g->scan.offset;
	if (*len > rest)
		return source_fail(g->s,
				   "%s: byte %llu: a string of %llu bytes in "
				   "%s, but only %llu are left",
				   g->file->path,
				   (unsigned long long)g->scan.offset - 8,
				   (unsigned long long)*len, what,
				   (unsigned long long)rest);
	return *len > left(g) ? fail_short(g, what) : 0;
}

/* Goes past n bytes, which are there. */
static void skip(struct gguf *g, uint64_t n)
{
	if (n <= (uint64_t)(g->scan.end - g->scan.next))
		scan_skip(&g->scan, (size_t)n);
	else
		scan_seek(&g->scan, g->scan.offset + n);
}

/* ---- values ---- */

static int skip_strings(struct gguf *g, uint64_t n, const char *what)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t len;

		if (gguf_take_len(&len, g, what))
			return -1;
		skip(g, len);
	}
	return 0;
}

/* A type, of a value or of elements. */
static int parse_type(enum gguf_type *out, struct gguf *g, const char *key)
{
	uint32_t type;

	if (take_u32(&type, g, key))
		return -1;
	if (type >= GGUF_N_TYPES)
		return source_fail(g->s, "%s: key %s: type %u does not exist",
				   g->file->path, key, type);
	*out = (enum gguf_type)type;
	return 0;
}

static int parse_array(struct gguf_kv *kv, struct gguf *g, const char *key)
{
	uint64_t rest;

	kv->is_array = true;
	if (parse_type(&kv->type, g, key))
		return -1;
	if (kv->type == GGUF_ARRAY)
		return source_fail(g->s, "%s: key %s: an array of arrays",
				   g->file->path, key);
	if (take_u64(&kv->n, g, key))
		return -1;
	rest = g->file->size - g->scan.offset;
	if (kv->n > rest / types[kv->type].size)
		return source_fail(g->s,
				   "%s: key %s: an array of %llu elements, but "
				   "only %llu bytes are left",
				   g->file->path, key,
				   (unsigned long long)kv->n,
				   (unsigned long long)rest);
	if (kv->n > left(g) / types[kv->type].size)
		return fail_short(g, key);
	kv->offset = g->scan.offset;
	if (kv->type == GGUF_STRING)
		return skip_strings(g, kv->n, key);
	skip(g, kv->n * types[kv->type].size);
	return 0;
}

static int parse_number(struct gguf_kv *kv, struct gguf *g, const char *key)
{
	const uint8_t *p;

	if (gguf_take(&p, g, types[kv->type].size, key))
		return -1;
	for (unsigned i = 0; i < types[kv->type].size; i++)
		kv->bits |= (uint64_t)p[i] << 8 * i;
	if (kv->type == GGUF_BOOL && kv->bits > 1)
		return source_fail(g->s,
				   "%s: key %s: a bool must be 0 or 1, not %u",
				   g->file->path, key, (unsigned)kv->bits);
	return 0;
}

/* The value, and 'what' it belongs to for messages. */
static int parse_value(struct gguf_kv *kv, struct gguf *g, const char *what)
{
	if (parse_type(&kv->type, g, what))
		return -1;
	if (kv->type == GGUF_ARRAY)
		return parse_array(kv, g, what);
	if (kv->type != GGUF_STRING)
		return parse_number(kv, g, what);
	if (gguf_take_len(&kv->n, g, what))
		return -1;
	kv->offset = g->scan.offset;
	skip(g, kv->n);
	return 0;
}

/* ---- keys ---- */

static int parse_key(struct gguf_kv *kv, struct gguf *g, uint64_t i)
{
	const uint8_t *p;
	uint64_t len;

	if (gguf_take_len(&len, g, "a key"))
		return -1;
	if (!len || len > MAX_KEY)
		return source_fail(g->s,
				   "%s: key %llu has %llu bytes; legal are 1 "
				   "to %d",
				   g->file->path, (unsigned long long)i,
				   (unsigned long long)len, MAX_KEY);
	if (gguf_take(&p, g, (size_t)len, "a key"))
		return -1;
	if (memchr(p, 0, (size_t)len))
		return source_fail(g->s, "%s: key %llu, %s, has a NUL in it",
				   g->file->path, (unsigned long long)i,
				   source_quote(g->s, p, (size_t)len,
						MAX_SHOWN));
	kv->key = source_strndup(g->s, p, (size_t)len);
	return kv->key ? 0 : -1;
}

static int by_key(const void *a, const void *b)
{
	const struct gguf_kv *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static int check_unique(const struct gguf *g)
{
	for (uint64_t i = 1; i < g->n_kv; i++) {
		const char *key = g->kv[i].key;

		if (!strcmp(g->kv[i - 1].key, key))
			return source_fail(g->s,
					   "%s: key %s stands there twice",
					   g->file->path,
					   gguf_shown(g, key));
	}
	return 0;
}

static int parse_keys(struct gguf *g)
{
	uint64_t size = 0;

	g->kv = source_alloc(g->s, (size_t)g->n_kv * sizeof(*g->kv));
	if (!g->kv)
		return -1;
	for (uint64_t i = 0; i < g->n_kv; i++) {
		struct gguf_kv *kv = &g->kv[i];

		if (parse_key(kv, g, i))
			return -1;
		size += strlen(kv->key);
		if (size > MAX_KEYS_SIZE)
			return source_fail(g->s,
					   "%s: the keys have more than %u "
					   "bytes",
					   g->file->path, MAX_KEYS_SIZE);
		if (parse_value(kv, g, gguf_shown(g, kv->key)))
			return -1;
	}
	qsort(g->kv, (size_t)g->n_kv, sizeof(*g->kv), by_key);
	return check_unique(g);
}

const struct gguf_kv *gguf_find(const struct gguf *g, const char *key)
{
	struct gguf_kv wanted = {.key = key};

	return bsearch(&wanted, g->kv, (size_t)g->n_kv, sizeof(*g->kv), by_key);
}

/* ---- the header ---- */

static int fail_big_endian(struct gguf *g)
{
	return source_fail(g->s,
			   "%s: a big-endian GGUF file; only little-endian "
			   "ones are read",
			   g->file->path);
}

static int check_version(struct gguf *g)
{
	const char *path = g->file->path;
	const uint32_t v = g->version;

	if (v == 2 || v == 3)
		return 0;
	if (v == 1)
		return source_fail(g->s,
				   "%s: GGUF version 1, of 2023; only 2 and 3 "
				   "are read: convert the model anew",
				   path);
	if (v && !(v & 0xffff))
		return fail_big_endian(g);
	return source_fail(g->s, "%s: GGUF version %u; only 2 and 3 are read",
			   path, v);
}

static int parse_header(struct gguf *g)
{
	const uint8_t *p;

	if (gguf_take(&p, g, 4, "the header"))
		return -1;
	if (!memcmp(p, "FUGG", 4))
		return fail_big_endian(g);
	if (memcmp(p, "GGUF", 4))
		return source_fail(g->s,
				   "%s: starts with %s, no GGUF file does",
				   g->file->path,
				   source_quote(g->s, p, 4, 4));
	if (take_u32(&g->version, g, "the header") || check_version(g) ||
	    take_u64(&g->n_tensors, g, "the header") ||
	    take_u64(&g->n_kv, g, "the header"))
		return -1;
	if (g->n_kv > MAX_KEYS || g->n_kv > left(g) / MIN_KV_SIZE)
		return source_fail(g->s,
				   "%s: says it has %llu keys; the limit is "
				   "%u, and %llu bytes are left for them",
				   g->file->path, (unsigned long long)g->n_kv,
				   MAX_KEYS, (unsigned long long)left(g));
	return 0;
}

int gguf_parse(struct gguf *g, struct source *s, const char *path)
{
	memset(g, 0, sizeof(*g));
	g->s = s;
	if (file_open(&g->file, s, path) ||
	    scan_open(&g->scan, s, g->file, GGUF_WINDOW))
		return -1;
	g->end = g->file->size < MAX_METADATA ? g->file->size : MAX_METADATA;
	if (parse_header(g) || parse_keys(g))
		return -1;
	return gguf_parse_tensors(g);
}
