/* SPDX-License-Identifier: MIT */
/*
 * index.c - the vocab-index section: bytes -> id
 *
 * spec/format.md 4.2: open addressing.  A slot is 0, or the id + 1 in its low
 * bits and a tag of the hash in the others, so that nearly every slot that is
 * not the token's is passed over without looking at a token.  Duplicates are
 * found by sorting, and no probe is longer than 255: a vocabulary made to
 * collide costs no more than another.
 */
#include "model/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bytes/checksum.h"
#include "container/layout.h"

static uint32_t bit_length(uint32_t n)
{
	uint32_t bits = 0;

	for (; n; n >>= 1)
		bits++;
	return bits;
}

static uint64_t hash(struct tk_bytes token, uint64_t seed)
{
	/* A NULL pointer with length 0 is a token too. */
	return tk_xxh64(token.len ? (const void *)token.ptr : "", token.len,
			seed);
}

static uint32_t tag(uint64_t h, uint32_t id_bits)
{
	return (uint32_t)(h >> 32) & ~((UINT32_C(1) << id_bits) - 1);
}

/* ---- reading ---- */

static enum tk_status check_head(const struct tk_disk_index *h, size_t size,
				 uint64_t where, const struct tk_vocab_view *v,
				 struct tk_error *err)
{
	uint64_t slots = tk_get32(h->slots);

	if (slots < TK_MIN_SLOTS || slots & (slots - 1) ||
	    slots < 2 * (uint64_t)v->n_distinct ||
	    size != sizeof(*h) + 4 * slots)
		return tk_fail(err, TK_E_SECTION, where + 0x20,
			       "vocab-index: number of slots is not legal");
	if (tk_get32(h->max_probe) > TK_MAX_PROBE)
		return tk_fail(err, TK_E_LIMIT, where + 0x24,
			       "vocab-index: max_probe is above %d",
			       TK_MAX_PROBE);
	if (tk_get32(h->id_bits) != bit_length(v->n_tokens))
		return tk_fail(err, TK_E_SECTION, where + 0x30,
			       "vocab-index: id bits do not fit the "
			       "vocabulary");
	for (size_t i = 0; i < sizeof(h->reserved_0x34); i++)
		if (h->reserved_0x34[i])
			return tk_fail(err, TK_E_RESERVED, where + 0x34,
				       "vocab-index: reserved bytes are not "
				       "zero");
	return TK_OK;
}

/* A digest of 16 bytes and as many zeros. */
static bool is_source(const uint8_t source[32], const struct tk_digest *vocab)
{
	uint8_t want[32] = {0};

	memcpy(want, vocab->b, sizeof(vocab->b));
	return !memcmp(source, want, sizeof(want));
}

enum tk_status tk_index_bind(struct tk_index_view *out,
			     struct tk_bytes section, uint64_t where,
			     const struct tk_vocab_view *v,
			     const struct tk_digest *vocab,
			     struct tk_error *err)
{
	struct tk_disk_index h;
	enum tk_status status;

	if (section.len < sizeof(h))
		return tk_fail(err, TK_E_SECTION, where,
			       "vocab-index: is shorter than its header");
	memcpy(&h, section.ptr, sizeof(h));
	if (!is_source(h.source, vocab))
		return TK_OK;
	if ((status = check_head(&h, section.len, where, v, err)))
		return status;
	out->slots = section.ptr + sizeof(h);
	out->mask = tk_get32(h.slots) - 1;
	out->max_probe = tk_get32(h.max_probe);
	out->id_bits = tk_get32(h.id_bits);
	out->seed = tk_get64(h.seed);
	return TK_OK;
}

