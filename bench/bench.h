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
	const char *ggml;   /* bench-ggml, or NULL */
	const char *matrix; /* a model to measure too, or NULL */
	bool quick;
};

/* A model that is open until the program ends. */
struct opened {
	struct tk_container *file;
	struct tk_model *model;
	struct tk_matrix w_u;
};

/* Opens a model that can predict; ends the program if that fails. */
struct opened open_model(const char *path);
void close_model(struct opened *o);

/* Full logits of the model at 'path', beside what reading it costs. */
void bench_logits(const struct settings *s, const char *path, size_t rounds);

/* Opening and the first look-up, in process and as a whole program. */
void bench_open(const struct settings *s);

/* Softmax and top-k over N_TOKENS keys. */
void bench_softmax(const struct settings *s);

/* tkpack against cp, then the first scan of what tkpack wrote. */
void bench_pack(const struct settings *s);

#endif /* BENCH_BENCH_H */
