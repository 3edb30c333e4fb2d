/* SPDX-License-Identifier: MIT */
/*
 * guess.h - what a file is that is not what was asked for
 */
#ifndef TOOLS_GUESS_H
#define TOOLS_GUESS_H

#include <stddef.h>
#include <stdint.h>

/* As many bytes of the start of a file as are ever looked at. */
#define GUESS_HEAD 512

/* What a file is, as "... FILE ..." is typed; both static. */
struct guess {
	const char *what;   /* "looks like GGUF", "is compressed with gzip";
			       NULL: no idea */
	const char *advice; /* NULL: tkpack packs it as it is */
};

/* By the first 'n' bytes of a file. */
struct guess guess_file(const uint8_t *head, size_t n);

#endif /* TOOLS_GUESS_H */
