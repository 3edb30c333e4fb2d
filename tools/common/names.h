/* SPDX-License-Identifier: MIT */
/*
 * names.h - what the numbers of a file are called
 */
#ifndef TOOLS_NAMES_H
#define TOOLS_NAMES_H

#include <stdint.h>

#include <libformat.h>

/* "none", "zstd", "zstd-planes"; "?" if unknown. */
const char *codec_name(uint16_t codec);

/* The name of bit 'bit' of a section's flags, or NULL. */
const char *flag_name(unsigned bit);

const char *norm_name(enum tk_norm norm);
const char *token_kind_name(enum tk_token_kind kind);

/* "bos", "eos", ... */
const char *special_name(enum tk_special which);

/* The field's name of a matrix: "W_E"; its section's name if it has none. */
const char *matrix_name(const struct tk_section *s);

/* The keys of hparams that the specification gives; ends with NULL. */
extern const char *const known_hparams[];

#endif /* TOOLS_NAMES_H */
