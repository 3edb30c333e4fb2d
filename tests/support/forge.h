/* SPDX-License-Identifier: MIT */
/*
 * forge.h - makes small model files in memory, and then spoils them
 *
 * A file is made by the library's writer.  To reach the check behind a
 * checksum, a field is changed and the file sealed anew, by code that shares
 * nothing with the library but xxHash.
 */
#ifndef FORGE_H
#define FORGE_H

#include <libformat.h>

#include "rng.h"

#define FORGE_MAX 24

struct forge_item {
	struct tk_section_spec spec;
	uint8_t *data;
};

struct forge {
	struct tk_hparams hp;
	struct tk_kv_builder *others; /* more hyperparameters, or NULL */
	struct tk_vocab_parts vocab;  /* n_tokens 0: no vocabulary */
	bool without_hparams;
	bool with_sketch; /* of W_U, or W_E if there is none */
	struct forge_item items[FORGE_MAX]; /* by kind and name */
	size_t n;
};

/* A whole file, at a multiple of 64. */
struct image {
	uint8_t *data;
	size_t size;
};

/* Default hyperparameters and a vocabulary of six tokens. */
void forge_start(struct forge *f);
void forge_end(struct forge *f);

/* Adds a section; of hparams, it then stands for f->hp. */
void forge_bytes(struct forge *f, uint32_t kind, struct tk_bytes bytes);
void forge_free_bytes(struct forge *f, const char *name, uint32_t flags,
		      struct tk_bytes bytes);
void forge_matrix(struct forge *f, uint32_t kind, enum tk_dtype dtype,
		  uint64_t rows, uint64_t cols, const float *values);
void forge_random(struct forge *f, uint32_t kind, enum tk_dtype dtype,
		  uint64_t rows, uint64_t cols, struct rng *r);

/* Adds the sketch of the matrix among the items. */
enum tk_status forge_sketch(struct tk_writer *w, const struct forge *f,
			    struct tk_error *e);

/* Writes to 'path'. */
void forge_write(const struct forge *f, const char *path);
struct image forge_image(const struct forge *f);

/* Adds the self-test of what is there so far: a context and a vector. */
void forge_selftest(struct forge *f);

/* A model that has all that is used: forge_start() and what is added to it. */
void forge_fill(struct forge *f);
struct image forge_whole(void);

struct image image_copy(const struct image *im, size_t size);
struct image image_of_file(const char *path);
void image_free(struct image *im);
struct tk_bytes image_bytes(const struct image *im);

/* Where the table entry, and where the section, of a kind begins. */
size_t image_entry(const struct image *im, uint32_t kind);
size_t image_section(const struct image *im, uint32_t kind);

/* Little-endian integers of 'width' bytes. */
uint64_t image_get(const struct image *im, size_t at, size_t width);
void image_put(struct image *im, size_t at, size_t width, uint64_t value);

/* Makes the header checksum anew; that and the root; all digests. */
void image_seal_header(struct image *im);
void image_seal(struct image *im);
void image_seal_all(struct image *im);

#endif /* FORGE_H */
