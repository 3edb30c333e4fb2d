/* SPDX-License-Identifier: MIT */
/*
 * keyvalue.h - what reading and building keys and values share
 */
#ifndef TK_KEYVALUE_H
#define TK_KEYVALUE_H

#include "container/layout.h"
#include "libformat/keyvalue.h"
#include "libformat/limits.h"

/* Rounded up to a multiple of 8. */
size_t tk_kv_padded(size_t len);

/* By bytes, the shorter first: below 0, 0, above 0. */
int tk_kv_compare(struct tk_bytes a, struct tk_bytes b);

/* tk_kv_check() with the limits of a file. */
enum tk_status tk_kv_check_within(struct tk_bytes section,
				  const struct tk_limits *limits,
				  struct tk_error *err);

bool tk_kv_is_key(struct tk_bytes key);
bool tk_kv_is_value(enum tk_kv_type type, struct tk_bytes value);

#endif /* TK_KEYVALUE_H */
