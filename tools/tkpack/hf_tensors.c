/* SPDX-License-Identifier: MIT */
/*
 * hf_tensors.c - tensors of a .safetensors file as tables of a source
 */
#include "hf_tensors.h"

#include <string.h>

#define COMPARE_SIZE (256 << 10)

static int check_type(struct source *s, const struct tensor *t)
{
	if (t->elem >= 0)
		return 0;
	return source_fail(s,
			   "%s: tensor %s is of type %s; only F32, F16, "
			   "BF16 and F64 are read: convert it first",
			   t->file->path,
			   source_quote(s, t->name, t->name_len, 80),
			   source_quote(s, t->dtype, strlen(t->dtype), 40));
}

int hf_matrix(struct table *out, struct source *s, const struct tensor *t)
{
	if (check_type(s, t))
		return -1;
	if (t->n_dims != 2 || !t->shape[0] || !t->shape[1])
		return source_fail(s,
				   "%s: tensor %s has %zu dimensions, or "
				   "is empty; a matrix is needed",
				   t->file->path,
				   source_quote(s, t->name, t->name_len, 80),
				   t->n_dims);
	out->name = t->name;
	out->rows = t->shape[0];
	out->cols = t->shape[1];
	out->elem = (enum elem)t->elem;
	return table_in_file(s, out, t->file, t->offset);
}

int hf_vector(struct table *out, struct source *s, const struct tensor *t,
	      uint64_t n)
{
	uint64_t have = t && t->n_dims == 1			  ? t->shape[0]
			: t && t->n_dims == 2 && t->shape[0] == 1 ? t->shape[1]
								  : 0;

	if (!t)
		return 0;
	if (check_type(s, t))
		return -1;
	if (have != n)
		return source_fail(s,
				   "%s: tensor %s has not the %llu "
				   "elements that are needed",
				   t->file->path,
				   source_quote(s, t->name, t->name_len, 80),
				   (unsigned long long)n);
	out->name = t->name;
	out->rows = 1;
	out->cols = n;
	out->elem = (enum elem)t->elem;
	return table_in_file(s, out, t->file, t->offset);
}

int hf_same_bytes(bool *same, struct source *s, const struct tensor *a,
		  const struct tensor *b)
{
	uint8_t *buffer = source_alloc(s, (size_t)2 * COMPARE_SIZE);
	uint64_t at = 0;

	*same = a->elem == b->elem && a->size == b->size &&
		a->shape[0] == b->shape[0] && a->n_dims == b->n_dims;
	if (!buffer)
		return -1;
	while (*same && at < a->size) {
		const uint64_t left = a->size - at;
		const size_t n = left < COMPARE_SIZE ? (size_t)left
						     : COMPARE_SIZE;

		if (file_read(s, a->file, buffer, n, a->offset + at) ||
		    file_read(s, b->file, buffer + n, n, b->offset + at))
			return -1;
		*same = !memcmp(buffer, buffer + n, n);
		at += n;
	}
	return 0;
}
