/* SPDX-License-Identifier: MIT */
/*
 * packcheck.h - do the parts of a source make a model?
 */
#ifndef TKPACK_PACKCHECK_H
#define TKPACK_PACKCHECK_H

#include "source.h"

/*
 * Checks tables, tokens and facts against each other: whatever
 * tk_model_open() would refuse is refused here, before anything is written.
 */
int pack_check(struct source *s);

/*
 * Fails if 'output' is a file of the source, or one beside those of a source
 * that is a directory and no .tk file: it would be replaced.
 */
int pack_check_output(struct source *s, const char *output);

#endif /* TKPACK_PACKCHECK_H */
