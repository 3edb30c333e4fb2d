/* SPDX-License-Identifier: MIT */
/*
 * vocabfile.h - a vocabulary as a list: one word a line, or JSON
 */
#ifndef TKPACK_VOCABFILE_H
#define TKPACK_VOCABFILE_H

#include "source.h"

/*
 * Appends the words of the file to the source's tokens.  A word is all bytes
 * of its line, blanks at either end too; an empty line is the empty token;
 * words that occur twice are two tokens.  Lines end in LF, or all in CR LF.
 *
 * A file that is a JSON list, all of it, has its texts as words instead; a
 * list of anything else is refused.  A word list may begin with '[', too; but
 * a file that is named .json must be a list.
 */
int vocabfile_read(struct source *s, const char *path);

/* Whether the name of the file says that it is JSON. */
bool vocabfile_is_named_json(const char *path);

/* Adds to a message what a file of words should be named; returns -1. */
int vocabfile_no_json(struct source *s);

#endif /* TKPACK_VOCABFILE_H */
