/* SPDX-License-Identifier: MIT */
/*
 * addcheck.h - are rows, added by a kernel, the scalar one's bits?
 *
 * As kernelcheck.h, which it needs: it runs in an emulator too.
 */
#ifndef ADDCHECK_H
#define ADDCHECK_H

#include "kernelcheck.h"

/*
 * Rows of every dtype, of 'd' columns, of finite numbers of a kind.  Returns
 * how many sums differ, each with a line on stderr, and adds those of the
 * scalar kernel to '*hash' if that is not NULL.
 */
size_t check_adds(const struct tk_kernel *kernel, size_t d,
		  enum check_kind kind, uint64_t *hash);

#endif /* ADDCHECK_H */
