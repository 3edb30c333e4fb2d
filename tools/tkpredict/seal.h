/* SPDX-License-Identifier: MIT */
/*
 * seal.h - the checksum at the end of a partial result
 *
 * The last member of the object is "xxh3", the XXH3-128 of the bytes before
 * the comma that it follows, as `xxhsum -H2` prints it.
 */
#ifndef TKPREDICT_SEAL_H
#define TKPREDICT_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* XXH3-128 as 32 hex digits and a NUL. */
void seal_digest(char out[33], const void *data, size_t len);

/* The sealed text of an object that has members; freed by the caller. */
char *seal_object(const json_t *object);

/* Is it as it was sealed?  White space behind it does not count. */
bool seal_is_whole(const char *text, size_t len);

#endif /* TKPREDICT_SEAL_H */
