/* SPDX-License-Identifier: MIT */
/*
 * libformat/bytes.h - bytes that belong to someone else
 */
#ifndef LIBFORMAT_BYTES_H
#define LIBFORMAT_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Never freed through this; not NUL-terminated; 'ptr' may be NULL if !len. */
struct tk_bytes {
	const uint8_t *ptr;
	size_t len;
};

/* A digest as it lies in the file: XXH3-128, high half first. */
struct tk_digest {
	uint8_t b[16];
};

#endif /* LIBFORMAT_BYTES_H */
