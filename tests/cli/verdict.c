/* SPDX-License-Identifier: MIT */
/*
 * verdict.c - what libformat says of many files, a line each
 *
 * Standard input is files one after the other, each behind its size as a
 * little-endian u32.  A line is the status and the offset of the container,
 * then of each section that full verification does not find whole, then of
 * the model, then everything that the model holds, then the status of its
 * self-test if there is one.  The second reader, in
 * Python, writes the same lines.  Each file ends at an unmapped page.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libformat.h>

#include "guard.h"

#define MOST 65536 /* tokens, rows and columns that are printed */

static const char *name_of(enum tk_status status)
{
#define TK_X(name, value, text)                                               \
	if (status == TK_##name)                                              \
		return #name;
	TK_STATUS_LIST(TK_X)
#undef TK_X
	return "?";
}

static void put_error(const char *what, const struct tk_error *err)
{
	printf("%s %s", what, name_of(err->status));
	if (err->offset != TK_NO_OFFSET)
		printf(" %" PRIu64, err->offset);
}

static void put_hex(struct tk_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		printf("%02x", b.ptr[i]);
}

static uint32_t bits32(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static uint64_t bits64(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static void put_hparams(const struct tk_model *m)
{
	struct tk_hparams hp = tk_model_hparams(m);

	printf(" %" PRIu64 " %d %08x %08x %08x %d %016" PRIx64 " %08x %d "
	       "%016" PRIx64 " %" PRIu64 " %" PRIu64 " must=",
	       hp.n_ctx, hp.tied, bits32(hp.embed_scale),
	       bits32(hp.logit_scale), bits32(hp.logit_softcap),
	       (int)hp.final_norm, bits64(hp.final_norm_eps),
	       bits32(hp.final_norm_offset), (int)hp.embed_norm,
	       bits64(hp.embed_norm_eps), hp.d_model,
	       tk_model_n_predictable(m));
	put_hex(tk_model_unknown_key(m));
}

static void put_tokens(const struct tk_model *m)
{
	struct tk_vocab_info v = tk_model_vocab(m);
	struct tk_bytes t;
	uint32_t id;

	printf(" %u %u %u %d", v.n_tokens, v.n_distinct, v.longest,
	       v.has_index);
	for (int s = 0; s < TK_N_SPECIAL; s++)
		printf(" %d", (int)tk_tokenizer_special(m, (enum tk_special)s));
	for (uint32_t i = 0; i < v.n_tokens && i < MOST; i++) {
		if (tk_model_token(&t, m, i, NULL)) {
			printf(" bad");
			continue;
		}
		putchar(' ');
		put_hex(t);
		printf(":%d:%08x:", (int)tk_model_token_kind(m, i),
		       bits32(tk_model_token_score(m, i)));
		if (tk_model_find(&id, m, t, NULL))
			printf("none");
		else
			printf("%u", id);
	}
}

static void put_rows(const struct tk_model *m)
{
	static float x[MOST];

	for (uint32_t kind = 0x20; kind < 0x32; kind++) {
		struct tk_matrix w = tk_model_matrix(m, kind);

		if (!w.data || w.cols > MOST)
			continue;
		for (uint64_t r = 0; r < w.rows && r < MOST; r++) {
			printf(" %x[%" PRIu64 "]", kind, r);
			tk_row_to_f32(x, w, r);
			for (uint64_t i = 0; i < w.cols; i++)
				printf(" %08x", bits32(x[i]));
		}
	}
}

static void put_digest(struct tk_digest d)
{
	putchar(' ');
	put_hex((struct tk_bytes){d.b, sizeof(d.b)});
}

/* Of damaged files it says nothing. */
static void put_value(const struct tk_model *m, bool damaged)
{
	struct tk_digest d;

	if (!damaged && !tk_model_value(&d, m, NULL, NULL))
		put_digest(d);
}

static void ignore(void *context, const struct tk_selftest_failure *f)
{
	(void)context;
	(void)f;
}

/* A model that cannot predict computes nothing, and has no fault in it. */
static void put_selftest(const struct tk_model *m)
{
	struct tk_selftest s;
	struct tk_error err;
	uint32_t n_bad = 0;

	switch (tk_selftest_open(&s, m, &err)) {
	case TK_E_NOT_FOUND:
		return;
	case TK_OK:
		tk_selftest_verify(&n_bad, &s, m, NULL, ignore, NULL, NULL);
		printf(" selftest %s", n_bad ? "E_CHECKSUM" : "OK");
		return;
	default:
		put_error(" selftest", &err);
	}
}

static void ask(const struct tk_container *c)
{
	bool damaged = false;
	struct tk_model *m = NULL;
	struct tk_error err;

	put_digest(tk_container_info(c).file);
	put_digest(tk_container_info(c).content);
	for (size_t i = 0; i < tk_container_count(c); i++)
		if (tk_container_verify(c, i, &err)) {
			damaged = true;
			put_error(" damage", &err);
		}
	if (tk_model_open(&m, c, &err)) {
		put_error(" model", &err);
		return;
	}
	printf(" model OK");
	put_hparams(m);
	put_tokens(m);
	put_rows(m);
	put_value(m, damaged);
	put_selftest(m);
	tk_model_close(m);
}

static void judge(const uint8_t *data, size_t size)
{
	struct guard g = guard_copy(data, size, 64);
	struct tk_container *c = NULL;
	struct tk_error err;

	if (tk_container_open_bytes(&c, (struct tk_bytes){g.data, g.size},
				    &err)) {
		put_error("open", &err);
	} else {
		printf("open OK");
		ask(c);
		tk_container_close(c);
	}
	putchar('\n');
	guard_free(&g);
}

int main(void)
{
	uint8_t head[4];

	while (fread(head, 1, 4, stdin) == 4) {
		size_t size = head[0] | (size_t)head[1] << 8 |
			      (size_t)head[2] << 16 | (size_t)head[3] << 24;
		uint8_t *data = malloc(size + 1);

		if (!data || fread(data, 1, size, stdin) != size)
			return 1;
		judge(data, size);
		free(data);
		fflush(stdout);
	}
	return 0;
}
