/* SPDX-License-Identifier: MIT */
/*
 * limits.h - the limits of one file
 */
#ifndef TK_CONTAINER_LIMITS_H
#define TK_CONTAINER_LIMITS_H

#include "libformat/limits.h"

/* What the caller gave, NULL for the defaults, but no more than these. */
struct tk_limits tk_limits_of(const struct tk_limits *given);

#endif /* TK_CONTAINER_LIMITS_H */
