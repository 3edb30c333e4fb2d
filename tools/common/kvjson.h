/* SPDX-License-Identifier: MIT */
/*
 * kvjson.h - a key/value section as members of a JSON object
 */
#ifndef TOOLS_KVJSON_H
#define TOOLS_KVJSON_H

#include <stdint.h>

#include <jansson.h>
#include <libformat.h>

/* jansson's integers end at 2^63 - 1; beyond, the digits are a string. */
json_t *u64_json(uint64_t x);

/* The value of an entry; bytes are hex digits. */
json_t *value_json(const struct tk_kv *kv);

/*
 * Adds the keys of a checked key/value section to an object, less those in
 * 'known', which ends with NULL.
 */
void keyvalues_json(json_t *object, struct tk_bytes section,
		    const char *const *known);

#endif /* TOOLS_KVJSON_H */
