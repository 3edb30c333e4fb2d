/* SPDX-License-Identifier: MIT */
/*
 * convert.c - the rows of a table -> the rows of a section
 *
 * Rows come in blocks of about 2 MiB, or of 32 rows.  Where the elements stay
 * as they are they are copied; otherwise each row is widened to f32, which is
 * exact, and packed again, and the difference is measured.
 */
#include "convert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (2U << 20)

/* Buffers of one run. */
struct work {
	uint64_t rows;	   /* in a block */
	uint64_t row_size; /* bytes in the source */
	uint64_t stride;   /* bytes in the file */
	uint8_t *in;
	uint8_t *out;
	float *values;	/* [cols] decoded */
	float *stored;	/* [cols] as they can be read back */
};

static enum tk_dtype natural_dtype(enum elem e)
{
	switch (e) {
	case ELEM_F16:
		return TK_F16;
	case ELEM_BF16:
		return TK_BF16;
	case ELEM_Q8_0:
		return TK_Q8;
	default:
		return TK_F32;
	}
}

struct conversion conversion_plan(struct table *t, enum tk_dtype want,
				  bool is_matrix)
{
	struct conversion c = {.table = t, .first_nonfinite = UINT64_MAX};
	enum tk_dtype natural = natural_dtype(t->elem);

	if (!is_matrix && natural == TK_Q8)
		natural = TK_F32;
	if (t->dtype != TK_BYTES)
		natural = t->dtype;
	c.dtype = want == TK_BYTES ? natural : want;
	c.keeps_bits = (c.dtype == TK_F32 && t->elem == ELEM_F32) ||
		       (c.dtype == TK_F16 && t->elem == ELEM_F16) ||
		       (c.dtype == TK_BF16 && t->elem == ELEM_BF16) ||
		       (c.dtype == TK_Q8 && t->elem == ELEM_Q8_0);
	return c;
}

bool conversion_is_lossy(const struct conversion *c)
{
	if (c->keeps_bits)
		return false;
	return c->dtype != TK_F32 || c->table->elem == ELEM_F64;
}

/* ---- copying ---- */

/* A row of GGUF blocks of {f16 scale, 32 int8} in the layout of the file. */
static void copy_q8(uint8_t *dst, const uint8_t *row, uint64_t cols)
{
	uint8_t *scales = dst + ((cols + 63) & ~UINT64_C(63));

	for (uint64_t i = 0; i < cols / 32; i++) {
		memcpy(scales + 2 * i, row + 34 * i, 2);
		memcpy(dst + 32 * i, row + 34 * i + 2, 32);
	}
}

static void copy_row(uint8_t *dst, const struct work *k, const uint8_t *row,
		     const struct conversion *c)
{
	memset(dst, 0, (size_t)k->stride);
	if (c->dtype == TK_Q8)
		copy_q8(dst, row, c->table->cols);
	else
		memcpy(dst, row, (size_t)k->row_size);
}

/* ---- looking ---- */

/*
 * Exponents of all ones are NaN or infinite.  The loops are branch-free so
 * that a pass over a large matrix stays as fast as reading it.
 */
static uint64_t count_nonfinite32(const uint8_t *p, uint64_t n, uint32_t *any)
{
	uint64_t count = 0;
	uint32_t bits = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint32_t x;

		memcpy(&x, p + 4 * i, 4);
		x &= 0x7fffffff;
		count += x >= 0x7f800000;
		bits |= x;
	}
	*any = bits;
	return count;
}

static uint64_t count_nonfinite16(const uint8_t *p, uint64_t n,
				  uint16_t infinity, uint32_t *any)
{
	uint64_t count = 0;
	uint32_t bits = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint16_t x;

		memcpy(&x, p + 2 * i, 2);
		x &= 0x7fff;
		count += x >= infinity;
		bits |= x;
	}
	*any = bits;
	return count;
}

/* Looks at one row of the section. */
static void inspect(struct conversion *c, const uint8_t *row, uint64_t at)
{
	uint64_t cols = c->table->cols, bad = 0;
	uint32_t any = 1;

	if (c->dtype == TK_F32)
		bad = count_nonfinite32(row, cols, &any);
	else if (c->dtype == TK_F16)
		bad = count_nonfinite16(row, cols, 0x7c00, &any);
	else if (c->dtype == TK_BF16)
		bad = count_nonfinite16(row, cols, 0x7f80, &any);
	else
		bad = count_nonfinite16(row + ((cols + 63) & ~UINT64_C(63)),
					(cols + 31) / 32, 0x7c00, &any);
	if (bad && c->first_nonfinite == UINT64_MAX)
		c->first_nonfinite = at;
	c->nonfinite += bad;
	c->zero_rows += !any;
}

/* ---- converting ---- */

static int convert_row(struct source *s, struct conversion *c,
		       const struct work *k, uint8_t *dst, const uint8_t *row,
		       uint64_t at)
{
	const struct table *t = c->table;
	struct tk_matrix m = {dst, 1, t->cols, k->stride, c->dtype};
	struct tk_error err;

	if (!elem_row_to_f32(k->values, t->elem, row, t->cols))
		return source_fail(s,
				   "%s, row %llu: a value does not fit into "
				   "f32",
				   t->name, (unsigned long long)at);
	if (tk_row_from_f32(dst, c->dtype, k->values, t->cols, &err))
		return source_fail(s, "%s, row %llu: %s; use --dtype f32",
				   t->name, (unsigned long long)at,
				   err.message);
	if (c->dtype == TK_F32)
		return 0;
	tk_row_to_f32(k->stored, m, 0);
	for (uint64_t i = 0; i < t->cols; i++) {
		double d = fabs((double)k->values[i] - (double)k->stored[i]);

		if (d > c->max_error && isfinite(d))
			c->max_error = d;
	}
	return 0;
}

