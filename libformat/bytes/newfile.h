/* SPDX-License-Identifier: MIT */
/*
 * newfile.h - a file that has its name once it is whole
 *
 * Until then it is a temporary file in the directory of the path: one without
 * a name where that can be done (O_TMPFILE, and /proc is there), so that
 * nothing is left whatever ends the process; else a hidden one,
 * .NAME.tk-XXXXXXXXXXXXXXXX.tmp.
 */
#ifndef TK_NEWFILE_H
#define TK_NEWFILE_H

#include <stdbool.h>

#include "libformat/error.h"

struct tk_newfile {
	int dir;
	int fd; /* to read and to write */
	bool replace;
	bool named;	  /* the temporary file has a name */
	char *temp_path;  /* directory and hidden name; it may not be there */
	char *temp;	  /* the hidden name, in 'temp_path' */
	const char *name; /* the final one, in 'path' */
	char *path;
};

/*
 * Fails with TK_E_EXISTS, TK_E_IO or TK_E_MEMORY, and then there is nothing
 * to close.
 */
enum tk_status tk_newfile_open(struct tk_newfile *f, const char *path,
			       bool replace, struct tk_error *err);

/* Gives the file its name and syncs the directory. */
enum tk_status tk_newfile_publish(struct tk_newfile *f, struct tk_error *err);

/* What was not published is gone. */
void tk_newfile_close(struct tk_newfile *f);

#endif /* TK_NEWFILE_H */
