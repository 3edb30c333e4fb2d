/* SPDX-License-Identifier: MIT */
/*
 * hf_vocab.c - from the entries of a JSON vocabulary to tokens
 */
#include "hf_vocab.h"

#include <stdlib.h>
#include <string.h>

#include "bytelevel.h"

struct hf_added {
	uint64_t id;
	const char *text;
	size_t len;
	bool special;
	bool done; /* put already */
};

/* ---- added tokens ---- */

int hf_vocab_added(struct hf_vocab *v, uint64_t id, const char *text,
		   size_t len, bool special)
{
	struct hf_added *a;

	if (v->n_added == v->added_capacity) {
		size_t more = v->n_added ? 2 * v->n_added : 64;

		a = source_alloc(v->s, more * sizeof(*a));
		if (!a)
			return -1;
		if (v->n_added)
			memcpy(a, v->added, v->n_added * sizeof(*a));
		v->added = a;
		v->added_capacity = more;
	}
	a = &v->added[v->n_added];
	*a = (struct hf_added){id, source_strndup(v->s, text, len), len,
			       special, false};
	if (!a->text)
		return -1;
	v->n_added++;
	return 0;
}

static int by_id(const void *pa, const void *pb)
{
	const struct hf_added *a = pa, *b = pb;

	return (a->id > b->id) - (a->id < b->id);
}

static struct hf_added *find_added(const struct hf_vocab *v, uint64_t id)
{
	struct hf_added key = {.id = id};

	if (!v->n_added)
		return NULL;
	return bsearch(&key, v->added, v->n_added, sizeof(key), by_id);
}

static bool same_text(const struct hf_added *a, const char *text, size_t len)
{
	return a->len == len && !memcmp(a->text, text, len);
}

static int fail_two(const struct hf_vocab *v, const struct hf_added *a,
		    const char *text, size_t len)
{
	return source_fail(v->s, "%s: id %llu is %s, but %s as an added token",
			   v->path, (unsigned long long)a->id,
			   source_quote(v->s, text, len, 60),
			   source_quote(v->s, a->text, a->len, 60));
}

/* Two files may name the same token; then it is one. */
static int merge_added(struct hf_vocab *v)
{
	size_t n = 0;

	if (!v->n_added)
		return 0;
	qsort(v->added, v->n_added, sizeof(*v->added), by_id);
	for (size_t i = 1; i < v->n_added; i++) {
		struct hf_added *a = &v->added[n];
		const struct hf_added *b = &v->added[i];

		if (a->id != b->id)
			v->added[++n] = *b;
		else if (same_text(a, b->text, b->len))
			a->special |= b->special;
		else
			return fail_two(v, a, b->text, b->len);
	}
	v->n_added = n + 1;
	return 0;
}

/* ---- how many there are ---- */

int hf_vocab_size(struct hf_vocab *v, uint64_t n, uint64_t file_size)
{
	if (merge_added(v))
		return -1;
	if (v->n_added && v->added[v->n_added - 1].id >= n) {
		n = v->added[v->n_added - 1].id;
		n += n < UINT64_MAX;
	}
	if (!n)
		return source_fail(v->s, "%s: has no tokens", v->path);
	if (v->rows && n > v->rows)
		return source_fail(v->s, "%s: ids up to %llu, that is %llu "
				      "tokens, but %s has %llu rows",
				   v->path, (unsigned long long)(n - 1),
				   (unsigned long long)n, v->rows_of,
				   (unsigned long long)v->rows);
	/* an entry has at least 4 bytes of text */
	if (!v->rows && n > file_size / 4 + 1024)
		return source_fail(v->s, "%s: id %llu is far beyond the "
				      "number of tokens",
				   v->path, (unsigned long long)(n - 1));
	if (v->vocab_size && n > v->vocab_size)
		source_note(v->s, "%s: %llu tokens, though config.json has "
				  "vocab_size %llu; %s has %llu rows",
			    v->path, (unsigned long long)n,
			    (unsigned long long)v->vocab_size,
			    v->rows_of ? v->rows_of : "W_E",
			    (unsigned long long)v->rows);
	return 0;
}

/* ---- entries ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "<0x0A>" */
static int byte_of(const char *text, size_t len)
{
	if (len != 6 || memcmp(text, "<0x", 3) || text[5] != '>' ||
	    hex(text[3]) < 0 || hex(text[4]) < 0)
		return -1;
	return hex(text[3]) << 4 | hex(text[4]);
}

static int make_room(struct hf_vocab *v, size_t len)
{
	if (len <= v->scratch_size)
		return 0;
	/* a token that is longer is refused by tokens_put() */
	v->scratch_size = len > 65536 ? len : 65536;
	v->scratch = source_alloc(v->s, v->scratch_size);
	return v->scratch ? 0 : -1;
}

