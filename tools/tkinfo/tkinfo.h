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

#include "kvjson.h"
#include "names.h"

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

/* "present"; why a model has no index: "absent" or "stale". */
const char *index_state(const struct info *info);

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

/* What rows and tokens are like, in numbers. */
void stats_print(const struct info *info);

/* The k tokens that look least trained, and those text cannot become. */
void suspect_print(const struct info *info, size_t k);

/* Everything as one object. */
json_t *object_json(const struct info *info);

/* ---- report.c ---- */

extern const char *const verify_names[VERIFY_ALL + 1];

/* Reads what info->level says; EXIT_YES, or EXIT_NO if it is not good. */
int verify_print(const struct info *info);

/* The same as the value of "verify". */
json_t *verify_json(const struct info *info, int *status);

/* ---- statsjson.c ---- */

/* The value of "stats". */
json_t *stats_json(const struct info *info);

/* ---- suspectjson.c ---- */

/* The value of "suspect". */
json_t *suspect_json(const struct info *info, size_t k);

#endif /* TKINFO_H */
