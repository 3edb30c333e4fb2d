/* SPDX-License-Identifier: MIT */
/*
 * vocabfile.h - a vocabulary as a text file, one word a line
 */
#ifndef TKPACK_VOCABFILE_H
#define TKPACK_VOCABFILE_H

#include "source.h"

/*
 * Appends the words of the file to the source's tokens.  A word is all bytes
 * of its line, blanks at either end too; an empty line is the empty token;
 * words that occur twice are two tokens.  Lines end in LF, or all in CR LF.
 */
int vocabfile_read(struct source *s, const char *path);

#endif /* TKPACK_VOCABFILE_H */
