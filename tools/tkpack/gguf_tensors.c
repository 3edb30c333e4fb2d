/* SPDX-License-Identifier: MIT */
/*
 * gguf_tensors.c - the tensors of a GGUF file: shape, type, place
 *
 *     tensor    string name, u32 dimensions, u64 ne[], u32 type, u64 offset
 *
 * The tensors lie in the order in which they are named, each at a multiple
 * of the alignment, without any other gap; the reference reader demands it
 * too.  All are checked, also those that nobody wants: a header that is wrong
 * in one place can't be trusted in another.
 */
#include "gguf_parse.h"

#include <stdlib.h>
#include <string.h>

#include "little.h"

#define MAX_TENSORS (1U << 18)
#define MAX_NAME 63
#define MAX_DIMS 4

#define DEFAULT_ALIGNMENT 32
#define MAX_ALIGNMENT (1U << 20)

/* A name of one byte, no dimension, type and offset. */
#define MIN_TENSOR_SIZE (8 + 1 + 4 + 4 + 8)

/* No element type of tkpack's own. */
#define FOREIGN (-1)

/* ggml's types by number; those without a name were removed from ggml. */
static const struct {
	const char *name;
	uint16_t block; /* elements */
	uint16_t bytes; /* of a block */
	int elem;	/* enum elem, or FOREIGN */
} types[] = {
	[0] = {"F32", 1, 4, ELEM_F32},
	[1] = {"F16", 1, 2, ELEM_F16},
	[2] = {"Q4_0", 32, 18, ELEM_Q4_0},
	[3] = {"Q4_1", 32, 20, ELEM_Q4_1},
	[6] = {"Q5_0", 32, 22, ELEM_Q5_0},
	[7] = {"Q5_1", 32, 24, ELEM_Q5_1},
	[8] = {"Q8_0", 32, 34, ELEM_Q8_0},
	[9] = {"Q8_1", 32, 36, FOREIGN},
	[10] = {"Q2_K", 256, 84, ELEM_Q2_K},
	[11] = {"Q3_K", 256, 110, ELEM_Q3_K},
	[12] = {"Q4_K", 256, 144, ELEM_Q4_K},
	[13] = {"Q5_K", 256, 176, ELEM_Q5_K},
	[14] = {"Q6_K", 256, 210, ELEM_Q6_K},
	[15] = {"Q8_K", 256, 292, FOREIGN},
	[16] = {"IQ2_
static int find_alignment(uint64_t *out, const struct gguf *g)
{
	const struct gguf_kv *kv = gguf_find(g, "general.alignment");

	*out = DEFAULT_ALIGNMENT;
	if (!kv)
		return 0;
	if (kv->is_array || kv->type != GGUF_U32)
		return source_fail(g->s,
				   "%s: general.alignment must be of type u32, "
				   "not %s%s",
				   g->file->path,
				   kv->is_array ? "an array of " : "",
				   gguf_type_name(kv->type));
	if (!kv->bits || kv->bits & (kv->bits - 1) || kv->bits > MAX_ALIGNMENT)
		return source_fail(g->s,
				   "%s: general.alignment is %llu; it must be "
				   "a power of two, at most %u",
				   g->file->path, (unsigned long long)kv->bits,
				   MAX_ALIGNMENT);
	*out = kv->bits;
	return 0;
}

static int fail_cut(struct gguf *g, const struct gguf_tensor *t)
{
	return source_fail(g->s,
			   "%s: ends at byte %llu, before the end of tensor %s "
			   "(%llu bytes at offset %llu of the data); was it "
			   "cut?",
			   g->file->path, (unsigned long long)g->file->size,
			   gguf_shown(g, t->name), (unsigned long long)t->size,
			   (unsigned long long)t->offset);
}

/* Offsets become the file's; every tensor must lie inside it. */
static int place(struct gguf *g, uint64_t alignment)
{
	uint64_t data = g->scan.offset;
	uint64_t room;

	if (!round_up(&data, alignment) || data > g->file->size)
		return fail_cut(g, &g->tensors[0]);
	room = g->file->size - data;
	for (uint64_t i = 0; i < g->n_tensors; i++) {
		struct gguf_tensor *t = &g->tensors[i];

		if (t->offset > room || t->size > room - t->offset)
			return fail_cut(g, t);
		t->offset += data;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct gguf_tensor *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int check_unique(const struct gguf *g)
{
	for (uint64_t i = 1; i < g->n_tensors; i++)
		if (!by_name(&g->tensors[i - 1], &g->tensors[i]))
			return source_fail(g->s,
					   "%s: there are two tensors %s",
					   g->file->path,
					   gguf_shown(g, g->tensors[i].name));
	return 0;
}

int gguf_parse_tensors(struct gguf *g)
{
	uint64_t bytes = g->end - g->scan.offset;
	uint64_t next = 0, alignment;

	if (g->n_tensors > MAX_TENSORS ||
	    g->n_tensors > bytes / MIN_TENSOR_SIZE)
		return source_fail(g->s,
				   "%s: says it has %llu tensors; the limit is "
				   "%u, and %llu bytes are left for them",
				   g->file->path,
				   (unsigned long long)g->n_tensors,
				   MAX_TENSORS, (unsigned long long)bytes);
	if (find_alignment(&alignment, g))
		return -1;
	g->tensors = source_alloc(g->s, (size_t)g->n_tensors *
						sizeof(*g->tensors));
	if (!g->tensors)
		return -1;
	for (uint64_t i = 0; i < g->n_tensors; i++) {
		struct gguf_tensor *t = &g->tensors[i];

		if (parse_name(t, g, i) || parse_dims(t, g) ||
		    parse_type(t, g) || find_size(t, g) ||
		    parse_offset(t, g, alignment, &next))
			return -1;
	}
	if (g->n_tensors && place(g, alignment))
		return -1;
	qsort(g->tensors, (size_t)g->n_tensors, sizeof(*g->tensors), by_name);
	return check_unique(g);
}

const struct gguf_tensor *gguf_find_tensor(const struct gguf *g,
					   const char *name)
{
	struct gguf_tensor wanted = {.name = name};

	return bsearch(&wanted, g->tensors, (size_t)g->n_tensors,
		       sizeof(*g->tensors), by_name);
}
