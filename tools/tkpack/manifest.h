/* SPDX-License-Identifier: MIT */
/*
 * manifest.h - between the files of the manifest reader: spec/manifest.md
 */
#ifndef TKPACK_MANIFEST_H
#define TKPACK_MANIFEST_H

#include "lines.h"
#include "source.h"

#define MANIFEST_MAX_TOKEN 65535

struct manifest_part; /* a matrix that is being read */

struct manifest {
	struct lines lines;
	const struct manifest_part *reading; /* whose line comes next */
	uint32_t hparams_seen;		     /* bit i: key i */
	uint8_t token[MANIFEST_MAX_TOKEN];   /* the token of the line */
};

/* The lines of one kind; 'rest' is what follows the first word of the line. */
int manifest_hparam(struct manifest *m, struct source *s, struct tk_bytes rest);
int manifest_special(struct manifest *m, struct source *s,
		     struct tk_bytes rest);
int manifest_token(struct manifest *m, struct source *s, struct tk_bytes rest);

bool manifest_is(struct tk_bytes field, const char *word);

/* "FILE:LINE: "field" message"; returns -1. */
int manifest_fail(struct manifest *m, struct source *s, struct tk_bytes field,
		  const char *message);

/* Fails if the line goes on. */
int manifest_end_line(struct manifest *m, struct source *s,
		      struct tk_bytes rest);

#endif /* TKPACK_MANIFEST_H */
