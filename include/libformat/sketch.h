/* SPDX-License-Identifier: MIT */
/*
 * libformat/sketch.h - the k best tokens without reading all of W_U
 *
 * A file may have a sketch of W_U: 8 bits a weight in two planes of 4, and of
 * each row a bound of what that leaves out.  The search reads one plane, or
 * both, and of W_U only the rows that might be among the k best.  What comes
 * out is what a scan of all rows gives: the same ids in the same order, with
 * the same bits of the keys.  spec/sketch.md proves it; the proof rests on
 * the sketch being that of this W_U, which tk_sketch_verify() finds out.
 *
 * How much is saved depends on W_U and h: of a trained matrix about a quarter
 * of the f16 scan's bytes are read.  If too many rows might win, the search
 * goes on to the second plane, and then to the full scan, by itself, which
 * is then up to twice as long as the full scan alone.  That is with AVX-512
 * and VNNI; plain AVX2 reads a plane at half that speed or less, and both
 * planes may then take longer than the full scan (bench/README.md).
 *
 * Usage:
 *
 *     struct tk_sketch s;
 *     if (!tk_sketch_open(&s, model, &err)) {
 *             void *scratch = aligned_alloc(64, tk_sketch_scratch(&s));
 *             ...
 *             tk_sketch_top_k(best, &n, 10, &s, h, scratch, NULL, &stats,
 *                             &err);
 *             z = tk_sketch_log_normalizer(&s, scratch, 1.0);
 *             p = tk_sketch_prob(&s, z, best[0].key, 1.0);
 *     }
 *
 * Nothing here allocates but tk_sketch_write() and tk_sketch_verify().
 */
#ifndef LIBFORMAT_SKETCH_H
#define LIBFORMAT_SKETCH_H

#include "libformat/compute.h"
#include "libformat/parallel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A view of the section and of what it is the sketch of. */
struct tk_sketch {
	struct tk_matrix w_u;	/* W_E if tied */
	struct tk_matrix b_u;	/* data NULL: none */
	float logit_scale;
	float logit_softcap;
	uint64_t rows;		/* that can be predicted */
	uint64_t n_panels;	/* of 32 rows */
	uint64_t n_blocks;	/* of 64 columns */
	float norm_max;		/* the largest finite element of norm */
	const uint8_t *scale;	/* [n_panels, n_blocks, 32] bf16 */
	const uint8_t *hi;	/* [n_panels, n_blocks, 1024] */
	const uint8_t *lo;	/* [n_panels, n_blocks, 1024] */
	const uint8_t *error_hi; /* [n_panels, 32] f32 */
	const uint8_t *error_8;	/* [n_panels, 32] f32 */
	const uint8_t *norm;	/* [n_panels, 32] f32 */
};

/* What a search has looked at before it knew the answer. */
enum tk_scan {
	TK_SCAN_HI = 1,	  /* the high plane */
	TK_SCAN_BOTH = 2, /* both planes */
	TK_SCAN_FULL = 3, /* all rows of W_U */
};

struct tk_scan_stats {
	enum tk_scan scan;
	uint64_t rows_scanned;	/* rows of the sketch; 0 if it was not used */
	uint64_t rows_rescored; /* rows of W_U */
	uint64_t bytes_read;	/* of both */
};

/* Bounds of ln of the sum over all tokens of exp(z / T). */
struct tk_interval {
	double lower;
	double upper;
};

#pragma GCC visibility push(default)

/* ---- searching ---- */

/*
 * Finds the sketch of a model.  Fails with TK_E_NOT_FOUND if there is none or
 * it was made from another W_U (one comparison: no data is read), and with
 * TK_E_SECTION or TK_E_RESERVED if it has the wrong form; in both cases
 * predict without.  A view: valid as long as the model.
 */
enum tk_status tk_sketch_open(struct tk_sketch *out, const struct tk_model *m,
			      struct tk_error *err);

/*
 * Bytes of scratch a search needs, at an address that is a multiple of 64:
 * 9 for each row, 6 for each column, and a little.  One for each search that
 * is under way; nothing in it needs to be set.
 */
size_t tk_sketch_scratch(const struct tk_sketch *s);

/*
 * out[*n] = the k best tokens, best first, ties by lowest id: the bits that
 * tk_keys() and tk_top_k() give for all tk_model_n_predictable() rows.  *n is
 * at most k, and less if fewer keys are above -Inf.  'out' has room for k.
 * h[d] is normed already and finite; TK_E_VALUE if it is not, or if a key is
 * NaN or +Inf, naming the lowest such row, as tk_keys() does.  TK_E_CHECKSUM
 * if the sketch contradicts W_U, as far as a search can see; only
 * tk_sketch_verify() sees all of it.  'parallel' and '*stats' may be NULL.
 */
enum tk_status tk_sketch_top_k(struct tk_candidate *out, size_t *n, size_t k,
			       const struct tk_sketch *s, const float *h,
			       void *scratch,
			       const struct tk_parallel *parallel,
			       struct tk_scan_stats *stats,
			       struct tk_error *err);

/* ---- probabilities ---- */

/*
 * Bounds of ln of the sum over all tokens of exp(z / T), T > 0 and finite,
 * after tk_sketch_top_k() with the same scratch.  Between them lie the true
 * value and that of tk_log_normalizer(tk_normalize(...)).  Cost: two
 * exponentials a row.  (spec/sketch.md 6)
 */
struct tk_interval tk_sketch_log_normalizer(const struct tk_sketch *s,
					    const void *scratch,
					    double temperature);

/*
 * Bounds of the probability of a token with this key, from the former's
 * result for the same T; within 0 ... 1.
 */
struct tk_interval tk_sketch_prob(const struct tk_sketch *s,
				  struct tk_interval log_normalizer, float key,
				  double temperature);

/* ---- making and verifying ---- */

/* Bytes of the section for so many rows and columns, within the limits. */
uint64_t tk_sketch_size(uint64_t rows, uint64_t cols);

/*
 * Where the rows of a matrix come from.  read() returns rows first ... first
 * + n - 1 as they are in the file, valid until it is called again, or NULL,
 * which ends the writing with TK_E_IO.  n is at most 32; 'first' rises within
 * a pass.
 */
struct tk_row_source {
	uint64_t rows; /* that can be predicted */
	uint64_t cols;
	enum tk_dtype dtype;
	const uint8_t *(*read)(void *context, uint64_t first, uint64_t n);
	void *context;
};

/* Passes over the rows that tk_sketch_write() makes. */
#define TK_SKETCH_PASSES 4

/*
 * Adds the section, made from the section with digest '*of': W_U or, if tied,
 * W_E, of which 'rows' gives the first min(rows, n_tokens) rows.  Memory: 12
 * bytes a row and 21 a column.  Fails with TK_E_IO if read() does, and as
 * tk_writer_begin(), tk_writer_write() and tk_writer_end().
 */
enum tk_status tk_sketch_write(struct tk_writer *w,
			       const struct tk_row_source *rows,
			       const struct tk_digest *of,
			       struct tk_error *err);

/*
 * Makes the sketch anew and compares: TK_E_CHECKSUM at the first byte that
 * differs, offset within the file.  Fails also as tk_sketch_open(), and with
 * TK_E_MEMORY.  Memory: 38 bytes a column.  Cost: some times that of reading
 * W_U.
 */
enum tk_status tk_sketch_verify(const struct tk_model *m,
				struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_SKETCH_H */
