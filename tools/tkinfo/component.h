/* SPDX-License-Identifier: MIT */
/*
 * component.h - the direction in which rows differ most
 */
#ifndef TKINFO_COMPONENT_H
#define TKINFO_COMPONENT_H

#include "tkinfo.h"

/*
 * v[cols] = the first principal component of the first n rows of 'm', those
 * that are not finite left out: a unit vector, of either sign.  False if there
 * is none: rows do not differ.  Found by power iteration: where the two
 * largest variances are nearly the same, it is a mixture of the directions.
 */
bool component_first(float *v, struct tk_matrix m, uint64_t n,
		     const struct info *info);

#endif /* TKINFO_COMPONENT_H */
