/* SPDX-License-Identifier: MIT */
/*
 * fuzz_lookup.c - any bytes as vocabulary and index: size of the first, both
 */
#include <string.h>

#include "container/layout.h"
#include "model/index.h"
#include "model/vocab.h"
#include "files.h"
#include "target.h"

static void look_up(const struct tk_index_view *index,
		    const struct tk_vocab_view *vocab)
{
	static const char *const words[] = {"", "the", " cat", "zebra"};
	struct tk_bytes token;
	uint32_t id = 0;

	for (uint64_t i = 0; i < 40; i++)
		if (tk_vocab_token(&token, vocab, i))
			tk_index_find(&id, index, vocab, token);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		tk_index_find(&id, index, vocab,
			      (struct tk_bytes){(const uint8_t *)words[i],
						strlen(words[i])});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size < 4 ? 0 : (size_t)(data[0] | data[1] << 8);
	struct tk_vocab_view vocab = {0};
	struct tk_index_view index = {0};
	struct tk_limits limits = tk_limits_default();
	struct tk_digest digest;
	struct image v, x;

	if (size < 4 || first > size - 4)
		return 0;
	v = files_copy(data + 4, first);
	x = files_copy(data + 4 + first, size - 4 - first);
	/* The index is of this vocabulary, as it says. */
	memset(&digest, 0, sizeof(digest));
	if (x.size >= 32)
		memcpy(digest.b, x.data, sizeof(digest.b));
	if (!tk_vocab_bind(&vocab, (struct tk_bytes){v.data, v.size}, 0,
			   &limits, NULL) &&
	    !tk_index_bind(&index, (struct tk_bytes){x.data, x.size}, 0,
			   &vocab, &digest, NULL))
		look_up(&index, &vocab);
	image_free(&v);
	image_free(&x);
	return 0;
}

/* All but the last, and with no token's tag. */
static void fill_slots(uint8_t *slot, const uint8_t *end)
{
	static const uint8_t empty[4];

	for (; slot < end - 4; slot += 4)
		if (!memcmp(slot, empty, 4))
			memset(slot, 0xa5, 4);
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	struct image im;
	size_t v, x;
	uint8_t *seed;

	if (i > 1)
		return NULL;
	im = forge_whole();
	v = (size_t)image_get(&im, image_entry(&im, TK_KIND_VOCAB) + 0x38, 8);
	x = (size_t)image_get(
		&im, image_entry(&im, TK_KIND_VOCAB_INDEX) + 0x38, 8);
	*size = 4 + v + x;
	seed = fuzz_copy(im.data, *size);
	seed[0] = (uint8_t)v;
	seed[1] = (uint8_t)(v >> 8);
	memcpy(seed + 4, im.data + image_section(&im, TK_KIND_VOCAB), v);
	memcpy(seed + 4 + v, im.data + image_section(&im, TK_KIND_VOCAB_INDEX),
	       x);
	image_free(&im);
	if (i)
		fill_slots(seed + 4 + v + sizeof(struct tk_disk_index),
			   seed + *size);
	return seed;
}
