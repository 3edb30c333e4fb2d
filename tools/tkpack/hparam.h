/* SPDX-License-Identifier: MIT */
/*
 * hparam.h - hyperparameters by name, from text: manifests and --set
 */
#ifndef TKPACK_HPARAM_H
#define TKPACK_HPARAM_H

#include <libformat.h>

/* The number of the key with that name, below 32; -1: there is none. */
int hparam_find(struct tk_bytes name);

/* The name of key 'i'; NULL after the last. */
const char *hparam_name(int i);

/*
 * Sets a key of 'hp' from its text.  Returns NULL, or what is wrong with the
 * text ("is neither true nor false").
 */
const char *hparam_set(struct tk_hparams *hp, int key, struct tk_bytes text);

#endif /* TKPACK_HPARAM_H */
