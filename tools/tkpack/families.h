/* SPDX-License-Identifier: MIT */
/*
 * families.h - what the families of models call the two ends, and what they
 * do between them
 *
 * Two tables.  A family is found by the names of its tensors; the habits that
 * no tensor and no key of config.json shows go by model_type.
 */
#ifndef TKPACK_FAMILIES_H
#define TKPACK_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>

#include <libformat.h>

/* What a tensor is to us. */
enum part {
	PART_W_E,
	PART_W_U,
	PART_B_U,
	PART_FINAL_WEIGHT,
	PART_FINAL_BIAS,
	PART_EMBED_WEIGHT, /* the norm right behind W_E */
	PART_EMBED_BIAS,
	N_PARTS
};

/* What messages call it: "W_E". */
const char *part_name(enum part p);

/*
 * Names of each part, separated by spaces, the likeliest first; several that
 * are there at once are the same matrix.  NULL: the family has no such part.
 */
struct family {
	const char *names[N_PARTS];
	const char *note; /* what a user must know, or NULL */
};

extern const struct family families[];
extern const size_t n_families;

/* For a W_E that is in no family, given by name. */
extern const struct family family_unknown;

/* What models inside larger ones put before every name; the first is "". */
extern const char *const family_wrappers[];
extern const size_t n_family_wrappers;

/* Copies word 'i' of 'names' to 'out'; false if there are fewer. */
bool family_word(char *out, size_t size, const char *names, size_t i);

enum habit {
	HABIT_PLUS_ONE = 1,	   /* final norm uses 1 + weight */
	HABIT_NO_WEIGHT = 2,	   /* final norm has no weight at all */
	HABIT_EMBED_SQRT = 4,	   /* x = W_E sqrt(d), rounded to W_E's dtype */
	HABIT_SQRT_BF16 = 8,	   /* that factor is always rounded to bf16 */
	HABIT_TIED_SQRT = 16,	   /* logits / sqrt(d) where W_U is W_E */
	HABIT_SCALING_UP = 32,	   /* logits_scaling multiplies */
	HABIT_UNIT_ROWS = 64,	   /* W_U's rows are normalised in use */
	HABIT_CAP_30 = 128,	   /* softcap 30 if config.json is silent */
	HABIT_SCALE_16TH = 256,	   /* logit_scale 0.0625 likewise */
	HABIT_NO_W_U = 512,	   /* vectors only, nothing is predicted */
	HABIT_SMALL_EMBED = 1024,  /* embedding_size is the width of W_E */
};

/* A model_type, or several with the same habits. */
struct traits {
	const char *types; /* separated by spaces */
	enum tk_norm norm; /* the final one; NONE: no saying */
	unsigned habits;
};

/* NULL if 'model_type' (may be NULL) is not known. */
const struct traits *traits_find(const char *model_type);

#endif /* TKPACK_FAMILIES_H */
