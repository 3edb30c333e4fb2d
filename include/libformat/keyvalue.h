/* SPDX-License-Identifier: MIT */
/*
 * libformat/keyvalue.h - sections made of typed keys and values
 *
 * hparams, note and tokenizer sections have this form (spec/format.md 3).
 * Reading works in place; a builder keeps its keys sorted and unique, so one
 * set of keys has one encoding.
 */
#ifndef LIBFORMAT_KEYVALUE_H
#define LIBFORMAT_KEYVALUE_H

#include <stdbool.h>

#include "libformat/bytes.h"
#include "libformat/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum tk_kv_type {
	TK_KV_BOOL = 1,	 /* 1 byte, 0 or 1 */
	TK_KV_U64 = 2,	 /* 8 bytes */
	TK_KV_F64 = 3,	 /* 8 bytes, finite */
	TK_KV_TEXT = 4,	 /* UTF-8 without NUL */
	TK_KV_BYTES = 5, /* any */
	TK_KV_U64S = 6,	 /* array */
	TK_KV_F64S = 7,	 /* array, each finite */
};

/* One entry, a view into the section. */
struct tk_kv {
	struct tk_bytes key;	/* 1 to 127 of a-z 0-9 _ . - */
	struct tk_bytes value;	/* as it lies in the file, 8-byte aligned */
	enum tk_kv_type type;
	bool must;		/* must be understood to predict */
};

struct tk_kv_builder;

#pragma GCC visibility push(default)

/*
 * tk_kv_check() walks the whole section: sizes, order, types, values.  Fails
 * with TK_E_LIMIT, TK_E_LAYOUT, TK_E_RESERVED or TK_E_VALUE; 'err->offset' is
 * relative to the section.  Cost: O(section).
 */
enum tk_status tk_kv_check(struct tk_bytes section, struct tk_error *err);

/*
 * Puts the next entry of a section that tk_kv_check() has passed into '*out'
 * and returns true; false at the end.  '*pos' is 0 at first.  Does not read
 * outside 'section' even if the bytes have changed since.
 */
bool tk_kv_next(struct tk_kv *out, struct tk_bytes section, size_t *pos);

/* Finds 'key' in a checked section; false if it is not there. */
bool tk_kv_find(struct tk_kv *out, struct tk_bytes section, const char *key);

/* The value of an entry of that type; element 'i' of an array. */
bool tk_kv_bool(const struct tk_kv *kv);
uint64_t tk_kv_u64(const struct tk_kv *kv, size_t i);
double tk_kv_f64(const struct tk_kv *kv, size_t i);

/* Returns an empty builder, or NULL if there is no memory. */
struct tk_kv_builder *tk_kv_builder_new(void);

/* NULL is ok. */
void tk_kv_builder_free(struct tk_kv_builder *b);

/*
 * Sets 'key', replacing a value it had.  The value is copied.  Arrays and
 * numbers are given as native uint64_t or double.  A failure (TK_E_ARGUMENT:
 * bad key or value; TK_E_LIMIT; TK_E_MEMORY) is returned here and again by
 * tk_kv_builder_finish(), so a row of calls needs one check.
 */
enum tk_status tk_kv_set_bool(struct tk_kv_builder *b, const char *key,
			      bool value, bool must);
enum tk_status tk_kv_set_u64(struct tk_kv_builder *b, const char *key,
			     uint64_t value, bool must);
enum tk_status tk_kv_set_f64(struct tk_kv_builder *b, const char *key,
			     double value, bool must);
enum tk_status tk_kv_set_text(struct tk_kv_builder *b, const char *key,
			      struct tk_bytes text, bool must);
enum tk_status tk_kv_set_bytes(struct tk_kv_builder *b, const char *key,
			       struct tk_bytes bytes, bool must);
enum tk_status tk_kv_set_u64s(struct tk_kv_builder *b, const char *key,
			      const uint64_t *values, size_t n, bool must);
enum tk_status tk_kv_set_f64s(struct tk_kv_builder *b, const char *key,
			      const double *values, size_t n, bool must);

/* Number of keys set so far. */
size_t tk_kv_builder_count(const struct tk_kv_builder *b);

/*
 * Puts the encoded section into '*out'; it belongs to 'b' and lives until the
 * next call on it.  Fails with what a tk_kv_set_*() failed with before, or
 * with TK_E_LIMIT (more than 16 MiB) or TK_E_MEMORY.
 */
enum tk_status tk_kv_builder_finish(struct tk_bytes *out,
				    struct tk_kv_builder *b,
				    struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_KEYVALUE_H */
