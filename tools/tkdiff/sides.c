/* SPDX-License-Identifier: MIT */
/*
 * sides.c - the two files, and what their tables tell
 */
#include "tkdiff.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

const char *const identity_names[] = {
	[IDENTITY_NONE] = "none",
	[IDENTITY_VALUE] = "value",
	[IDENTITY_CONTENT] = "content",
	[IDENTITY_FILE] = "file",
};

void *zeros(uint64_t n, size_t size)
{
	void *p = n > SIZE_MAX / size ? NULL : calloc(n ? (size_t)n : 1, size);

	if (!p)
		cli_die("out of memory (%llu x %zu bytes)",
			(unsigned long long)n, size);
	return p;
}

void side_open(struct side *s, const char *path)
{
	struct tk_error err;

	s->path = path;
	s->file = cli_open_container(path, &err);
	if (!s->file)
		cli_die_unopened(path, &err);
}

void side_verify(const struct side *s, uint32_t kind, bool all)
{
	const size_t i = tk_container_find(s->file, kind);
	struct tk_error err;
	enum tk_status status;

	if (i == TK_NO_SECTION)
		return;
	status = tk_container_verify_digests(s->file, i, &err);
	if (!status && all)
		status = tk_container_verify_bytes(
			s->file, i, 0, tk_container_section(s->file, i).size,
			&err);
	if (status)
		cli_die_error(s->path, &err);
}

void side_open_model(struct side *s, bool all_tokens)
{
	const struct tk_container *c = s->file;
	struct tk_error err;

	if (tk_is_archive(c)) {
		/* The view has compared them with their digests. */
		if (tk_archive_view(&s->view, c, &err))
			cli_die_error(s->path, &err);
		c = s->view;
	} else {
		side_verify(s, TK_KIND_HPARAMS, true);
		side_verify(s, TK_KIND_TOKENIZER, true);
		side_verify(s, TK_KIND_VOCAB, all_tokens);
	}
	if (tk_model_open(&s->model, c, &err))
		cli_die_error(s->path, &err);
}

void side_close(struct side *s)
{
	tk_model_close(s->model);
	tk_container_close(s->view);
}

static bool is_same_digest(struct tk_digest a, struct tk_digest b)
{
	return !memcmp(a.b, b.b, sizeof(a.b));
}

enum identity sides_identity(const struct side *a, const struct side *b)
{
	const struct tk_file_info x = tk_container_info(a->file);
	const struct tk_file_info y = tk_container_info(b->file);

	if (is_same_digest(x.file, y.file))
		return IDENTITY_FILE;
	return is_same_digest(x.content, y.content) ? IDENTITY_CONTENT
						    : IDENTITY_NONE;
}

/* ---- sections ---- */

/* All but the digests. */
static struct tk_section *list_sections(size_t *n, const struct side *s)
{
	struct tk_section *list;

	*n = tk_container_count(s->file) - 1;
	list = zeros(*n, sizeof(*list));
	for (size_t i = 0; i < *n; i++)
		list[i] = tk_container_section(s->file, i);
	return list;
}

/* Their order in every file. */
static int compare_places(const struct tk_section *a,
			  const struct tk_section *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

static bool is_same_section(const struct tk_section *a,
			    const struct tk_section *b)
{
	return is_same_digest(a->digest, b->digest) && a->size == b->size &&
	       a->dtype == b->dtype && a->rows == b->rows &&
	       a->cols == b->cols;
}

static void add(struct section_diffs *out, const struct tk_section *a,
		const struct tk_section *b)
{
	const struct tk_section *s = a ? a : b;
	const uint32_t flags = TK_SECTION_DERIVED | TK_SECTION_NOTE;

	if (a && b && is_same_section(a, b))
		return;
	out->list[out->n++] = (struct section_diff){
		.kind = s->kind,
		.name = s->name,
		.a = a,
		.b = b,
		.counts = !((a ? a : b)->flags & flags) ||
			  !((b ? b : a)->flags & flags)};
}

void sections_compare(struct section_diffs *out, const struct side *a,
		      const struct side *b)
{
	size_t n, m, i = 0, j = 0;

	out->a = list_sections(&n, a);
	out->b = list_sections(&m, b);
	out->n = 0;
	out->list = zeros(n + m, sizeof(*out->list));
	while (i < n || j < m) {
		int order = i == n   ? 1
			    : j == m ? -1
				     : compare_places(&out->a[i], &out->b[j]);

		if (order < 0)
			add(out, &out->a[i++], NULL);
		else if (order > 0)
			add(out, NULL, &out->b[j++]);
		else
			add(out, &out->a[i++], &out->b[j++]);
	}
}

void sections_free(struct section_diffs *d)
{
	free(d->list);
	free(d->a);
	free(d->b);
}
