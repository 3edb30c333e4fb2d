/* SPDX-License-Identifier: MIT */
/*
 * element.h - one element of a vector of the file
 */
#ifndef TK_ELEMENT_H
#define TK_ELEMENT_H

#include "base/dtype.h"
#include "base/endian.h"
#include "libformat/model.h"

/* Element i of a vector, which is f32, f16 or bf16. */
static inline float tk_element(const struct tk_matrix *v, size_t i)
{
	switch (v->dtype) {
	case TK_F16:
		return tk_f16_to_f32(tk_load16(v->data + 2 * i));
	case TK_BF16:
		return tk_bf16_to_f32(tk_load16(v->data + 2 * i));
	default:
		return tk_load_f32(v->data + 4 * i);
	}
}

#endif /* TK_ELEMENT_H */
