/* SPDX-License-Identifier: MIT */
/*
 * save.h - the trained model as sections of a .tk file
 */
#ifndef SAMPLES_SAVE_H
#define SAMPLES_SAVE_H

#include <libformat/writer.h>

#include "corpus.h"
#include "lbl.h"

/* Sections that save_model() adds. */
#define N_SECTIONS 9

enum tk_status save_model(struct tk_writer *w, const struct lbl *m,
			  const struct corpus *c, struct tk_error *err);

#endif /* SAMPLES_SAVE_H */
