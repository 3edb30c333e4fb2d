/* SPDX-License-Identifier: MIT */
/*
 * gguf_image.c - GGUF files for tests: a small good one, and ways to spoil it
 */
#include "gguf_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const float image_w_e[6][4] = {
	{1, 2, 3, 4},	    {-1, -2, -3, -4}, {0.5f, 0, 0, 0.25f},
	{0, 1, 0, -1},	    {8, 4, 2, 1},     {0, 0, 0, 0},
};
const uint16_t image_w_u[6][4] = {
	{0x3c00, 0, 0, 0}, {0, 0x3c00, 0, 0}, {0, 0, 0x3c00, 0},
	{0, 0, 0, 0x3c00}, {0x4000, 0, 0, 0}, {0, 0, 0, 0},
};
const float image_b_u[6] = {0, 0.5f, 0, -0.5f, 0, 0};
const float image_norm[4] = {1, 1, 2, 1};

/* Bytes that grow. */
struct out {
	uint8_t *p;
	size_t len;
};

static void put(struct out *o, const void *bytes, size_t len)
{
	o->p = realloc(o->p, o->len + len + 1);
	assert_non_null(o->p);
	if (bytes)
		memcpy(o->p + o->len, bytes, len);
	else
		memset(o->p + o->len, 0, len);
	o->len += len;
}

static void put_number(struct out *o, uint64_t x, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(x >> 8 * i);

		put(o, &byte, 1);
	}
}

static void put_string(struct out *o, const char *text, size_t len)
{
	put_number(o, len, 8);
	put(o, text, len);
}

static void put_zeros_to(struct out *o, size_t alignment)
{
	if (alignment && o->len % alignment)
		put(o, NULL, alignment - o->len % alignment);
}

/* ---- keys ---- */

static struct image_kv *find(struct gguf_image *img, const char *key)
{
	for (size_t i = 0; i < img->n_kv; i++)
		if (!strcmp(img->kv[i].key, key))
			return &img->kv[i];
	return NULL;
}

struct image_kv *image_kv(struct gguf_image *img, const char *key)
{
	struct image_kv *kv = find(img, key);

	assert_non_null(kv);
	return kv;
}

static void assign(struct image_kv *kv, uint32_t type, const void *value,
		   size_t len)
{
	struct out o = {NULL, 0};

	put(&o, value, len);
	free(kv->value);
	kv->type = type;
	kv->value = o.p;
	kv->len = len;
}

void image_append(struct gguf_image *img, const char *key, uint32_t type,
		  const void *value, size_t len)
{
	struct image_kv *kv = &img->kv[img->n_kv];
	struct out name = {NULL, 0};

	assert_true(img->n_kv < IMAGE_MAX_KV);
	img->n_kv++;
	put(&name, key, strlen(key) + 1);
	memset(kv, 0, sizeof(*kv));
	kv->key = (char *)name.p;
	kv->key_len = strlen(key);
	assign(kv, type, value, len);
}

void image_set(struct gguf_image *img, const char *key, uint32_t type,
	       const void *value, size_t len)
{
	struct image_kv *kv = find(img, key);

	if (kv)
		assign(kv, type, value, len);
	else
		image_append(img, key, type, value, len);
}

static void set_number(struct gguf_image *img, const char *key, uint32_t type,
		       uint64_t x, size_t size)
{
	struct out o = {NULL, 0};

	put_number(&o, x, size);
	image_set(img, key, type, o.p, o.len);
	free(o.p);
}

void image_u32(struct gguf_image *img, const char *key, uint32_t value)
{
	set_number(img, key, 4, value, 4);
}

void image_i32(struct gguf_image *img, const char *key, int32_t value)
{
	set_number(img, key, 5, (uint32_t)value, 4);
}

void image_f32(struct gguf_image *img, const char *key, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	set_number(img, key, 6, bits, 4);
}

void image_bool(struct gguf_image *img, const char *key, uint8_t value)
{
	set_number(img, key, 7, value, 1);
}

void image_text(struct gguf_image *img, const char *key, const char *text)
{
	struct out o = {NULL, 0};

	put_string(&o, text, strlen(text));
	image_set(img, key, 8, o.p, o.len);
	free(o.p);
}

void image_array(struct gguf_image *img, const char *key, uint32_t elem,
		 uint64_t count, const void *elements, size_t len)
{
	struct out o = {NULL, 0};

	put_number(&o, elem, 4);
	put_number(&o, count, 8);
	put(&o, elements, len);
	image_set(img, key, 9, o.p, o.len);
	free(o.p);
}

void image_strings(struct gguf_image *img, const char *key, size_t n,
		   const char *const *texts)
{
	struct out o = {NULL, 0};

	for (size_t i = 0; i < n; i++)
		put_string(&o, texts[i], strlen(texts[i]));
	image_array(img, key, 8, n, o.p, o.len);
	free(o.p);
}

