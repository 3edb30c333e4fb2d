/* SPDX-License-Identifier: MIT */
/*
 * recode.h - mapped form <-> archive form
 */
#ifndef TKPACK_RECODE_H
#define TKPACK_RECODE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the archive of 'input', or the file that the archive 'input' expands
 * to, with 'threads' threads, and says what came of it.  Every byte is
 * compared with its digest on the way.  An error ends the program.
 */
void recode(const char *input, const char *output, bool to_archive, bool force,
	    bool paranoid, size_t threads);

#endif /* TKPACK_RECODE_H */
