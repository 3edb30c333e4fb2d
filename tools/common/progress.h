/* SPDX-License-Identifier: MIT */
/*
 * progress.h - a bar on stderr: only on a terminal, only past half a second
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdint.h>

/* Starts a bar for work of 'total' bytes. */
void progress_start(uint64_t total);

/* That many more are done. */
void progress_add(uint64_t bytes);

/* Takes the bar away. */
void progress_end(void);

#endif /* TOOLS_PROGRESS_H */
