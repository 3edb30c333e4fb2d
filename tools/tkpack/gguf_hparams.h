/* SPDX-License-Identifier: MIT */
/*
 * gguf_hparams.h - the hyperparameters of a GGUF file
 */
#ifndef TKPACK_GGUF_HPARAMS_H
#define TKPACK_GGUF_HPARAMS_H

#include "gguf_parse.h"

/* general.architecture, which the names of most other keys start with. */
int gguf_read_architecture(struct gguf *g);

/* Looks for a key of the architecture: "llama.context_length". */
int gguf_get_arch_u64(uint64_t *out, bool *found, const struct gguf *g,
		      const char *name);

/*
 * Fills in scales, softcap and the norms' kinds; the tables of W_E and the
 * norms must be there already.
 */
int gguf_read_hparams(struct gguf *g);

#endif /* TKPACK_GGUF_HPARAMS_H */
