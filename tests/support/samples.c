/* SPDX-License-Identifier: MIT */
/*
 * samples.c - whole files that are damaged in every place
 */
#include "samples.h"

#include "test.h"

struct image sample_minimal(void)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp.d_model = 20;
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

struct image sample_typical(void)
{
	struct rng r = {16};
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp.tied = true;
	f.hp.final_norm = TK_NORM_RMS;
	f.hp.final_norm_eps = 1e-6;
	forge_random(&f, TK_KIND_FINAL_NORM_WEIGHT, TK_F32, 1, 512, &r);
	forge_random(&f, TK_KIND_W_E, TK_BF16, 13, 512, &r);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static void fill(uint8_t *bytes, size_t n, struct rng *r)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)rng_u64(r);
}

/* Kinds that nothing reads yet: any bytes will do. */
static void add_unread(struct forge *f, struct rng *r)
{
	static const struct {
		uint32_t kind;
		size_t size;
	} unread[] = {
		{TK_KIND_VOCAB_ORDER, 192}, {TK_KIND_MERGES, 128},
		{TK_KIND_MERGE_INDEX, 128}, {TK_KIND_CHARSMAP, 333},
		{TK_KIND_NORMS, 92},
	};
	uint8_t bytes[333];

	for (size_t i = 0; i < LEN(unread); i++) {
		fill(bytes, unread[i].size, r);
		forge_bytes(f, unread[i].kind,
			    (struct tk_bytes){bytes, unread[i].size});
	}
}

struct image sample_every(size_t size)
{
	static uint8_t large[56000];
	struct rng r = {64};
	struct image im;
	struct forge f;

	forge_start(&f);
	forge_fill(&f);
	forge_selftest(&f);
	f.with_sketch = true;
	add_unread(&f, &r);
	assert_true(size <= sizeof(large));
	fill(large, size, &r);
	forge_free_bytes(&f, "test.large", 0,
			 (struct tk_bytes){large, size});
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

size_t sample_head(const struct image *im)
{
	return 128 + 192 * (size_t)image_get(im, 0x10, 4);
}

enum tk_status sample_check(const uint8_t *data, size_t size,
			    struct tk_error *err)
{
	struct tk_bytes file = {data, size};
	struct tk_container *c = NULL;
	enum tk_status status = tk_container_open_bytes(&c, file, err);

	for (size_t i = 0; !status && i < tk_container_count(c); i++)
		status = tk_container_verify(c, i, err);
	tk_container_close(c);
	return status;
}

bool is_damage(enum tk_status status)
{
	return status >= TK_E_MAGIC && status <= TK_E_CODEC;
}

size_t sample_step(size_t usual, size_t all)
{
	return getenv("TK_LONG") ? all : usual;
}

void sample_report(const char *format, ...)
{
	va_list ap;

	if (!getenv("TK_LONG"))
		return;
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
}
