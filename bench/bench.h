/* SPDX-License-Identifier: MIT */
/*
 * bench.h - the groups of figures, in the order in which they are printed
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "fixture.h"

struct settings {
	const char *dir;    /* where the files are made and kept */
	const char *bin;    /* where the programs are */
	bool ggml;	    /* bench-ggml is there */
	const char *matrix; /* a model to measure too, or NULL */
	bool quick;
	bool diff; /* nothing but the comparison of files */
	/* A file of analogies, and nothing but what is asked of word vectors;
	   or NULL. */
	const char *questions;
	const char *script; /* vectors.py */
};

/* small.c: opening and the first look-up, in process and as a program. */
void bench_open(const struct settings *s);

/* logits.c: full logits of the model at 'path', kernel by kernel. */
void bench_logits(const struct settings *s, const char *path, size_t rounds);

/* What is asked: which hidden vectors belong to a matrix. */
enum vectors {
	GAUSSIAN,
	TRAINED,   /* contexts of the sample's texts, grown with the matrix */
	OF_TOKENS, /* what follows single tokens, without a transformer */
};

/* top.c: the 10 best by the sketch of the model at 'path'. */
void bench_top(const struct settings *s, const char *path, enum vectors kind,
	       size_t rounds);

/*
 * surveying.c: norms and mean direction of the rows of W_U, and all that
 * tkinfo --stats tells of them.
 */
void bench_survey(const struct settings *s, char *path, size_t rounds);

/* small.c: softmax and top-k over N_TOKENS keys. */
void bench_softmax(const struct settings *s);

/* verifying.c: checking a file, beside other ways to do it. */
void bench_verify(const struct settings *s);

/* comparing.c: tkdiff beside cmp. */
void bench_diff(const struct settings *s);

/* asking.c: tkvec beside reading and numpy. */
void bench_asking(const struct settings *s);

/* packing.c: tkpack against cp, the first scan of what it wrote, memory. */
void bench_pack(const struct settings *s);

/*
 * memory.c: what a program occupies; prints a row of the table.  'maps': it
 * maps a matrix and reads it.
 */
void print_memory(const char *name, char *const argv[], bool maps);
void print_memory_head(void);

#endif /* BENCH_BENCH_H */
