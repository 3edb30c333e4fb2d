/* SPDX-License-Identifier: MIT */
/*
 * tkinfo.h - the parts of tkinfo: one question each
 *
 * Every part writes its answer to stdout; one that finds that it cannot
 * answer ends the program with a message.
 */
#ifndef TKINFO_H
#define TKINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <libformat.h>

/* How much --verify reads. */
enum verify_level {
	VERIFY_STRUCTURE, /* what lies outside of the sections */
	VERIFY_INDEX,	  /* and those of vocabulary and hyperparameters */
	VERIFY_ALL,
};

/* The file that is asked about. */
struct info {
	const char *path;
	struct tk_container *container; /* NULL: damaged, see 'error' */
	struct tk_container *view;	/* of an archive: what 'model' has */
	struct tk_model *model;		/* NULL: not usable, see 'error' */
	struct tk_error error;
	bool json;
	enum verify_level level;
	size_t threads; /* to verify with */
	bool wants_value; /* the digest for which matrices are read */
};

/* ---- what things are called: names.c ---- */

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

/* "present"; why a model has no index: "absent" or "stale". */
const char *index_state(const struct info *info);

/* "w_e" -> bytes; for the functions of text.h. */
struct tk_bytes bytes_of(const char *text);

/* ---- the questions ---- */

void summary_print(const struct info *info);
void sections_print(const struct info *info);
void digest_print(const struct info *info);

/* The value digest; false where a file has none: no model, or an archive. */
bool digest_value(struct tk_digest *out, const struct info *info);

/* Decodes what can be read of header and table, however damaged. */
void hex_print(const char *path);

/*
 * Lists the tokens that contain 'pattern'; all if it is NULL.  EXIT_NO if
 * there are none, EXIT_TROUBLE if the file is damaged.
 */
int vocab_print(const struct info *info, const char *pattern);

/* How many tokens there are of each kind. */
void vocab_kinds(uint64_t counts[TK_TOKEN_BYTE + 1], const struct tk_model *m);

/* Prints the rows of a token; EXIT_NO if there is none. */
int row_print(const struct info *info, const char *token);

/* Writes the manifest that tkpack reads. */
void dump_print(const struct info *info);

/* Everything as one object; 'verify' is added to it unless it is NULL. */
void json_print(const struct info *info, json_t *verify);

/* ---- report.c ---- */

extern const char *const verify_names[VERIFY_ALL + 1];

/* Reads what info->level says; EXIT_YES, or EXIT_NO if it is not good. */
int verify_print(const struct info *info);

/* The same as the value of "verify". */
json_t *verify_json(const struct info *info, int *status);

/* ---- kvjson.c ---- */

/* jansson's integers end at 2^63 - 1; beyond, the digits are a string. */
json_t *u64_json(uint64_t x);

/* The value of an entry; bytes are hex digits. */
json_t *value_json(const struct tk_kv *kv);

/*
 * Adds the keys of a checked key/value section to an object, less those in
 * 'known', which ends with NULL.
 */
void keyvalues_json(json_t *object, struct tk_bytes section,
		    const char *const *known);

#endif /* TKINFO_H */
