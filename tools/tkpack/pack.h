/* SPDX-License-Identifier: MIT */
/*
 * pack.h - tables, tokens and facts -> a .tk file
 */
#ifndef TKPACK_PACK_H
#define TKPACK_PACK_H

#include "convert.h"
#include "source.h"

/* Every table a file may have, in the order of its kinds. */
enum { N_TABLES = 8 };

struct pack {
	struct source *source;
	const char *output;
	bool force;
	bool paranoid; /* read back what was written */
	enum tk_dtype dtype;	/* of W_E and W_U; TK_BYTES: keep */
	bool sketch;		/* add one */
	uint32_t self_test;	/* cases of one; 0: none */
	struct tk_kv_builder *note; /* keys that the user has set */
	progress_fn *progress;
	/* filled in by pack_plan() */
	struct conversion tables[N_TABLES];
	uint32_t kinds[N_TABLES];
	size_t n_tables;
	uint64_t bytes; /* of all tables, as written */
};

/*
 * Checks the source's parts against each other, and that the output is none
 * of its files, and decides what becomes of them.  Measures lossy conversions,
 * so it may read their tables.
 */
int pack_plan(struct pack *p);

/*
 * Writes the file.  A message is in the source on failure.
 */
int pack_write(struct pack *p);

/* Records why the output cannot be written; returns -1. */
int pack_fail_output(const struct pack *p, struct source *s,
		     const struct tk_error *err);

/*
 * What the sketch is of, and how many of its rows are in it; NULL if none is
 * wanted.
 */
const struct conversion *pack_sketched(const struct pack *p, uint64_t *rows);

/* The conversion of 'kind', or NULL if there is no such table. */
const struct conversion *pack_find(const struct pack *p, uint32_t kind);

#endif /* TKPACK_PACK_H */
