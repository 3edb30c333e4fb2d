/* SPDX-License-Identifier: MIT */
/*
 * weights.c - the tensors of one .safetensors file, or of a sharded model
 */
#include "weights.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define MAX_NAME 255 /* bytes of a file's name */
#define MAX_LISTED 20

struct weights_row {
	const char *name; /* of the tensor */
	const char *shard_name;
	size_t shard;
};

struct weights_shard {
	const char *name;
	const char *path;
	size_t n_rows;
	bool open;
	struct tensor_list tensors;
};

int weights_open_file(struct weights *w, struct source *s, const char *path)
{
	struct file *f;

	memset(w, 0, sizeof(*w));
	if (file_open(&f, s, path))
		return -1;
	w->path = f->path;
	return safetensors_read(&w->file, s, f);
}

/* ---- the index ---- */

/* One plain name in the directory; what it links to is not judged. */
static int check_shard_name(struct source *s, const char *path,
			    const json_t *value)
{
	const char *name = json_string_value(value);
	size_t len = json_string_length(value);
	bool plain = name && len && len <= MAX_NAME;

	for (size_t i = 0; plain && i < len; i++)
		plain = name[i] > 0x20 && name[i] < 0x7f && name[i] != '/' &&
			name[i] != '\\' && name[i] != ':';
	if (plain && strcmp(name, ".") && strcmp(name, ".."))
		return 0;
	if (!name)
		return source_fail(s, "%s: weight_map holds %s, not a file "
				      "name",
				   path, json_kind(value));
	return source_fail(s, "%s: %s is not the name of a file beside it",
			   path, source_quote(s, name, len, 80));
}

static int by_shard_name(const void *pa, const void *pb)
{
	const struct weights_row *a = pa, *b = pb;

	return strcmp(a->shard_name, b->shard_name);
}

