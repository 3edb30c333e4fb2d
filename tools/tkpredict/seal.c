/* SPDX-License-Identifier: MIT */
/*
 * seal.c - the checksum at the end of a partial result
 */
#include "seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "cli.h"
#include "text.h"

#define BEFORE ", \"xxh3\": \""
#define AFTER "\"}"
#define SEAL_LEN (sizeof(BEFORE) - 1 + 32 + sizeof(AFTER) - 1)

void seal_digest(char out[33], const void *data, size_t len)
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits(data, len));
	for (size_t i = 0; i < sizeof(c.digest); i++)
		snprintf(out + 2 * i, 3, "%02x", c.digest[i]);
}

static void put_seal(char out[SEAL_LEN + 1], const char *text, size_t len)
{
	char digest[33];

	seal_digest(digest, text, len);
	snprintf(out, SEAL_LEN + 1, BEFORE "%s" AFTER, digest);
}

char *seal_object(const json_t *object)
{
	char *text = NULL, *sealed;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool failed = !out;

	if (out) {
		text_json_write(out, object);
		failed = ferror(out);
		/* The C library may lack memory and not say so. */
		failed = fclose(out) || !text || failed;
	}
	sealed = failed ? NULL : realloc(text, len + SEAL_LEN + 1);
	if (!sealed)
		cli_die("out of memory");
	/* In the place of the closing brace. */
	put_seal(sealed + len - 1, sealed, len - 1);
	return sealed;
}

bool seal_is_whole(const char *text, size_t len)
{
	char seal[SEAL_LEN + 1];

	while (len && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	if (len < SEAL_LEN)
		return false;
	len -= SEAL_LEN;
	put_seal(seal, text, len);
	return !memcmp(text + len, seal, SEAL_LEN);
}
