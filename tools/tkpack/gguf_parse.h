/* SPDX-License-Identifier: MIT */
/*
 * gguf_parse.h - a GGUF file as keys, values and tensors' places
 *
 * Versions 2 and 3, little-endian.  Everything in front of the tensor data
 * is checked, wanted or not; what it means for a model is gguf.c's affair.
 * Functions return 0, or -1 with the message in the source.
 */
#ifndef TKPACK_GGUF_PARSE_H
#define TKPACK_GGUF_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "file.h"
#include "source.h"

enum gguf_type {
	GGUF_U8 = 0,
	GGUF_I8 = 1,
	GGUF_U16 = 2,
	GGUF_I16 = 3,
	GGUF_U32 = 4,
	GGUF_I32 = 5,
	GGUF_F32 = 6,
	GGUF_BOOL = 7,
	GGUF_STRING = 8,
	GGUF_ARRAY = 9,
	GGUF_U64 = 10,
	GGUF_I64 = 11,
	GGUF_F64 = 12,
	GGUF_N_TYPES
};

struct gguf_kv {
	const char *key;
	enum gguf_type type; /* of the value; of the elements of an array */
	bool is_array;
	uint64_t n;	     /* elements of an array; bytes of a string */
	uint64_t offset;     /* in the file: of a string's first byte, of an
				array's first element */
	uint64_t bits;	     /* of a number, zero-extended */
};

struct gguf_tensor {
	const char *name;
	uint32_t n_dims;
	uint64_t ne[4];	 /* ne[0]: elements of a row; 1 beyond n_dims */
	uint32_t type;	 /* ggml's number, a known one */
	uint64_t offset; /* in the file, once all tensors are read */
	uint64_t size;	 /* bytes */
};

struct gguf {
	struct source *s;
	struct file *file;
	struct scan scan;
	uint64_t end; /* nothing in front of the tensor data is beyond */
	uint32_t version;
	uint64_t n_kv;
	struct gguf_kv *kv; /* by key */
	uint64_t n_tensors;
	struct gguf_tensor *tensors; /* by name */
};

/* Reads all of the file but the tensor data. */
int gguf_parse(struct gguf *g, struct source *s, const char *path);

/* The second half of gguf_parse(): the tensors, from where the scan stands. */
int gguf_parse_tensors(struct gguf *g);

/* NULL if there is none. */
const struct gguf_kv *gguf_find(const struct gguf *g, const char *key);
const struct gguf_tensor *gguf_find_tensor(const struct gguf *g,
					   const char *name);

/*
 * The value of a key; '*found' is false, and the output as it was, if there
 * is no such key.  A value of another type is an error.  Integers may be of
 * any integer type, but not negative; reals are f32 or f64; texts of at most
 * 'limit' bytes have no NUL in them and live as long as the source.
 */
int gguf_get_u64(uint64_t *out, bool *found, const struct gguf *g,
		 const char *key);
int gguf_get_f64(double *out, bool *found, const struct gguf *g,
		 const char *key);
int gguf_get_bool(bool *out, bool *found, const struct gguf *g,
		  const char *key);
int gguf_get_text(const char **out, bool *found, const struct gguf *g,
		  const char *key, uint64_t limit);

/* A key's or tensor's name, quoted for a message. */
const char *gguf_shown(const struct gguf *g, const char *name);

/* "u32", "string", ... */
const char *gguf_type_name(enum gguf_type type);

/* ggml's name for a tensor's type, and how tkpack reads it, or -1. */
const char *gguf_tensor_type_name(uint32_t type);
int gguf_tensor_elem(uint32_t type);

/* ---- for scanning ---- */

/*
 * Makes '*p' point to the next n bytes, n at most GGUF_WINDOW, and goes past
 * them.  'what' is being read, for the message.
 */
int gguf_take(const uint8_t **p, struct gguf *g, size_t n, const char *what);

/* Takes the length of a string, which is not longer than the file. */
int gguf_take_len(uint64_t *len, struct gguf *g, const char *what);

/* Capacity of the window. */
#define GGUF_WINDOW (1U << 18)

#endif /* TKPACK_GGUF_PARSE_H */