static int convert_block(struct source *s, struct conversion *c,
			 const struct work *k, uint64_t first, uint64_t n)
{
	struct table *t = c->table;
	/* Rows that lie in the source as they will in the file. */
	bool as_is = c->keeps_bits && c->dtype != TK_Q8 &&
		     k->row_size == k->stride;

	if (t->read(s, t, first, n, as_is ? k->out : k->in))
		return -1;
	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *row = k->in + i * k->row_size;
		uint8_t *dst = k->out + i * k->stride;

		if (as_is)
			;
		else if (c->keeps_bits)
			copy_row(dst, k, row, c);
		else if (convert_row(s, c, k, dst, row, first + i))
			return -1;
		inspect(c, dst, first + i);
	}
	return 0;
}

static int allocate(struct source *s, struct work *k,
		    const struct conversion *c)
{
	const struct table *t = c->table;
	uint64_t wide;

	k->row_size = elem_row_bytes(t->elem, t->cols);
	k->stride = tk_row_stride(c->dtype, t->cols);
	if (!k->row_size || !k->stride || !t->rows)
		return source_fail(s, "%s: %llu x %llu is not a shape that "
				      "can be stored",
				   t->name, (unsigned long long)t->rows,
				   (unsigned long long)t->cols);
	wide = k->row_size > k->stride ? k->row_size : k->stride;
	/* At least as many as are asked for when rows are read again. */
	k->rows = BLOCK_BYTES / 32 / wide * 32;
	if (!k->rows)
		k->rows = 32;
	/* A stride that is not 0 means few columns; few rows are wide. */
	k->in = malloc((size_t)(k->rows * k->row_size));
	k->out = malloc((size_t)(k->rows * k->stride));
	k->values = malloc((size_t)t->cols * sizeof(*k->values));
	k->stored = malloc((size_t)t->cols * sizeof(*k->stored));
	if (!k->in || !k->out || !k->values || !k->stored)
		return source_fail(s, "out of memory");
	return 0;
}

static void release(struct work *k)
{
	free(k->in);
	free(k->out);
	free(k->values);
	free(k->stored);
}

/* The whole table; a writer's failure is in 'err' and returns -1 too. */
static int run(struct source *s, struct conversion *c, const struct work *k,
	       struct tk_writer *w, progress_fn *progress,
	       struct tk_error *err)
{
	uint64_t rows = c->table->rows;

	for (uint64_t first = 0; first < rows; first += k->rows) {
		uint64_t n = rows - first < k->rows ? rows - first : k->rows;
		struct tk_bytes out = {k->out, (size_t)(n * k->stride)};

		if (convert_block(s, c, k, first, n))
			return -1;
		if (w && tk_writer_write(w, out, err))
			return -1;
		if (progress)
			progress(out.len);
	}
	return 0;
}

int conversion_run(struct source *s, struct conversion *c, struct tk_writer *w,
		   uint32_t kind, progress_fn *progress, struct tk_error *err)
{
	struct tk_section_spec spec = {
		.kind = kind,
		.dtype = c->dtype,
		.rows = c->table->rows,
		.cols = c->table->cols,
	};
	struct work k = {0};
	int failed = allocate(s, &k, c);

	c->nonfinite = c->zero_rows = 0;
	c->first_nonfinite = UINT64_MAX;
	if (!failed && w)
		failed = tk_writer_begin(w, &spec, err) ? -1 : 0;
	if (!failed)
		failed = run(s, c, &k, w, progress, err);
	if (!failed && w)
		failed = tk_writer_end(w, &c->digest, err) ? -1 : 0;
	release(&k);
	return failed;
}

/* ---- again ---- */

struct conversion_rows {
	struct source *source;
	struct conversion conversion; /* a copy: what is found is known */
	struct work work;
	uint64_t first; /* row of the block in work.out */
	uint64_t n;	/* its rows; 0: there is none yet */
	progress_fn *progress;
};

struct conversion_rows *conversion_rows_new(struct source *s,
					    const struct conversion *c,
					    progress_fn *progress)
{
	struct conversion_rows *r = calloc(1, sizeof(*r));

	if (!r) {
		source_record(s, "out of memory");
		return NULL;
	}
	r->source = s;
	r->conversion = *c;
	r->progress = progress;
	if (allocate(s, &r->work, c)) {
		conversion_rows_free(r);
		return NULL;
	}
	return r;
}

void conversion_rows_free(struct conversion_rows *r)
{
	if (r)
		release(&r->work);
	free(r);
}

const uint8_t *conversion_rows_read(void *context, uint64_t first, uint64_t n)
{
	struct conversion_rows *r = context;
	struct work *k = &r->work;
	uint64_t left = r->conversion.table->rows - first;

	if (first >= r->first && first - r->first < r->n &&
	    n <= r->n - (first - r->first))
		return k->out + (first - r->first) * k->stride;
	r->first = first;
	r->n = left < k->rows ? left : k->rows;
	if (n > r->n ||
	    convert_block(r->source, &r->conversion, k, first, r->n)) {
		r->n = 0;
		return NULL;
	}
	if (r->progress)
		r->progress(r->n * k->stride);
	return k->out;
}
