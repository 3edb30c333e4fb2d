/* SPDX-License-Identifier: MIT */
/*
 * fail.h - filling in a struct tk_error
 */
#ifndef TK_FAIL_H
#define TK_FAIL_H

#include "libformat/error.h"

/*
 * Fills in 'err' (NULL is ok) and returns 'status', so that a check reads as
 * one line.  Characters of the message that are not printable ASCII become
 * '?'.
 */
enum tk_status tk_fail(struct tk_error *err, enum tk_status status,
		       uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A failed system call: TK_E_IO with the current errno. */
enum tk_status tk_fail_errno(struct tk_error *err, const char *what);

enum tk_status tk_fail_memory(struct tk_error *err);

#endif /* TK_FAIL_H */
