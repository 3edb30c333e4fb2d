/* SPDX-License-Identifier: MIT */
/*
 * guard.h - bytes between two pages that nobody may touch
 */
#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>
#include <stdint.h>

struct guard {
	uint8_t *data;
	size_t size;
	uint8_t *map; /* the pages around it */
	size_t map_size;
};

/*
 * Copies 'size' bytes to an address that is a multiple of 'align', as close
 * as that allows to the unmapped page behind them.  The bytes that are left
 * between are poisoned where the address sanitizer is there to see it.
 */
struct guard guard_copy(const void *data, size_t size, size_t align);

void guard_free(struct guard *g);

#endif /* GUARD_H */
