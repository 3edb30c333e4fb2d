/* SPDX-License-Identifier: MIT */
/*
 * gguf_image.h - GGUF files for tests: a small good one, and ways to spoil it
 *
 * image_init() makes a model of architecture "llama": 5 tokens, 6 rows of 4
 * columns, W_U, b_U and a final norm.  Its parts may be changed until
 * image_write() puts the file together.  No memory: the test fails.
 */
#ifndef TEST_GGUF_IMAGE_H
#define TEST_GGUF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAX_KV 32
#define IMAGE_MAX_TENSORS 8

struct image_kv {
	char *key;
	size_t key_len;
	uint32_t type;
	uint8_t *value; /* of an array: element type and count first */
	size_t len;
};

struct image_tensor {
	const char *name;
	size_t name_len;
	uint32_t n_dims;
	uint64_t ne[5];
	uint32_t type;
	uint64_t offset_added; /* to where it really is */
	const void *data;      /* NULL: zeros */
	size_t size;
};

struct gguf_image {
	char magic[4];
	uint32_t version;
	uint64_t n_kv_added;	  /* to the true count */
	uint64_t n_tensors_added; /* likewise */
	size_t alignment;
	size_t n_kv;
	struct image_kv kv[IMAGE_MAX_KV];
	size_t n_tensors;
	struct image_tensor tensors[IMAGE_MAX_TENSORS];
};

/* The good model's matrices. */
extern const float image_w_e[6][4];
extern const uint16_t image_w_u[6][4]; /* f16 */
extern const float image_b_u[6];
extern const float image_norm[4];

void image_init(struct gguf_image *img);
void gguf_image_free(struct gguf_image *img);

/* Sets a key, in place if it is there; or adds another of that name. */
void image_set(struct gguf_image *img, const char *key, uint32_t type,
	       const void *value, size_t len);
void image_append(struct gguf_image *img, const char *key, uint32_t type,
		  const void *value, size_t len);
void image_u32(struct gguf_image *img, const char *key, uint32_t value);
void image_i32(struct gguf_image *img, const char *key, int32_t value);
void image_f32(struct gguf_image *img, const char *key, float value);
void image_bool(struct gguf_image *img, const char *key, uint8_t value);
void image_text(struct gguf_image *img, const char *key, const char *text);
void image_array(struct gguf_image *img, const char *key, uint32_t elem,
		 uint64_t count, const void *elements, size_t len);
void image_strings(struct gguf_image *img, const char *key, size_t n,
		   const char *const *texts);

/* The key, the tensor; the test fails if it is not there. */
struct image_kv *image_kv(struct gguf_image *img, const char *key);
struct image_tensor *image_tensor(struct gguf_image *img, const char *name);

void image_drop(struct gguf_image *img, const char *key);
void image_drop_tensor(struct gguf_image *img, const char *name);
void image_add_tensor(struct gguf_image *img, const char *name, uint32_t type,
		      uint64_t cols, uint64_t rows, const void *data,
		      size_t size);

/* The whole file; freed by the caller.  It ends with the last tensor. */
uint8_t *image_build(const struct gguf_image *img, size_t *len);

#endif /* TEST_GGUF_IMAGE_H */
