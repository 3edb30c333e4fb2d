/* SPDX-License-Identifier: MIT */
/*
 * parse.h - the fields of a partial result
 *
 * Whatever is not as partial.c writes it ends the program with a line that
 * names 'from' and the field.
 */
#ifndef TKPREDICT_PARSE_H
#define TKPREDICT_PARSE_H

#include <jansson.h>

#include "result.h"

/* "FROM: is no partial result of tkpredict: FIELD". */
_Noreturn void parse_wrong(const char *field, const char *from);

/* Is it what tkpredict --partial prints? */
void parse_schema(const json_t *object, const char *from);

/* A member that must be there, of that type. */
json_t *parse_member(const json_t *object, const char *key, json_type type,
		     const char *from);

/* A number: whole, from 0 to 'max'; any finite one. */
uint64_t parse_u64(const json_t *object, const char *key, uint64_t max,
		   const char *from);
double parse_real(const json_t *object, const char *key, const char *from);

/* [index, max, sum]; null is a max of -Inf. */
void parse_block(struct tk_block *out, const json_t *array, const char *from);

/*
 * Id, token, key and logit of a token.  The token stays in 'object', or goes
 * to bytes[], half as long as its hexadecimal digits, if it is not UTF-8;
 * returns how many bytes those are.
 */
size_t parse_line(struct line *out, const json_t *object, uint8_t *bytes,
		  const char *from);

#endif /* TKPREDICT_PARSE_H */
