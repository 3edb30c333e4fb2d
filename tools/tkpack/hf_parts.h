/* SPDX-License-Identifier: MIT */
/*
 * hf_parts.h - which tensor is W_E, which is W_U, ...
 */
#ifndef TKPACK_HF_PARTS_H
#define TKPACK_HF_PARTS_H

#include "families.h"
#include "source.h"
#include "weights.h"

struct hf_parts {
	const struct family *family;
	const char *wrapper;		 /* stands before its names */
	const struct tensor *at[N_PARTS]; /* NULL: absent */
};

/*
 * Finds the parts by their names, or W_E and W_U by --embed and --unembed.
 * 'vocab_size' (0: not known) only helps to list what W_E might be.
 */
int hf_parts_find(struct hf_parts *p, struct weights *w, struct source *s,
		  const struct source_options *opt, uint64_t vocab_size);

#endif /* TKPACK_HF_PARTS_H */
