/* SPDX-License-Identifier: MIT */
/*
 * operand.h - an operand: a token, or an expression of tokens, as a vector
 */
#ifndef TKVEC_OPERAND_H
#define TKVEC_OPERAND_H

#include "vec.h"

struct operand {
	struct tk_bytes text; /* as it was typed; borrowed */
	uint32_t *ids;	      /* [n_ids]: the rows it is made of */
	size_t n_ids;
	bool is_row;   /* it is row ids[0] as it stands */
	float *vector; /* [d] */
};

/*
 * A text that is a token, byte by byte, is that token; any other is an
 * expression.  EXIT_NO, or EXIT_TROUBLE with v->expression if it cannot be
 * read, else; then there is nothing to free.
 */
int operand_read(struct operand *out, struct vec *v, struct tk_bytes text);
void operand_free(struct operand *o);

/* n of them, all or none; freed by operands_free(). */
int operands_read(struct operand **out, struct vec *v,
		  const struct tk_bytes *texts, size_t n);
void operands_free(struct operand *o, size_t n);

/*
 * EXIT_TROUBLE if an element is not finite or, with 'direction', all are
 * zero.
 */
int operand_check(struct vec *v, const struct operand *o, bool direction);

/* What is shown of it, but rank and score. */
struct answer operand_answer(const struct vec *v, const struct operand *o);

/*
 * The rows that n of them are made of, which are no answers unless
 * --include-inputs is given; freed by the caller.
 */
uint32_t *operand_inputs(size_t *n_ids, const struct vec *v,
			 const struct operand *o, size_t n);

/*
 * neighbours.c: the tokens that are furthest along a vector, and furthest
 * against it; turns the vector round on its way.
 */
void ends_answer(struct vec *v, struct operand *o);

#endif /* TKVEC_OPERAND_H */
