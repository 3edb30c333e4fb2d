/* SPDX-License-Identifier: MIT */
/*
 * questions.h - a file of questions about words
 *
 * Either analogies, four words a line (Google's questions-words.txt); or
 * similarities, two words and a number a line, with tabs, commas or spaces
 * between them, perhaps more columns, and perhaps a first line that says what
 * the columns are (WordSim-353, SimLex-999).  A category begins with a line
 * ": name"; lines that begin with # are comments.
 */
#ifndef TKVEC_QUESTIONS_H
#define TKVEC_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"
#include "vec.h"

struct category {
	struct tk_bytes name; /* len 0: what stands before the first name */
	size_t first;	      /* of its questions */
	size_t n;	      /* that can be asked: the file has their words */
	size_t n_lines;	      /* of them all */
};

struct questions {
	bool similarities;
	struct category *categories; /* [n_categories] */
	size_t n_categories;
	/* What can be asked, all categories one behind the other. */
	size_t n;
	struct tk_analogy *analogies; /* [n] of analogies: a, b, c */
	uint32_t *answers;	      /* [n] and d */
	uint32_t (*pairs)[2];	      /* [n] of similarities */
	double *scores;		      /* [n] what people said */
	/* ---- for who reads ---- */
	struct input in; /* names are views of it */
	size_t capacity;
	size_t category_capacity;
};

/*
 * Reads a file, or standard input if it is "-", and looks its words up in the
 * file of 'v': as tk_word_find() does and, with --lower, in small letters.
 * A line that is none of the above ends the program with a message.
 */
void questions_read(struct questions *q, const struct vec *v,
		    const char *path);
void questions_free(struct questions *q);

#endif /* TKVEC_QUESTIONS_H */
