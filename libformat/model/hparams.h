/* SPDX-License-Identifier: MIT */
/*
 * hparams.h - the hparams section -> struct tk_hparams
 */
#ifndef TK_HPARAMS_H
#define TK_HPARAMS_H

#include "libformat/model.h"

/*
 * Reads a section that tk_kv_check() has passed.  '*unknown' becomes the
 * first key that must be understood and is not, or len 0.
 */
enum tk_status tk_hparams_read(struct tk_hparams *out,
			       struct tk_bytes *unknown,
			       struct tk_bytes section, struct tk_error *err);

#endif /* TK_HPARAMS_H */
