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
 * list of anything else is refused.  A word list may begin with '[', too.
 */
int vocabfile_read(struct source *s, const char *path);

#endif /* TKPACK_VOCABFILE_H */
