/* SPDX-License-Identifier: MIT */
/*
 * gaps.c - ids that a vocabulary leaves out
 */
#include "gaps.h"

#include <math.h>
#include <string.h>

uint32_t gaps_count(const struct source *s)
{
	uint32_t n = 0;

	for (uint32_t id = 0; id < s->tokens.n; id++)
		n += !tokens_has(s, id);
	return n;
}

/* The source's own bias as f32, or zeros. */
static int read_bias(struct source *s, struct table *own, float *out,
		     uint64_t cols)
{
	uint8_t *row;

	memset(out, 0, (size_t)cols * sizeof(*out));
	if (!own->name)
		return 0;
	row = source_alloc(s, (size_t)elem_row_bytes(own->elem, cols));
	if (!row || own->read(s, own, 0, 1, row))
		return -1;
	if (!elem_row_to_f32(out, own->elem, row, cols))
		return source_fail(s, "%s: a value does not fit into f32",
				   own->name);
	return 0;
}

static int read_masked(struct source *s, struct table *t, uint64_t first,
		       uint64_t n, void *dst)
{
	float *out = source_alloc(s, (size_t)t->cols * sizeof(*out));

	(void)first;
	(void)n;
	if (!out || read_bias(s, t->state, out, t->cols))
		return -1;
	for (uint64_t id = 0; id < s->tokens.n && id < t->cols; id++)
		if (!tokens_has(s, id))
			out[id] = -INFINITY;
	memcpy(dst, out, (size_t)t->cols * sizeof(*out));
	return 0;
}

int gaps_mask(struct source *s)
{
	const struct table *u = s->hparams.tied ? &s->w_e : &s->w_u;
	uint32_t gaps = gaps_count(s);
	struct table *own;

	if (!gaps || !u->name)
		return 0;
	own = source_alloc(s, sizeof(*own));
	if (!own)
		return -1;
	*own = s->b_u;
	s->b_u = (struct table){
		.name = own->name ? own->name : "made",
		.rows = 1,
		.cols = u->rows,
		.elem = ELEM_F32,
		.read = read_masked,
		.state = own,
	};
	source_note(s, "%u ids have no token: b_U is -Inf there, so that they "
		       "are never predicted",
		    gaps);
	return 0;
}
