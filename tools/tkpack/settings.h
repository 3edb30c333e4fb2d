/* SPDX-License-Identifier: MIT */
/*
 * settings.h - --set KEY=VALUE: what the command line knows better
 */
#ifndef TKPACK_SETTINGS_H
#define TKPACK_SETTINGS_H

#include "source.h"

/*
 * Sets one hyperparameter of the source, or a key of the note section
 * (title, license, url).  Returns 0, or -1 with the message in the source.
 */
int settings_apply(struct source *s, struct tk_kv_builder *note,
		   const char *assignment);

#endif /* TKPACK_SETTINGS_H */
