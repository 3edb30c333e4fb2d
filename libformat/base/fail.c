/* SPDX-License-Identifier: MIT */
/*
 * fail.c - status text; filling in a struct tk_error
 */
#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *tk_status_text(enum tk_status status)
{
	switch (status) {
#define TK_X(name, value, text)                                               \
	case TK_##name:                                                       \
		return text;
		TK_STATUS_LIST(TK_X)
#undef TK_X
	}
	return "unknown status";
}

enum tk_status tk_fail(struct tk_error *err, enum tk_status status,
		       uint64_t offset, const char *format, ...)
{
	va_list ap;

	if (!err)
		return status;
	err->status = status;
	err->sys_errno = 0;
	err->offset = offset;
	va_start(ap, format);
	vsnprintf(err->message, sizeof(err->message), format, ap);
	va_end(ap);
	for (char *p = err->message; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return status;
}

enum tk_status tk_fail_errno(struct tk_error *err, const char *what)
{
	int code = errno;
	char text[96];

	if (strerror_r(code, text, sizeof(text)))
		snprintf(text, sizeof(text), "error %d", code);
	tk_fail(err, TK_E_IO, TK_NO_OFFSET, "%s: %s", what, text);
	if (err)
		err->sys_errno = code;
	return TK_E_IO;
}

enum tk_status tk_fail_memory(struct tk_error *err)
{
	return tk_fail(err, TK_E_MEMORY, TK_NO_OFFSET, "out of memory");
}
