/* SPDX-License-Identifier: MIT */
/*
 * value.c - the identity that does not depend on dtypes: spec/format.md 2
 *
 * Matrices are widened piece by piece into the bytes of a section of f32, of
 * which only the leaf digests are kept.
 */
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "bytes/checksum.h"
#include "compute/kernels/kernels.h"
#include "container/digest.h"
#include "libformat/compute.h"

#define SEED_VALUE UINT64_C(0x8000000000000004)
#define PIECE ((uint64_t)1 << 20)

/* One R for each section and one for a tied W_U. */
struct record { /* all bytes: no padding */
	tk_le32 kind;
	tk_le32 zero;
	tk_le64 rows;
	tk_le64 cols;
	uint8_t zeros_0x18[8];
	uint8_t digest[16];
	uint8_t zeros_0x30[16];
};

static_assert(sizeof(struct record) == 64, "spec/format.md 2");

/* Five sections, eight matrices and a tied W_U. */
#define MAX_RECORDS 14

struct value {
	const struct tk_model *m;
	struct record records[MAX_RECORDS];
	size_t n;
};

static void add(struct value *v, uint32_t kind, uint64_t rows, uint64_t cols,
		const uint8_t digest[16])
{
	struct record *r = &v->records[v->n++];

	memset(r, 0, sizeof(*r));
	r->kind = tk_put32(kind);
	r->rows = tk_put64(rows);
	r->cols = tk_put64(cols);
	memcpy(r->digest, digest, sizeof(r->digest));
}

/* ---- hparams ---- */

/* The section less one entry; there is one way to encode what is left. */
static enum tk_status add_hparams(struct value *v, struct tk_error *err)
{
	struct tk_bytes from = tk_model_keyvalues(v->m, TK_KIND_HPARAMS);
	uint8_t *to = malloc(from.len), digest[16];
	size_t len = 8, at = 0, start = 8;
	struct tk_kv kv;
	uint32_t count = 0;

	if (!to)
		return tk_fail_memory(err);
	for (; tk_kv_next(&kv, from, &at); start = at) {
		if (kv.key.len == 4 && !memcmp(kv.key.ptr, "tied", 4))
			continue;
		memcpy(to + len, from.ptr + start, at - start);
		len += at - start;
		count++;
	}
	tk_store32(to, count);
	tk_store32(to + 4, 0);
	tk_digest_bytes(digest, to, len);
	free(to);
	add(v, TK_KIND_HPARAMS, 0, 0, digest);
	return TK_OK;
}

/* ---- matrices ---- */

struct widening {
	struct tk_matrix m;
	uint64_t stride; /* of a row of f32 */
	uint64_t size;	 /* of the section of f32 */
	uint8_t *leaves;
	atomic_bool failed;
};

/* Columns col ... end - 1; whole blocks of q8 where one begins before. */
static void widen_row(float *out, const struct widening *w, uint64_t row,
		      size_t col, size_t end)
{
	const uint8_t *from = w->m.data + row * w->m.row_stride;
	size_t skip = col % TK_LANES;
	float block[TK_LANES];

	if (skip) {
		size_t n = end - (col - skip);

		n = n < TK_LANES ? n : TK_LANES;
		tk_widen(block, from, &w->m, col - skip, n);
		memcpy(out, block + skip, (n - skip) * sizeof(*out));
		out += n - skip;
		col += n - skip;
	}
	if (col < end)
		tk_widen(out, from, &w->m, col, end - col);
}

/* Bytes from ... from + len - 1 of the section; rows end in zeros. */
static void widen(float *out, const struct widening *w, uint64_t from,
		  uint64_t len)
{
	uint8_t *bytes = (uint8_t *)out;

	memset(out, 0, (size_t)len);
	for (uint64_t done = 0; done < len;) {
		uint64_t row = (from + done) / w->stride;
		uint64_t at = (from + done) % w->stride;
		uint64_t n = w->stride - at;
		uint64_t end;

		n = n < len - done ? n : len - done;
		end = (at + n) / 4;
		end = end < w->m.cols ? end : w->m.cols;
		if (at / 4 < end)
			widen_row(out + done / 4, w, row, (size_t)(at / 4),
				  (size_t)end);
		done += n;
	}
	for (uint64_t i = 0; i < len / 4; i++)
		tk_store32(bytes + 4 * i, tk_f32_to_bits(out[i]));
}

