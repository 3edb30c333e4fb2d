/* SPDX-License-Identifier: MIT */
/*
 * panels.h - panels of a sketch -> approximate keys, bounds, candidates
 */
#ifndef TK_PANELS_H
#define TK_PANELS_H

#include "compute/sketch.h"

/* What of panel p are rows: a bit each, the lowest for the first. */
uint32_t tk_panel_rows(const struct tk_sketch *s, size_t p);

/*
 * Reads x->scan's plane of the panels p, p + apart ... below 'end', at most
 * TK_STREAMS of them: sets their approx.
 */
void tk_scan_panels(struct tk_search *x, size_t p, size_t apart, size_t end);

/* Sets the best and reach of panel p. */
void tk_bound_panel(struct tk_search *x, size_t p);

/* Offers the rows of panel p, by their approximate keys. */
void tk_offer_panel(struct tk_candidate *heap, size_t *n, size_t k,
		    const struct tk_search *x, size_t p);

/*
 * Sets the candidates of all panels and returns how many there are; if they
 * are more than 'limit', some number above it, and not all are set.
 */
uint64_t tk_find_candidates(struct tk_search *x, uint64_t limit);

#endif /* TK_PANELS_H */
