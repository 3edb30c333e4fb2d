/* SPDX-License-Identifier: MIT */
/*
 * safetensors.c - the header of a .safetensors file
 *
 * The outermost object is walked here and jansson is given one tensor's entry
 * at a time: a tree of the whole header would take twenty times its size.
 * Names are decoded in place, so the list points into the header's text.
 */
#include "safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "jsonwalk.h"
#include "little.h"

#define MAX_HEADER 100000000
/* "":{"dtype":"","shape":[],"data_offsets":[0,0]}, */
#define MIN_ENTRY 48

struct dtype {
	const char *name;
	unsigned bits;
	int elem;
};

static const struct dtype dtypes[] = {
	{"F32", 32, ELEM_F32},	{"F16", 16, ELEM_F16}, {"BF16", 16, ELEM_BF16},
	{"F64", 64, ELEM_F64},	{"BOOL", 8, -1},       {"U8", 8, -1},
	{"I8", 8, -1},		{"I16", 16, -1},       {"U16", 16, -1},
	{"I32", 32, -1},	{"U32", 32, -1},       {"I64", 64, -1},
	{"U64", 64, -1},	{"C64", 64, -1},       {"F8_E5M2", 8, -1},
	{"F8_E4M3", 8, -1},	{"F8_E8M0", 8, -1},    {"F8_E4M3FNUZ", 8, -1},
	{"F8_E5M2FNUZ", 8, -1}, {"F4", 4, -1},	       {"F6_E2M3", 6, -1},
	{"F6_E3M2", 6, -1},
};

/* A header while it is read. */
struct header {
	struct source *s;
	struct file *file;
	struct json_walk walk;
	struct tensor *tensors;
	size_t n;
	size_t capacity;
	bool has_metadata;
};

bool safetensors_sniff(const uint8_t *head, size_t len)
{
	if (len < 10 || little_u64(head) > MAX_HEADER || head[8] != '{')
		return false;
	return head[9] == '"' || head[9] == '}' || head[9] == ' ' ||
	       head[9] == '\n' || head[9] == '\r' || head[9] == '\t';
}

/* ---- one tensor's entry ---- */

static int fail_entry(struct header *h, const struct tensor *t,
		      const char *what)
{
	return source_fail(h->s, "%s: tensor %s: %s", h->file->path,
			   source_quote(h->s, t->name, t->name_len, 80), what);
}

/* field dtype; '*bits' 0 if unknown */
static int read_dtype(struct header *h, struct tensor *t, unsigned *bits,
		      const json_t *value)
{
	const char *word = json_string_value(value);

	if (!word || strlen(word) != json_string_length(value))
		return fail_entry(h, t, "its dtype is not a text");
	*bits = 0;
	t->elem = -1;
	for (size_t i = 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++) {
		if (strcmp(word, dtypes[i].name))
			continue;
		*bits = dtypes[i].bits;
		t->elem = dtypes[i].elem;
		t->dtype = dtypes[i].name;
		return 0;
	}
	t->dtype = source_strdup(h->s, word);
	return t->dtype ? 0 : -1;
}

/* field shape; '*elements' is the product */
static int read_shape(struct header *h, struct tensor *t, uint64_t *elements,
		      const json_t *value)
{
	size_t n = json_array_size(value);
	uint64_t dim, product = 1;
	bool empty = false;

	if (!json_is_array(value))
		return fail_entry(h, t, "its shape is not a list");
	for (size_t i = 0; i < n; i++) {
		if (!json_whole(json_array_get(value, i), &dim))
			return fail_entry(h, t,
					  "its shape is not of whole numbers");
		if (i < 2)
			t->shape[i] = dim;
		empty |= !dim;
		if (dim && product > UINT64_MAX / 64 / dim)
			return fail_entry(h, t, "its shape is too large");
		if (dim)
			product *= dim;
	}
	t->n_dims = n;
	*elements = empty ? 0 : product;
	return 0;
}

/* field data_offsets: BEGIN, END, from the end of the header */
static int read_offsets(struct header *h, struct tensor *t,
			const json_t *value)
{
	uint64_t data = 8 + (uint64_t)h->walk.t.len;
	uint64_t begin, end;

	if (!json_is_array(value) || json_array_size(value) != 2 ||
	    !json_whole(json_array_get(value, 0), &begin) ||
	    !json_whole(json_array_get(value, 1), &end) || end < begin)
		return fail_entry(h, t,
				  "its data_offsets are not two rising whole "
				  "numbers");
	if (end > h->file->size - data)
		return source_fail(h->s,
				   "%s: is cut: tensor %s ends at byte %llu, "
				   "the file at byte %llu",
				   h->file->path,
				   source_quote(h->s, t->name, t->name_len, 80),
				   (unsigned long long)(data + end),
				   (unsigned long long)h->file->size);
	t->offset = data + begin;
	t->size = end - begin;
	return 0;
}

static int read_fields(struct header *h, struct tensor *t,
		       const json_t *entry)
{
	uint64_t elements = 0;
	unsigned bits = 0;

	if (!json_is_object(entry) || json_object_size(entry) != 3)
		return fail_entry(h, t,
				  "is not an object of dtype, shape and "
				  "data_offsets");
	if (read_dtype(h, t, &bits, json_object_get(entry, "dtype")) ||
	    read_shape(h, t, &elements, json_object_get(entry, "shape")) ||
	    read_offsets(h, t, json_object_get(entry, "data_offsets")))
		return -1;
	/* elements <= 2^58, so this is exact */
	if (bits && (elements * bits % 8 || elements * bits / 8 != t->size))
		return source_fail(h->s,
				   "%s: tensor %s: %llu elements of %s do not "
				   "have %llu bytes",
				   h->file->path,
				   source_quote(h->s, t->name, t->name_len, 80),
				   (unsigned long long)elements, t->dtype,
				   (unsigned long long)t->size);
	return 0;
}

