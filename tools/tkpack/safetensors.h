/* SPDX-License-Identifier: MIT */
/*
 * safetensors.h - the header of a .safetensors file
 *
 *     u64 N, N bytes of JSON (from '{', padded with spaces), data to the end
 *
 * Every key is a tensor's name, but for "__metadata__".
 */
#ifndef TKPACK_SAFETENSORS_H
#define TKPACK_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct tensor {
	const char *name; /* [name_len] and a NUL; may have NULs inside */
	size_t name_len;
	const char *dtype; /* the file's word for it: "BF16" */
	int elem;	   /* enum elem, or -1: none that tkpack reads */
	size_t n_dims;
	uint64_t shape[2]; /* the first two dimensions */
	uint64_t offset;   /* in the file */
	uint64_t size;	   /* bytes */
	struct file *file;
};

/* Sorted by name. */
struct tensor_list {
	struct tensor *at;
	size_t n;
};

/*
 * Reads and checks the whole header, tensors nobody asks for included: the
 * ranges lie one after the other without a hole and inside the file, and have
 * the size that dtype and shape say.  Bytes behind the last tensor are
 * noted.  Memory: about 2 x the header, owned by the source.
 */
int safetensors_read(struct tensor_list *out, struct source *s,
		     struct file *f);

/* NULL if there is no such tensor. */
const struct tensor *tensor_find(const struct tensor_list *list,
				 const char *name);

/* True if the first bytes of a file look like a header. */
bool safetensors_sniff(const uint8_t *head, size_t len);

#endif /* TKPACK_SAFETENSORS_H */
