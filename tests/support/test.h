/* SPDX-License-Identifier: MIT */
/*
 * test.h - what every test includes
 */
#ifndef TEST_H
#define TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libformat.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A string literal, or any string, as bytes. */
static inline struct tk_bytes bytes_of(const char *text)
{
	return (struct tk_bytes){(const uint8_t *)text, strlen(text)};
}

/* Fails with the library's own words. */
#define assert_ok(call, err)                                                  \
	do {                                                                  \
		(err).message[0] = 0;                                         \
		if (call)                                                     \
			fail_msg("%s: %s", #call, (err).message);             \
	} while (0)

#define assert_status(call, expected)                                         \
	do {                                                                  \
		enum tk_status status_ = (call);                              \
		if (status_ != (expected))                                    \
			fail_msg("%s: \"%s\", not \"%s\"", #call,             \
				 tk_status_text(status_),                     \
				 tk_status_text(expected));                   \
	} while (0)

#endif /* TEST_H */
