/* SPDX-License-Identifier: MIT */
/*
 * dotbits - do the kernels of this processor agree, and on which bits?
 *
 * Every kernel that was built is compared with the scalar one, then
 * tk_dot_batch() and tk_dot_squares() are called in every floating-point mode
 * that a caller may have set, and the sums over pairs of rows are made.
 * Prints a hash of all results, which must be the same number on every
 * processor.  Status 1 if anything differs.
 *
 * Needs the kernels, and no library: it is built for another processor and
 * runs in an emulator.
 */
#include <stdio.h>
#include <string.h>

#include "addcheck.h"
#include "deltacheck.h"
#include "fpmodes.h"
#include "libformat/nearest.h"

static uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

static void add(const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &x[i], sizeof(bits));
		for (int shift = 0; shift < 32; shift += 8)
			hash = (hash ^ (bits >> shift & 0xff)) *
			       UINT64_C(0x100000001b3);
	}
}

/* Every length up to four chunks, then some up to several panels. */
static size_t check_kernels(void)
{
	const struct tk_kernel *k;
	struct rng r = {2};
	size_t bad = 0;

	for (size_t i = 0; (k = tk_kernel_at(i)); i++) {
		if (!k->is_supported())
			continue;
		bad += check_columns(k, 1, 129, 1);
		bad += check_columns(k, 130, 4400, 139);
		bad += check_columns(k, CHECK_COLS, CHECK_COLS, 1);
		for (size_t n = 0; n <= CHECK_KEYS; n++)
			bad += !check_largest(k, &r, n);
		for (size_t d = 1; d < 1200; d += 7) {
			uint64_t *to = k == &tk_kernel_scalar ? &hash : NULL;

			bad += check_deltas(
				k, d, (enum check_kind)(d % N_CHECK_KINDS),
				to);
			bad += check_adds(
				k, d, (enum check_kind)(d % CHECK_SPECIAL),
				to);
		}
	}
	return bad;
}

/* The same bits in each mode, and the mode stays. */
static size_t check_modes(const struct check *c)
{
	/* two more for squares and the products beside them */
	static float must[TK_BATCH + 2][CHECK_ROWS];
	static float is[TK_BATCH + 2][CHECK_ROWS];
	static float hs[TK_BATCH * CHECK_COLS];
	const size_t d = (size_t)c->m.cols;
	size_t bad = 0;

	for (size_t j = 0; j < TK_BATCH; j++)
		memcpy(hs + j * d, c->hs[j], d * sizeof(float));
	for (int mode = 0; mode < N_FPMODES; mode++) {
		unsigned before;

		fpmode_set(mode);
		before = fpmode_get();
		tk_dot_batch(is[0], CHECK_ROWS, c->m, 0, CHECK_ROWS, hs,
			     TK_BATCH);
		tk_dot_squares(is[TK_BATCH], is[TK_BATCH + 1], c->m, 0,
			       CHECK_ROWS, hs);
		bad += before != fpmode_get();
		fpmode_set(0);
		if (!mode)
			memcpy(must, is, sizeof(is));
		bad += memcmp(must, is, sizeof(is)) != 0;
	}
	add(must[0], (TK_BATCH + 2) * CHECK_ROWS);
	return bad;
}

int main(void)
{
	struct rng r = {11};
	size_t bad = check_kernels();

	for (int kind = 0; kind < N_CHECK_KINDS; kind++)
		for (int dtype = TK_F32; dtype <= TK_Q8; dtype++) {
			const struct check c = check_make(
				&r, (enum tk_dtype)dtype,
				300 + 700 * (size_t)kind,
				(enum check_kind)kind);

			bad += check_modes(&c);
		}
	printf("%016llx\n", (unsigned long long)hash);
	if (bad)
		fprintf(stderr, "%s: %zu differences\n", tk_kernel_name(),
			bad);
	return bad != 0;
}