static void digest_piece(void *context, size_t i)
{
	struct widening *w = context;
	uint64_t from = i * PIECE, left = w->size - from;
	uint64_t len = left < PIECE ? left : PIECE;
	float *piece = malloc((size_t)len);
	tk_fpenv env;

	if (!piece) {
		w->failed = true;
		return;
	}
	env = tk_fpenv_set();
	widen(piece, w, from, len);
	tk_fpenv_restore(env);
	for (uint64_t at = 0; at < len; at += TK_CHUNK_SIZE) {
		uint64_t n = (from + at) / TK_CHUNK_SIZE;
		uint64_t rest = len - at;

		tk_digest_leaf(w->leaves + n * TK_LEAF_SIZE,
			       (uint8_t *)piece + at,
			       rest < TK_CHUNK_SIZE ? (size_t)rest
						    : TK_CHUNK_SIZE,
			       n);
	}
	free(piece);
}

/* D of the matrix laid out as a section of f32. */
static enum tk_status digest_widened(uint8_t out[16], struct tk_matrix m,
				     const struct tk_parallel *parallel,
				     struct tk_error *err)
{
	struct widening w = {.m = m};
	size_t n;

	w.stride = tk_row_stride(TK_F32, m.cols);
	w.size = m.rows * w.stride;
	n = (size_t)((w.size + PIECE - 1) / PIECE);
	w.leaves = malloc((size_t)(tk_leaf_count(w.size) * TK_LEAF_SIZE));
	if (!w.leaves)
		return tk_fail_memory(err);
	if (parallel)
		parallel->run(parallel->pool, n, digest_piece, &w);
	for (size_t i = 0; i < n && !parallel; i++)
		digest_piece(&w, i);
	if (!w.failed)
		tk_digest_leaves(out, w.leaves, tk_leaf_count(w.size));
	free(w.leaves);
	return w.failed ? tk_fail_memory(err) : TK_OK;
}

static enum tk_status add_matrix(struct value *v, uint32_t kind,
				 const struct tk_parallel *parallel,
				 struct tk_error *err)
{
	const struct tk_container *c = tk_model_container(v->m);
	struct tk_matrix m = tk_model_matrix(v->m, kind);
	enum tk_status status = TK_OK;
	struct tk_digest digest;

	if (!m.data)
		return TK_OK;
	/* As it lies: no need to read it. */
	digest = tk_container_section(c, tk_container_find(c, kind)).digest;
	if (m.dtype != TK_F32)
		status = digest_widened(digest.b, m, parallel, err);
	if (status)
		return status;
	add(v, kind, m.rows, m.cols, digest.b);
	if (kind == TK_KIND_W_E && tk_model_hparams(v->m).tied)
		add(v, TK_KIND_W_U, m.rows, m.cols, digest.b);
	return TK_OK;
}

/* ---- all of it ---- */

static void add_section(struct value *v, uint32_t kind)
{
	const struct tk_container *c = tk_model_container(v->m);
	size_t i = tk_container_find(c, kind);

	if (i != TK_NO_SECTION)
		add(v, kind, 0, 0, tk_container_section(c, i).digest.b);
}

enum tk_status tk_model_value(struct tk_digest *out, const struct tk_model *m,
			      const struct tk_parallel *parallel,
			      struct tk_error *err)
{
	struct value v = {.m = m};
	enum tk_status status = add_hparams(&v, err);

	add_section(&v, TK_KIND_VOCAB);
	add_section(&v, TK_KIND_TOKENIZER);
	add_section(&v, TK_KIND_MERGES);
	add_section(&v, TK_KIND_CHARSMAP);
	for (uint32_t kind = TK_KIND_EMBED_NORM_WEIGHT;
	     kind <= TK_KIND_W_U && !status; kind++)
		status = add_matrix(&v, kind, parallel, err);
	if (!status)
		tk_xxh128(out->b, v.records, v.n * sizeof(v.records[0]),
			  SEED_VALUE);
	return status;
}