void image_drop(struct gguf_image *img, const char *key)
{
	struct image_kv *kv = image_kv(img, key);

	free(kv->key);
	free(kv->value);
	*kv = img->kv[--img->n_kv];
}

/* ---- tensors ---- */

struct image_tensor *image_tensor(struct gguf_image *img, const char *name)
{
	for (size_t i = 0; i < img->n_tensors; i++)
		if (!strcmp(img->tensors[i].name, name))
			return &img->tensors[i];
	fail_msg("no tensor %s", name);
	return NULL;
}

void image_drop_tensor(struct gguf_image *img, const char *name)
{
	struct image_tensor *t = image_tensor(img, name);

	*t = img->tensors[--img->n_tensors];
}

void image_add_tensor(struct gguf_image *img, const char *name, uint32_t type,
		      uint64_t cols, uint64_t rows, const void *data,
		      size_t size)
{
	struct image_tensor *t = &img->tensors[img->n_tensors];

	assert_true(img->n_tensors < IMAGE_MAX_TENSORS);
	img->n_tensors++;
	*t = (struct image_tensor){
		.name = name,
		.name_len = strlen(name),
		.n_dims = rows > 1 ? 2 : 1,
		.ne = {cols, rows, 1, 1, 1},
		.type = type,
		.data = data,
		.size = size,
	};
}

/* ---- the whole ---- */

void image_init(struct gguf_image *img)
{
	static const char *const tokens[] = {"<unk>", "<s>", "<0x0A>",
					     "\342\226\201a", "b"};
	static const int32_t kinds[] = {2, 3, 6, 1, 1};
	static const float scores[] = {0, 0, 0, -1, -2};

	memset(img, 0, sizeof(*img));
	memcpy(img->magic, "GGUF", 4);
	img->version = 3;
	img->alignment = 32;
	image_text(img, "general.architecture", "llama");
	image_u32(img, "llama.context_length", 16);
	image_u32(img, "llama.embedding_length", 4);
	image_f32(img, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
	image_text(img, "tokenizer.ggml.model", "llama");
	image_strings(img, "tokenizer.ggml.tokens", 5, tokens);
	image_array(img, "tokenizer.ggml.scores", 6, 5, scores, 20);
	image_array(img, "tokenizer.ggml.token_type", 5, 5, kinds, 20);
	image_u32(img, "tokenizer.ggml.bos_token_id", 1);
	image_u32(img, "tokenizer.ggml.unknown_token_id", 0);
	image_add_tensor(img, "blk.0.x", 24, 3, 1, NULL, 3);
	image_add_tensor(img, "token_embd.weight", 0, 4, 6, image_w_e, 96);
	image_add_tensor(img, "output_norm.weight", 0, 4, 1, image_norm, 16);
	image_add_tensor(img, "output.weight", 1, 4, 6, image_w_u, 48);
	image_add_tensor(img, "output.bias", 0, 6, 1, image_b_u, 24);
}

void gguf_image_free(struct gguf_image *img)
{
	for (size_t i = 0; i < img->n_kv; i++) {
		free(img->kv[i].key);
		free(img->kv[i].value);
	}
	img->n_kv = 0;
}

static void put_tensor(struct out *o, const struct image_tensor *t,
		       uint64_t offset)
{
	put_string(o, t->name, t->name_len);
	put_number(o, t->n_dims, 4);
	for (uint32_t d = 0; d < t->n_dims; d++)
		put_number(o, t->ne[d < 5 ? d : 4], 8);
	put_number(o, t->type, 4);
	put_number(o, offset + t->offset_added, 8);
}

uint8_t *image_build(const struct gguf_image *img, size_t *len)
{
	struct out o = {NULL, 0}, data = {NULL, 0};

	put(&o, img->magic, 4);
	put_number(&o, img->version, 4);
	put_number(&o, img->n_tensors + img->n_tensors_added, 8);
	put_number(&o, img->n_kv + img->n_kv_added, 8);
	for (size_t i = 0; i < img->n_kv; i++) {
		put_string(&o, img->kv[i].key, img->kv[i].key_len);
		put_number(&o, img->kv[i].type, 4);
		put(&o, img->kv[i].value, img->kv[i].len);
	}
	for (size_t i = 0; i < img->n_tensors; i++) {
		put_zeros_to(&data, img->alignment);
		put_tensor(&o, &img->tensors[i], data.len);
		put(&data, img->tensors[i].data, img->tensors[i].size);
	}
	if (data.len) {
		put_zeros_to(&o, img->alignment);
		put(&o, data.p, data.len);
	}
	free(data.p);
	*len = o.len;
	return o.p;
}
