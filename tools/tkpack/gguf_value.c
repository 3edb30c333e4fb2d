/* SPDX-License-Identifier: MIT */
/*
 * gguf_value.c - the value of a key of a GGUF file, as the type wanted
 */
#include "gguf_parse.h"

#include <string.h>

/* The key, or NULL with '*found' telling why. */
static const struct gguf_kv *find(const struct gguf *g, const char *key,
				  bool *found)
{
	const struct gguf_kv *kv = gguf_find(g, key);

	*found = kv != NULL;
	return kv;
}

static int fail_type(const struct gguf *g, const struct gguf_kv *kv,
		     const char *wanted)
{
	return source_fail(g->s, "%s: key %s is %s %s, not %s", g->file->path,
			   gguf_shown(g, kv->key),
			   kv->is_array ? "an array of" : "of type",
			   gguf_type_name(kv->type), wanted);
}

/* The number of a signed type, sign-extended. */
static int64_t signed_value(const struct gguf_kv *kv)
{
	switch (kv->type) {
	case GGUF_I8:
		return (int64_t)kv->bits - (kv->bits >> 7 ? 1 << 8 : 0);
	case GGUF_I16:
		return (int64_t)kv->bits - (kv->bits >> 15 ? 1 << 16 : 0);
	case GGUF_I32:
		return (int64_t)kv->bits -
		       (kv->bits >> 31 ? INT64_C(1) << 32 : 0);
	default:
		/* Two's complement without a conversion out of range. */
		return kv->bits >> 63 ? -1 - (int64_t)~kv->bits
				      : (int64_t)kv->bits;
	}
}

int gguf_get_u64(uint64_t *out, bool *found, const struct gguf *g,
		 const char *key)
{
	const struct gguf_kv *kv = find(g, key, found);

	if (!kv)
		return 0;
	if (kv->is_array)
		return fail_type(g, kv, "an integer");
	switch (kv->type) {
	case GGUF_U8:
	case GGUF_U16:
	case GGUF_U32:
	case GGUF_U64:
		*out = kv->bits;
		return 0;
	case GGUF_I8:
	case GGUF_I16:
	case GGUF_I32:
	case GGUF_I64:
		break;
	default:
		return fail_type(g, kv, "an integer");
	}
	if (signed_value(kv) < 0)
		return source_fail(g->s, "%s: key %s is %lld, below 0",
				   g->file->path, key,
				   (long long)signed_value(kv));
	*out = kv->bits;
	return 0;
}

int gguf_get_f64(double *out, bool *found, const struct gguf *g,
		 const char *key)
{
	const struct gguf_kv *kv = find(g, key, found);
	uint32_t bits;
	float x;

	if (!kv)
		return 0;
	if (kv->is_array || (kv->type != GGUF_F32 && kv->type != GGUF_F64))
		return fail_type(g, kv, "a real number");
	if (kv->type == GGUF_F64) {
		memcpy(out, &kv->bits, sizeof(*out));
		return 0;
	}
	bits = (uint32_t)kv->bits;
	memcpy(&x, &bits, sizeof(x));
	*out = x;
	return 0;
}

int gguf_get_bool(bool *out, bool *found, const struct gguf *g,
		  const char *key)
{
	const struct gguf_kv *kv = find(g, key, found);

	if (!kv)
		return 0;
	if (kv->is_array || kv->type != GGUF_BOOL)
		return fail_type(g, kv, "a bool");
	*out = kv->bits;
	return 0;
}

int gguf_get_text(const char **out, bool *found, const struct gguf *g,
		  const char *key, uint64_t limit)
{
	const struct gguf_kv *kv = find(g, key, found);
	char *text;

	if (!kv)
		return 0;
	if (kv->is_array || kv->type != GGUF_STRING)
		return fail_type(g, kv, "a string");
	if (kv->n > limit)
		return source_fail(g->s,
				   "%s: key %s has %llu bytes, the limit is "
				   "%llu",
				   g->file->path, key,
				   (unsigned long long)kv->n,
				   (unsigned long long)limit);
	text = source_alloc(g->s, (size_t)kv->n + 1);
	if (!text || file_read(g->s, g->file, text, kv->n, kv->offset))
		return -1;
	if (memchr(text, 0, (size_t)kv->n))
		return source_fail(g->s, "%s: the text of key %s has a NUL in "
					 "it",
				   g->file->path, key);
	*out = text;
	return 0;
}