static int read_metadata(struct header *h)
{
	if (h->has_metadata)
		return source_fail(h->s, "%s: __metadata__ is there twice",
				   h->file->path);
	h->has_metadata = true;
	return walk_texts(&h->walk, "__metadata__");
}

static int read_entry(struct header *h)
{
	static const struct tk_bytes metadata = {
		(const uint8_t *)"__metadata__", 12};
	struct tensor t = {.file = h->file};
	struct tk_bytes name;
	json_t *value;
	int status;

	if (walk_name(&h->walk, &name, "a tensor's name"))
		return -1;
	if (!walk_compare_names(name, metadata))
		return read_metadata(h);
	value = json_value(&h->walk.t, &h->walk.at);
	if (!value)
		return -1;
	t.name = (const char *)name.ptr;
	t.name_len = name.len;
	if (h->n == h->capacity)
		status = walk_fail(&h->walk, "fewer tensors");
	else if (!(status = read_fields(h, &t, value)))
		h->tensors[h->n++] = t;
	json_decref(value);
	return status;
}

static int read_entries(struct header *h)
{
	struct json_walk *w = &h->walk;

	if (!walk_take(w, '{'))
		return walk_fail(w, "'{'");
	if (!walk_take(w, '}')) {
		do {
			if (read_entry(h))
				return -1;
		} while (walk_take(w, ','));
		walk_blanks(w);
		if (w->at == w->t.len || w->t.text[w->at] != '}')
			return walk_fail(w, "',' or '}'");
		w->at++;
	} else {
		/* walk_take() went past blanks that are not all padding */
		while (w->t.text[w->at - 1] != '}')
			w->at--;
	}
	while (w->at < w->t.len && w->t.text[w->at] == ' ')
		w->at++;
	return w->at == w->t.len ? 0 : walk_fail(w, "padding with spaces");
}

/* ---- all of them together ---- */

static int by_range(const void *pa, const void *pb)
{
	const struct tensor *a = pa, *b = pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return (a->size > b->size) - (a->size < b->size);
}

static int by_name(const void *pa, const void *pb)
{
	const struct tensor *a = pa, *b = pb;

	return walk_compare_names(
		(struct tk_bytes){(const uint8_t *)a->name, a->name_len},
		(struct tk_bytes){(const uint8_t *)b->name, b->name_len});
}

static int check_ranges(struct header *h)
{
	uint64_t end = 8 + (uint64_t)h->walk.t.len;

	qsort(h->tensors, h->n, sizeof(*h->tensors), by_range);
	for (size_t i = 0; i < h->n; i++) {
		const struct tensor *t = &h->tensors[i];

		if (t->offset != end)
			return source_fail(
				h->s,
				"%s: tensor %s begins at byte %llu, the one "
				"before it ends at byte %llu",
				h->file->path,
				source_quote(h->s, t->name, t->name_len, 80),
				(unsigned long long)t->offset,
				(unsigned long long)end);
		end += t->size;
	}
	if (end < h->file->size)
		source_note(h->s, "%s: %llu bytes behind the last tensor were "
				  "ignored",
			    h->file->path,
			    (unsigned long long)(h->file->size - end));
	return 0;
}

static int check_names(struct header *h)
{
	qsort(h->tensors, h->n, sizeof(*h->tensors), by_name);
	for (size_t i = 1; i < h->n; i++)
		if (!by_name(&h->tensors[i - 1], &h->tensors[i]))
			return source_fail(h->s, "%s: two tensors named %s",
					   h->file->path,
					   source_quote(h->s,
							h->tensors[i].name,
							h->tensors[i].name_len,
							80));
	return 0;
}

int safetensors_read(struct tensor_list *out, struct source *s,
		     struct file *f)
{
	struct header h = {.s = s, .file = f};
	struct json_text *text = &h.walk.t;
	uint8_t bytes[8];
	uint64_t n;

	if (file_read(s, f, bytes, 8, 0))
		return -1;
	n = little_u64(bytes);
	if (n < 2 || n > MAX_HEADER || n > f->size - 8)
		return source_fail(s,
				   "%s: a header of %llu bytes in a file of "
				   "%llu: not safetensors, or cut",
				   f->path, (unsigned long long)n,
				   (unsigned long long)f->size);
	*text = (struct json_text){s, f->path, NULL, (size_t)n, 8};
	h.capacity = text->len / MIN_ENTRY + 1;
	text->text = source_alloc(s, text->len);
	h.tensors = source_alloc(s, h.capacity * sizeof(*h.tensors));
	if (!text->text || !h.tensors ||
	    file_read(s, f, text->text, text->len, 8))
		return -1;
	if (text->text[0] != '{')
		return walk_fail(&h.walk, "'{'");
	if (json_tame(text) || read_entries(&h) || check_ranges(&h) ||
	    check_names(&h))
		return -1;
	out->at = h.tensors;
	out->n = h.n;
	return 0;
}

const struct tensor *tensor_find(const struct tensor_list *list,
				 const char *name)
{
	struct tensor key = {.name = name, .name_len = strlen(name)};

	if (!list->n)
		return NULL;
	return bsearch(&key, list->at, list->n, sizeof(*list->at), by_name);
}
