/* SPDX-License-Identifier: MIT */
/*
 * hf_tensors.h - tensors of a .safetensors file as tables of a source
 */
#ifndef TKPACK_HF_TENSORS_H
#define TKPACK_HF_TENSORS_H

#include "safetensors.h"
#include "source.h"

/* 't' must have two dimensions, and elements of a type that is read. */
int hf_matrix(struct table *out, struct source *s, const struct tensor *t);

/*
 * 't' must be [n], or [1, n] (final_logits_bias).  NULL leaves the table as
 * it is.
 */
int hf_vector(struct table *out, struct source *s, const struct tensor *t,
	      uint64_t n);

/* Are they the same, byte for byte?  Reads both, in pieces. */
int hf_same_bytes(bool *same, struct source *s, const struct tensor *a,
		  const struct tensor *b);

#endif /* TKPACK_HF_TENSORS_H */