static bool is_equal(struct tk_bytes a, struct tk_bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static bool is_token(const struct tk_vocab_view *v, uint32_t id,
		     struct tk_bytes token)
{
	struct tk_bytes t;

	return tk_vocab_token(&t, v, id) && is_equal(t, token);
}

/*
 * Without an index: O(n), and the same answer.  Tokens do not overlap, so they
 * have no more bytes together than the blob: where offsets fall they could, and
 * n tokens of 65,535 bytes would be compared.
 */
static bool find_slowly(uint32_t *id, const struct tk_vocab_view *v,
			struct tk_bytes token)
{
	uint64_t left = v->blob_size;
	struct tk_bytes t;

	for (uint32_t i = 0; i < v->n_tokens; i++) {
		if (!tk_vocab_token(&t, v, i))
			continue;
		if (t.len > left)
			return false;
		left -= t.len;
		if (!is_equal(t, token))
			continue;
		*id = i;
		return true;
	}
	return false;
}

bool tk_index_find(uint32_t *id, const struct tk_index_view *x,
		   const struct tk_vocab_view *v, struct tk_bytes token)
{
	uint32_t low = (UINT32_C(1) << x->id_bits) - 1;
	uint32_t want;
	uint64_t h;

	if (token.len > v->longest)
		return false;
	if (!x->slots)
		return find_slowly(id, v, token);
	h = hash(token, x->seed);
	want = tag(h, x->id_bits);
	for (uint32_t i = 0; i <= x->max_probe; i++) {
		uint64_t at = (h + i) & x->mask;
		uint32_t slot = tk_load32(x->slots + 4 * at);

		if (!slot)
			return false;
		if ((slot & ~low) != want || !(slot & low) ||
		    !is_token(v, (slot & low) - 1, token))
			continue;
		*id = (slot & low) - 1;
		return true;
	}
	return false;
}

/* ---- writing ---- */

/* qsort() takes no context, so each item carries its token. */
struct sortable {
	struct tk_bytes token;
	uint32_t id;
};

static int by_bytes_then_id(const void *pa, const void *pb)
{
	const struct sortable *a = pa, *b = pb;
	size_t n = a->token.len < b->token.len ? a->token.len : b->token.len;
	int order = n ? memcmp(a->token.ptr, b->token.ptr, n) : 0;

	if (order)
		return order;
	if (a->token.len != b->token.len)
		return a->token.len < b->token.len ? -1 : 1;
	return a->id < b->id ? -1 : 1;
}

/* again[id] = 1 for every token that has the bytes of a lower id. */
static bool mark_duplicates(uint8_t *again, const struct tk_vocab_parts *p,
			    uint32_t *n_distinct)
{
	struct sortable *s = malloc(p->n_tokens * sizeof(*s));

	if (!s)
		return false;
	for (uint32_t i = 0; i < p->n_tokens; i++)
		s[i] = (struct sortable){p->tokens[i], i};
	qsort(s, p->n_tokens, sizeof(*s), by_bytes_then_id);
	*n_distinct = p->n_tokens;
	for (uint32_t i = 1; i < p->n_tokens; i++) {
		struct tk_bytes a = s[i - 1].token, b = s[i].token;

		if (a.len != b.len || (a.len && memcmp(a.ptr, b.ptr, a.len)))
			continue;
		again[s[i].id] = 1;
		--*n_distinct;
	}
	free(s);
	return true;
}

/* False if some token lies further than 255 slots from its home. */
static bool fill(struct tk_index *x, const struct tk_vocab_parts *p,
		 const uint8_t *again)
{
	uint32_t id_bits = bit_length(p->n_tokens);

	memset(x->slots, 0, x->n_slots * sizeof(*x->slots));
	x->max_probe = 0;
	for (uint32_t id = 0; id < p->n_tokens; id++) {
		uint64_t h;
		uint32_t i = 0;

		if (again[id])
			continue;
		h = hash(p->tokens[id], x->seed);
		while (x->slots[(h + i) & (x->n_slots - 1)])
			if (++i > TK_MAX_PROBE)
				return false;
		x->slots[(h + i) & (x->n_slots - 1)] =
			tag(h, id_bits) | (id + 1);
		if (i > x->max_probe)
			x->max_probe = i;
	}
	return true;
}

static enum tk_status place(struct tk_index *x, const struct tk_vocab_parts *p,
			    const uint8_t *again, struct tk_error *err)
{
	uint64_t slots = TK_MIN_SLOTS, most;

	while (slots < 2 * (uint64_t)x->n_distinct)
		slots *= 2;
	/* Beyond, it is no chance, and no number of slots will do. */
	most = TK_INDEX_GROWTH * slots;
	for (; slots <= most; slots *= 2) {
		const uint64_t size = slots * sizeof(*x->slots);
		uint32_t *more = size > SIZE_MAX
					 ? NULL
					 : realloc(x->slots, (size_t)size);

		if (!more)
			return tk_fail_memory(err);
		x->slots = more;
		x->n_slots = (uint32_t)slots;
		for (x->seed = 0; x->seed < TK_INDEX_SEEDS; x->seed++)
			if (fill(x, p, again))
				return TK_OK;
	}
	return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
		       "the tokens were chosen to have one hash: no index has "
		       "probes of at most 255");
}

enum tk_status tk_index_build(struct tk_index *out,
			      const struct tk_vocab_parts *p,
			      struct tk_error *err)
{
	uint8_t *again = calloc(1, p->n_tokens);
	enum tk_status status;

	out->slots = NULL;
	if (!again || !mark_duplicates(again, p, &out->n_distinct))
		status = tk_fail_memory(err);
	else
		status = place(out, p, again, err);
	free(again);
	return status;
}

enum tk_status tk_index_write(struct tk_writer *w, const struct tk_index *x,
			      uint32_t n_tokens,
			      const struct tk_digest *vocab,
			      struct tk_error *err)
{
	struct tk_section_spec spec = {
		.kind = TK_KIND_VOCAB_INDEX,
		.size = sizeof(struct tk_disk_index) + 4 * (uint64_t)x->n_slots,
	};
	struct tk_disk_index h = {
		.slots = tk_put32(x->n_slots),
		.max_probe = tk_put32(x->max_probe),
		.seed = tk_put64(x->seed),
		.id_bits = tk_put32(bit_length(n_tokens)),
	};
	enum tk_status status = tk_writer_begin(w, &spec, err);

	memcpy(h.source, vocab->b, sizeof(vocab->b));
	if (!status)
		status = tk_writer_write(
			w, (struct tk_bytes){(const uint8_t *)&h, sizeof(h)},
			err);
	for (uint32_t i = 0; i < x->n_slots && !status; i++) {
		tk_le32 slot = tk_put32(x->slots[i]);

		status = tk_writer_write(w, (struct tk_bytes){slot.b, 4}, err);
	}
	if (!status)
		status = tk_writer_end(w, NULL, err);
	return status;
}
