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
	[16] = {"IQ2_XXS", 256, 66, FOREIGN},
	[17] = {"IQ2_XS", 256, 74, FOREIGN},
	[18] = {"IQ3_XXS", 256, 98, FOREIGN},
	[19] = {"IQ1_S", 256, 50, FOREIGN},
	[20] = {"IQ4_NL", 32, 18, ELEM_IQ4_NL},
	[21] = {"IQ3_S", 256, 110, FOREIGN},
	[22] = {"IQ2_S", 256, 82, FOREIGN},
	[23] = {"IQ4_XS", 256, 136, ELEM_IQ4_XS},
	[24] = {"I8", 1, 1, FOREIGN},
	[25] = {"I16", 1, 2, FOREIGN},
	[26] = {"I32", 1, 4, FOREIGN},
	[27] = {"I64", 1, 8, FOREIGN},
	[28] = {"F64", 1, 8, ELEM_F64},
	[29] = {"IQ1_M", 256, 56, FOREIGN},
	[30] = {"BF16", 1, 2, ELEM_BF16},
	[34] = {"TQ1_0", 256, 54, FOREIGN},
	[35] = {"TQ2_0", 256, 66, FOREIGN},
	[39] = {"MXFP4", 32, 17, FOREIGN},
	[40] = {"NVFP4", 64, 36, FOREIGN},
	[41] = {"Q1_0", 128, 18, FOREIGN},
	[42] = {"Q2_0", 64, 18, FOREIGN},
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

const char *gguf_tensor_type_name(uint32_t type)
{
	return types[type].name;
}

int gguf_tensor_elem(uint32_t type)
{
	return types[type].elem;
}

static int take_u32(uint32_t *out, struct gguf *g)
{
	const uint8_t *p;

	if (gguf_take(&p, g, 4, "the list of tensors"))
		return -1;
	*out = little_u32(p);
	return 0;
}

static int take_u64(uint64_t *out, struct gguf *g)
{
	const uint8_t *p;

	if (gguf_take(&p, g, 8, "the list of tensors"))
		return -1;
	*out = little_u64(p);
	return 0;
}

static int parse_name(struct gguf_tensor *t, struct gguf *g, uint64_t i)
{
	const uint8_t *p;
	uint64_t len;

	if (gguf_take_len(&len, g, "a tensor's name"))
		return -1;
	if (!len || len > MAX_NAME)
		return source_fail(g->s,
				   "%s: the name of tensor %llu has %llu "
				   "bytes; legal are 1 to %d",
				   g->file->path, (unsigned long long)i,
				   (unsigned long long)len, MAX_NAME);
	if (gguf_take(&p, g, (size_t)len, "a tensor's name"))
		return -1;
	if (memchr(p, 0, (size_t)len))
		return source_fail(g->s,
				   "%s: the name of tensor %llu, %s, has a "
				   "NUL in it",
				   g->file->path, (unsigned long long)i,
				   source_quote(g->s, p, (size_t)len,
						MAX_NAME));
	t->name = source_strndup(g->s, p, (size_t)len);
	return t->name ? 0 : -1;
}

static int parse_dims(struct gguf_tensor *t, struct gguf *g)
{
	if (take_u32(&t->n_dims, g))
		return -1;
	if (t->n_dims > MAX_DIMS)
		return source_fail(g->s,
				   "%s: tensor %s has %u dimensions, the "
				   "limit is %d",
				   g->file->path, gguf_shown(g, t->name),
				   t->n_dims, MAX_DIMS);
	for (unsigned d = 0; d < MAX_DIMS; d++) {
		t->ne[d] = 1;
		if (d < t->n_dims && take_u64(&t->ne[d], g))
			return -1;
		if (!t->ne[d] || t->ne[d] > INT64_MAX)
			return source_fail(g->s,
					   "%s: tensor %s: dimension %u is "
					   "%lld",
					   g->file->path,
					   gguf_shown(g, t->name), d,
					   (long long)t->ne[d]);
	}
	return 0;
}

static int parse_type(struct gguf_tensor *t, struct gguf *g)
{
	if (take_u32(&t->type, g))
		return -1;
	if (t->type >= N_TYPES || !types[t->type].name)
		return source_fail(g->s, "%s: tensor %s: there is no type %u",
				   g->file->path, gguf_shown(g, t->name),
				   t->type);
	if (t->ne[0] % types[t->type].block)
		return source_fail(g->s,
				   "%s: tensor %s: rows of %llu elements are "
				   "no whole blocks of type %s",
				   g->file->path, gguf_shown(g, t->name),
				   (unsigned long long)t->ne[0],
				   types[t->type].name);
	return 0;
}

/* False if a product leaves 64 bits. */
static bool multiply(uint64_t *x, uint64_t by)
{
	if (*x > UINT64_MAX / by)
		return false;
	*x *= by;
	return true;
}

/* The next multiple of a power of two; false if there is none. */
static bool round_up(uint64_t *x, uint64_t to)
{
	if (*x > UINT64_MAX - (to - 1))
		return false;
	*x = (*x + to - 1) & ~(to - 1);
	return true;
}

static int fail_size(struct gguf *g, const struct gguf_tensor *t)
{
	return source_fail(g->s,
			   "%s: tensor %s: %llu x %llu x %llu x %llu elements "
			   "are beyond all files",
			   g->file->path, gguf_shown(g, t->name),
			   (unsigned long long)t->ne[0],
			   (unsigned long long)t->ne[1],
			   (unsigned long long)t->ne[2],
			   (unsigned long long)t->ne[3]);
}

/* Bytes, from shape and type. */
static int find_size(struct gguf_tensor *t, struct gguf *g)
{
	uint64_t size = t->ne[0] / types[t->type].block;

	if (!multiply(&size, types[t->type].bytes) ||
	    !multiply(&size, t->ne[1]) || !multiply(&size, t->ne[2]) ||
	    !multiply(&size, t->ne[3]))
		return fail_size(g, t);
	t->size = size;
	return 0;
}

/* '*next' is where this tensor must lie, and then where the next one must. */
static int parse_offset(struct gguf_tensor *t, struct gguf *g,
			uint64_t alignment, uint64_t *next)
{
	if (take_u64(&t->offset, g))
		return -1;
	if (t->offset != *next)
		return source_fail(g->s,
				   "%s: tensor %s is said to be at offset "
				   "%llu, but the one before it ends at %llu",
				   g->file->path, gguf_shown(g, t->name),
				   (unsigned long long)t->offset,
				   (unsigned long long)*next);
	if (t->size > UINT64_MAX - *next)
		return fail_size(g, t);
	*next += t->size;
	return round_up(next, alignment) ? 0 : fail_size(g, t);
}

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
