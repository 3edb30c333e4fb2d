/* SPDX-License-Identifier: MIT */
/*
 * libformat/error.h - how every function reports failure
 *
 * Functions that can fail return enum tk_status and take a struct tk_error
 * as their last argument; only tk_kv_set_*() take none, for whose failure
 * tk_kv_builder_finish() fills one in.  Each says which statuses it returns.
 * On failure, outputs keep their old value.
 */
#ifndef LIBFORMAT_ERROR_H
#define LIBFORMAT_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, value, text).  Values are permanent: append, never renumber.
 * spec/format.md lists which defect of a file gives which of them.
 */
#define TK_STATUS_LIST(X)                                                     \
	X(OK, 0, "ok")                                                        \
	/* not about the file */                                              \
	X(E_ARGUMENT, 1, "invalid argument")                                  \
	X(E_MEMORY, 2, "out of memory")                                       \
	X(E_IO, 3, "system call failed")                                      \
	X(E_EXISTS, 4, "output exists")                                       \
	/* a file this library cannot read */                                 \
	X(E_MAGIC, 10, "not a .tk file")                                      \
	X(E_VERSION, 11, "unsupported major version")                         \
	X(E_FEATURE, 12, "needs a feature this library does not have")        \
	X(E_LIMIT, 13, "beyond a limit of the format")                        \
	X(E_UNFINISHED, 14, "the writer of this file did not finish")         \
	/* a damaged file */                                                  \
	X(E_TRUNCATED, 20, "file is shorter than its header says")            \
	X(E_TRAILING, 21, "file is longer than its header says")              \
	X(E_LAYOUT, 22, "sections overlap, stray or misalign")                \
	X(E_RESERVED, 23, "reserved or padding bytes are not zero")           \
	X(E_CHECKSUM, 24, "checksum mismatch")                                \
	X(E_CODEC, 25, "section does not decode to its stated size")          \
	/* sections that are none; in a sound file, not a sound model */      \
	X(E_SECTION, 30, "section missing or not as it must be")              \
	X(E_SHAPE, 31, "shapes disagree")                                     \
	X(E_VALUE, 32, "value out of range")                                  \
	/* a sound answer: no */                                              \
	X(E_NOT_FOUND, 40, "not found")

enum tk_status {
#define TK_X(name, value, text) TK_##name = value,
	TK_STATUS_LIST(TK_X)
#undef TK_X
};

/* No place in the file belongs to this error. */
#define TK_NO_OFFSET UINT64_MAX

/*
 * struct tk_error - what went wrong, and where in the file
 *
 * Caller-allocated, usually on the stack; needs no initialisation and no
 * release.  Every function that takes one accepts NULL.  Written only when
 * the function returns something other than TK_OK.
 */
struct tk_error {
	enum tk_status status; /* the value the function returned */
	int sys_errno;	       /* errno if status is TK_E_IO, else 0 */
	uint64_t offset;       /* file offset in bytes, or TK_NO_OFFSET */
	char message[192];     /* one line of printable ASCII, NUL-terminated */
};

#pragma GCC visibility push(default)

/* Returns a static one-line text for any value, known or not. */
const char *tk_status_text(enum tk_status status);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_ERROR_H */
