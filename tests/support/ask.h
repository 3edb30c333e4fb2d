/* SPDX-License-Identifier: MIT */
/*
 * ask.h - everything that can be asked of a file, whatever is in it
 */
#ifndef ASK_H
#define ASK_H

#include <libformat.h>

/* How far files let themselves be asked. */
struct asked {
	size_t opened;
	size_t models;
	size_t predicted;
	unsigned sum; /* of their bytes: a compiler must read them */
};

/*
 * Opens the file at an address that is a multiple of 64 and asks container,
 * model, tokenizer, matrices, sketch and prediction.  No answer matters, but
 * there must be one.
 */
void ask_file(struct asked *asked, struct tk_bytes file);

#endif /* ASK_H */