static size_t spaces_back(uint8_t *dst, const char *text, size_t len,
			  const char *space)
{
	size_t n = strlen(space), out = 0;

	for (size_t i = 0; i < len;) {
		if (n && len - i >= n && !memcmp(text + i, space, n)) {
			dst[out++] = ' ';
			i += n;
		} else {
			dst[out++] = (uint8_t)text[i++];
		}
	}
	return out;
}

static int put_decoded(struct hf_vocab *v, uint64_t id, const char *text,
		       size_t len, enum tk_token_kind kind)
{
	int byte = v->byte_tokens ? byte_of(text, len) : -1;
	uint8_t value = (uint8_t)byte;
	size_t n = len;

	if (byte >= 0)
		return tokens_put(v->s, id, &value, 1, TK_TOKEN_BYTE);
	if (make_room(v, len))
		return -1;
	if (v->style == HF_BYTES) {
		n = bytelevel_decode(v->scratch, text, len);
		/* the reference, too, then takes the text itself */
		v->undecoded += n == SIZE_MAX;
	} else if (v->style == HF_PIECES) {
		n = spaces_back(v->scratch, text, len, v->space);
	}
	if (v->style == HF_PLAIN || n == SIZE_MAX)
		return tokens_put(v->s, id, text, len, kind);
	return tokens_put(v->s, id, v->scratch, n, kind);
}

static enum tk_token_kind kind_of(const struct hf_added *a)
{
	return a->special ? TK_TOKEN_CONTROL : TK_TOKEN_USER;
}

/*
 * An added token is plain text, even in a byte-level vocabulary.  Only that
 * U+2581 is a space holds for it too, unless it is special: then the text has
 * U+2581 itself.
 */
static int put_added(struct hf_vocab *v, struct hf_added *a)
{
	a->done = true;
	if (v->style == HF_BYTES || a->special)
		return tokens_put(v->s, a->id, a->text, a->len, kind_of(a));
	return put_decoded(v, a->id, a->text, a->len, kind_of(a));
}

static int fail_twice(const struct hf_vocab *v, uint64_t id,
		      const char *text, size_t len)
{
	struct tk_bytes old = tokens_get(v->s, id);

	return source_fail(v->s, "%s: id %llu stands for %s and for %s",
			   v->path, (unsigned long long)id,
			   source_quote(v->s, old.ptr, old.len, 60),
			   source_quote(v->s, text, len, 60));
}

int hf_vocab_put(struct hf_vocab *v, uint64_t id, const char *text,
		 size_t len)
{
	struct hf_added *a = find_added(v, id);

	if (tokens_has(v->s, id))
		return fail_twice(v, id, text, len);
	if (!a)
		return put_decoded(v, id, text, len, TK_TOKEN_NORMAL);
	if (!same_text(a, text, len))
		return fail_two(v, a, text, len);
	return put_added(v, a);
}

static int fail_id(const struct hf_vocab *v, const char *key,
		   const json_t *value)
{
	return source_fail(v->s, "%s: the id of %s is %s, not a whole number "
			      "from 0",
			   v->path, source_quote(v->s, key, strlen(key), 60),
			   json_is_integer(value) ? "below 0"
						  : json_kind(value));
}

int hf_vocab_map(struct hf_vocab *v, json_t *map, uint64_t file_size)
{
	uint64_t id, n = 0;
	const char *key;
	json_t *value;

	json_object_foreach(map, key, value) {
		if (!json_whole(value, &id))
			return fail_id(v, key, value);
		if (id >= n)
			n = id + 1;
	}
	if (hf_vocab_size(v, n, file_size))
		return -1;
	json_object_foreach(map, key, value) {
		json_whole(value, &id);
		if (hf_vocab_put(v, id, key, strlen(key)))
			return -1;
	}
	return 0;
}

static void note_gaps(struct source *s, const char *path)
{
	uint64_t gaps = 0;

	for (uint32_t i = 0; i < s->tokens.n; i++)
		gaps += !tokens_has(s, i);
	if (!gaps)
		return;
	s->tokens.has_kinds = true;
	source_note(s, "%s: %llu ids have no token; they are stored as unused",
		    path, (unsigned long long)gaps);
}

int hf_vocab_finish(struct hf_vocab *v)
{
	for (size_t i = 0; i < v->n_added; i++) {
		struct hf_added *a = &v->added[i];

		if (!a->done && put_added(v, a))
			return -1;
	}
	if (v->undecoded)
		source_note(v->s, "%s: %llu entries are not written in "
				  "GPT-2's byte alphabet and were kept as they "
				  "stand",
			    v->path, (unsigned long long)v->undecoded);
	note_gaps(v->s, v->path);
	return 0;
}
