/* SPDX-License-Identifier: MIT */
/*
 * archived.h - a file as an archive
 */
#ifndef ARCHIVED_H
#define ARCHIVED_H

#include "forge.h"

/* Writes the archive of 'c' to 'path', replacing what is there. */
void archived_write(const char *path, const struct tk_container *c);

/* W_E in f32 and W_U in f16, [6000, 100]: two frames and more each. */
struct image archived_plain(void);

/* The archive of a file in memory. */
struct image archived_image(const struct image *plain);

#endif /* ARCHIVED_H */
