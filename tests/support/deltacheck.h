/* SPDX-License-Identifier: MIT */
/*
 * deltacheck.h - are sums over two rows, by a kernel, the scalar one's bits?
 *
 * As kernelcheck.h, which it needs: it runs in an emulator too.
 */
#ifndef DELTACHECK_H
#define DELTACHECK_H

#include "kernelcheck.h"

/*
 * Pairs of rows of every two dtypes, of 'd' columns, with numbers of a kind.
 * Returns how many differ, each with a line on stderr, and adds the sums of
 * the scalar kernel to '*hash' if that is not NULL.
 */
size_t check_deltas(const struct tk_kernel *kernel, size_t d,
		    enum check_kind kind, uint64_t *hash);

#endif /* DELTACHECK_H */
