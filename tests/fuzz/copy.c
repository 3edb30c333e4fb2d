/* SPDX-License-Identifier: MIT */
/*
 * copy.c - bytes for a seed
 */
#include <stdlib.h>
#include <string.h>

#include "target.h"

uint8_t *fuzz_copy(const void *data, size_t size)
{
	uint8_t *p = malloc(size ? size : 1);

	if (!p)
		abort();
	memcpy(p, data, size);
	return p;
}
