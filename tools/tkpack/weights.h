/* SPDX-License-Identifier: MIT */
/*
 * weights.h - the tensors of one .safetensors file, or of a sharded model
 *
 * A sharded model is a directory with model.safetensors.index.json, which
 * says what tensor is in what file.  Only shards that are asked for are
 * opened, and each must hold exactly what the index says.
 */
#ifndef TKPACK_WEIGHTS_H
#define TKPACK_WEIGHTS_H

#include "safetensors.h"
#include "source.h"

struct weights_row;
struct weights_shard;

struct weights {
	const char *path;	 /* of the file or the index */
	struct tensor_list file; /* not sharded */
	struct weights_row *rows; /* sharded: sorted by name; else NULL */
	size_t n_rows;
	struct weights_shard *shards;
	size_t n_shards;
};

int weights_open_file(struct weights *w, struct source *s, const char *path);

/* 'path' is the index; the shards lie in 'directory'. */
int weights_open_index(struct weights *w, struct source *s,
		       const char *directory, const char *path);

bool weights_has(const struct weights *w, const char *name);

/* The tensor, which must be there; may open a shard. */
int weights_get(const struct tensor **out, struct weights *w,
		struct source *s, const char *name);

/*
 * Up to 20 names, quoted, for a message: matrices of 'rows' rows (any if 0);
 * of a sharded model, whose shapes are not known yet, names with "emb",
 * "wte" or "head" in them.
 */
const char *weights_candidates(const struct weights *w, struct source *s,
			       uint64_t rows);

/* "model.safetensors", from the file or of the shard; for messages. */
const char *weights_file_of(const struct tensor *t);

#endif /* TKPACK_WEIGHTS_H */