static int by_tensor_name(const void *pa, const void *pb)
{
	const struct weights_row *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

static int copy_rows(struct weights *w, struct source *s,
		     const struct doc *d, json_t *map)
{
	json_t *value;
	const char *key;

	w->rows = source_alloc(s, (json_object_size(map) + 1) *
					  sizeof(*w->rows));
	if (!w->rows)
		return -1;
	json_object_foreach(map, key, value) {
		struct weights_row *r = &w->rows[w->n_rows];

		if (check_shard_name(s, d->path, value))
			return -1;
		r->name = source_strdup(s, key);
		r->shard_name = source_strdup(s, json_string_value(value));
		if (!r->name || !r->shard_name)
			return -1;
		w->n_rows++;
	}
	return 0;
}

/* Numbers the shards in the order of their names. */
static int make_shards(struct weights *w, struct source *s,
		       const char *directory)
{
	qsort(w->rows, w->n_rows, sizeof(*w->rows), by_shard_name);
	w->shards = source_alloc(s, (w->n_rows + 1) * sizeof(*w->shards));
	if (!w->shards)
		return -1;
	for (size_t i = 0; i < w->n_rows; i++) {
		struct weights_row *r = &w->rows[i];
		struct weights_shard *last = w->shards + w->n_shards;

		if (!w->n_shards || strcmp(last[-1].name, r->shard_name)) {
			last->name = r->shard_name;
			last->path = source_printf(s, "%s/%s", directory,
						   r->shard_name);
			if (!last->path)
				return -1;
			w->n_shards++;
		}
		r->shard = w->n_shards - 1;
		w->shards[r->shard].n_rows++;
	}
	qsort(w->rows, w->n_rows, sizeof(*w->rows), by_tensor_name);
	return 0;
}

int weights_open_index(struct weights *w, struct source *s,
		       const char *directory, const char *path)
{
	struct doc d;
	const json_t *map = NULL;
	int status;

	memset(w, 0, sizeof(*w));
	if (doc_open(&d, s, path))
		return -1;
	w->path = d.path;
	status = doc_object(&d, d.root, "weight_map", &map);
	if (!status && !map)
		status = source_fail(s, "%s: has no weight_map", path);
	if (!status)
		status = copy_rows(w, s, &d,
				   json_object_get(d.root, "weight_map"));
	doc_close(&d);
	return status ? -1 : make_shards(w, s, directory);
}

/* ---- tensors ---- */

static const struct weights_row *find_row(const struct weights *w,
					  const char *name)
{
	struct weights_row key = {.name = name};

	if (!w->n_rows)
		return NULL;
	return bsearch(&key, w->rows, w->n_rows, sizeof(key), by_tensor_name);
}

bool weights_has(const struct weights *w, const char *name)
{
	return w->rows ? find_row(w, name) != NULL
		       : tensor_find(&w->file, name) != NULL;
}

/* The index and the shard must tell the same. */
static int check_shard(const struct weights *w, struct source *s, size_t i)
{
	const struct weights_shard *shard = &w->shards[i];
	const struct tensor_list *l = &shard->tensors;

	for (size_t k = 0; k < l->n; k++) {
		const struct weights_row *r = find_row(w, l->at[k].name);
		const char *name = source_quote(s, l->at[k].name,
						l->at[k].name_len, 80);

		if (!r || strlen(l->at[k].name) != l->at[k].name_len)
			return source_fail(s, "%s: has tensor %s, which is "
					      "not in %s",
					   shard->path, name, w->path);
		if (r->shard != i)
			return source_fail(s, "%s: has tensor %s, which "
					      "belongs in %s by %s",
					   shard->path, name, r->shard_name,
					   w->path);
	}
	for (size_t k = 0; k < w->n_rows && l->n != shard->n_rows; k++)
		if (w->rows[k].shard == i && !tensor_find(l, w->rows[k].name))
			return source_fail(s, "%s: has no tensor %s, which %s "
					      "says is there",
					   shard->path,
					   source_quote(s, w->rows[k].name,
							strlen(w->rows[k].name),
							80),
					   w->path);
	return 0;
}

static int open_shard(struct weights *w, struct source *s, size_t i)
{
	struct weights_shard *shard = &w->shards[i];
	struct file *f;

	if (shard->open)
		return 0;
	if (file_open(&f, s, shard->path) ||
	    safetensors_read(&shard->tensors, s, f) || check_shard(w, s, i))
		return -1;
	shard->open = true;
	return 0;
}

int weights_get(const struct tensor **out, struct weights *w,
		struct source *s, const char *name)
{
	const struct weights_row *r = w->rows ? find_row(w, name) : NULL;
	const struct tensor_list *l = &w->file;

	if (r) {
		if (open_shard(w, s, r->shard))
			return -1;
		l = &w->shards[r->shard].tensors;
	}
	*out = tensor_find(l, name);
	if (!*out)
		return source_fail(s, "%s: has no tensor %s", w->path,
				   source_quote(s, name, strlen(name), 80));
	return 0;
}

const char *weights_file_of(const struct tensor *t)
{
	const char *slash = strrchr(t->file->path, '/');

	return slash ? slash + 1 : t->file->path;
}

/* ---- for messages ---- */

static const char *append(struct source *s, const char *list,
			  const char *name, size_t len)
{
	const char *quoted = source_quote(s, name, len, 80);
	const char *longer =
		list ? source_printf(s, "%s, %s", list, quoted) : quoted;

	return longer ? longer : list;
}

static bool may_be(const char *name)
{
	return strstr(name, "emb") || strstr(name, "wte") ||
	       strstr(name, "head");
}

const char *weights_candidates(const struct weights *w, struct source *s,
			       uint64_t rows)
{
	const char *list = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < w->n_rows && n < MAX_LISTED; i++) {
		if (!may_be(w->rows[i].name))
			continue;
		list = append(s, list, w->rows[i].name,
			      strlen(w->rows[i].name));
		n++;
	}
	for (size_t i = 0; i < w->file.n && n < MAX_LISTED; i++) {
		const struct tensor *t = &w->file.at[i];

		if (t->n_dims != 2 || t->elem < 0 ||
		    (rows && t->shape[0] != rows))
			continue;
		list = append(s, list, t->name, t->name_len);
		n++;
	}
	return list ? list : "none";
}
