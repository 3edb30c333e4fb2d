/* SPDX-License-Identifier: MIT */
/*
 * reading.h - any bytes as a foreign file
 */
#ifndef FUZZ_READING_H
#define FUZZ_READING_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

/* What the bytes are to the reader, beside files that are good. */
enum role {
	AS_INPUT,
	AS_TENSORS, /* with five words */
	AS_MATRIX,  /* --embed, with five words */
	AS_VOCAB,   /* --vocab, with a matrix of [5, 4] */
};

/* Opens them with the reader, and reads every table and token there is. */
void read_as(enum role role, const struct reader *r, const uint8_t *data,
	     size_t size);

/* The same of what is there already. */
void read_source(const struct reader *r, const struct source_options *opt);

#endif /* FUZZ_READING_H */
