/* SPDX-License-Identifier: MIT */
/*
 * blame.h - which number is none
 */
#ifndef TK_BLAME_H
#define TK_BLAME_H

#include "libformat/error.h"
#include "libformat/model.h"

/* Fails with TK_E_VALUE if an element of h[d] is not finite, naming it. */
enum tk_status tk_check_hidden(const float *h, uint64_t d,
			       struct tk_error *err);

/*
 * Why the key of token 'id' is not finite though the hidden vector is: fails
 * with TK_E_VALUE, naming the row, and the first column or the bias that is
 * not finite.  It has row 'row' of 'w_u', which may be a part of W_U; 'bias'
 * has data NULL if there is none.
 */
enum tk_status tk_blame_key(struct tk_error *err, const struct tk_matrix *w_u,
			    uint64_t row, const struct tk_matrix *bias,
			    uint64_t id);

#endif /* TK_BLAME_H */
