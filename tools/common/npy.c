/* SPDX-License-Identifier: MIT */
/*
 * npy.c - the header of a NumPy .npy file, versions 1 to 3
 *
 *     \x93NUMPY  major  minor  length (u16 in version 1, u32 after)
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }  \n
 *     elements
 *
 * The dictionary is a Python literal.  Its keys may come in any order, each
 * once; blanks are spaces; a trailing comma is allowed.
 */
#include "npy.h"

#include <string.h>

#define MAX_DICT 10000 /* as numpy's own limit */

struct cursor {
	const uint8_t *next;
	const uint8_t *end;
};

enum { KEY_DESCR = 1, KEY_FORTRAN = 2, KEY_SHAPE = 4, KEY_ALL = 7 };

static void skip_blanks(struct cursor *c)
{
	while (c->next < c->end && *c->next == ' ')
		c->next++;
}

/* Takes 'text' if it comes next, after blanks. */
static bool take(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	skip_blanks(c);
	if ((size_t)(c->end - c->next) < n || memcmp(c->next, text, n) != 0)
		return false;
	c->next += n;
	return true;
}

/* A string in either kind of quotes; one with an escape has no end here. */
static bool take_string(struct cursor *c, struct cursor *out)
{
	const char *quote = take(c, "'") ? "'" : take(c, "\"") ? "\"" : NULL;

	if (!quote)
		return false;
	out->next = c->next;
	while (c->next < c->end && *c->next != (uint8_t)*quote &&
	       *c->next != '\\' && *c->next != '\n')
		c->next++;
	out->end = c->next;
	return c->next < c->end && *c->next++ == (uint8_t)*quote;
}

static bool is(const struct cursor *text, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(text->end - text->next) == n &&
	       !memcmp(text->next, word, n);
}

static const char *parse_descr(struct npy_header *out, struct cursor *c)
{
	static const struct {
		const char *descr;
		enum npy_type type;
	} known[] = {{"<f2", NPY_F2}, {"<f4", NPY_F4}, {"<f8", NPY_F8},
		     {"|V2", NPY_V2}, {"<V2", NPY_V2}};
	struct cursor text;

	if (take(c, "["))
		return "has elements that are structures; save one field of "
		       "them, with .astype('<f4')";
	if (!take_string(c, &text))
		return "has a header whose 'descr' is no string";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is(&text, known[i].descr)) {
			out->type = known[i].type;
			return NULL;
		}
	if (text.next < text.end && *text.next == '>')
		return "has big-endian elements; save it again with "
		       ".astype('<f4')";
	/* '|O', and '/O8' as Python 2 wrote it */
	if (memchr(text.next, 'O', (size_t)(text.end - text.next)))
		return "holds Python objects (a pickle), which are never "
		       "loaded; save an array of numbers";
	return "has elements that are not float16, float32 or float64; save "
	       "it again with .astype('<f4')";
}

static const char *parse_fortran(struct npy_header *out, struct cursor *c)
{
	out->fortran = take(c, "True");
	if (!out->fortran && !take(c, "False"))
		return "has a header whose 'fortran_order' is neither True "
		       "nor False";
	return NULL;
}

/* A dimension: decimal digits, 1 to 2^63 - 1, no leading zero. */
static bool take_dim(struct cursor *c, uint64_t *out)
{
	const uint8_t *start;

	skip_blanks(c);
	start = c->next;
	*out = 0;
	while (c->next < c->end && *c->next >= '0' && *c->next <= '9') {
		unsigned digit = (unsigned)*c->next++ - '0';

		if (*out > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	return c->next > start && *start != '0';
}

static const char *parse_shape(struct npy_header *out, struct cursor *c)
{
	bool comma = true;

	out->n_dims = 0;
	out->elements = 1;
	if (!take(c, "("))
		return "has a header whose 'shape' is no tuple";
	while (!take(c, ")")) {
		uint64_t dim;

		if (!comma || out->n_dims == NPY_MAX_DIMS ||
		    !take_dim(c, &dim))
			return "has a 'shape' that is not 1 to 8 numbers, "
			       "each from 1 to 2^63-1";
		if (dim > (uint64_t)INT64_MAX / 8 / out->elements)
			return "has a 'shape' of more than 2^60 elements";
		out->elements *= dim;
		out->shape[out->n_dims++] = dim;
		comma = take(c, ",");
	}
	if (!out->n_dims)
		return "is a single number, not an array";
	/* In Python "(5)" is a number; only "(5,)" is a tuple. */
	if (out->n_dims == 1 && !comma)
		return "has a header whose 'shape' is no tuple";
	return NULL;
}

static const char *parse_entry(struct npy_header *out, struct cursor *c,
			       unsigned *seen)
{
	struct cursor key;
	unsigned bit;

	if (!take_string(c, &key) || !take(c, ":"))
		return "has a header that is no dictionary";
	bit = is(&key, "descr")		  ? KEY_DESCR
	      : is(&key, "fortran_order") ? KEY_FORTRAN
	      : is(&key, "shape")	  ? KEY_SHAPE
					  : 0;
	if (!bit)
		return "has a header with a key that is not 'descr', "
		       "'fortran_order' or 'shape'";
	if (*seen & bit)
		return "has a header with a key that occurs twice";
	*seen |= bit;
	return bit == KEY_DESCR	    ? parse_descr(out, c)
	       : bit == KEY_FORTRAN ? parse_fortran(out, c)
				    : parse_shape(out, c);
}

static const char *parse_dict(struct npy_header *out, struct cursor *c)
{
	unsigned seen = 0;
	bool comma = true;
	const char *wrong;

	if (!take(c, "{"))
		return "has a header that is no dictionary";
	while (!take(c, "}")) {
		if (!comma)
			return "has a header that is no dictionary";
		wrong = parse_entry(out, c, &seen);
		if (wrong)
			return wrong;
		comma = take(c, ",");
	}
	if (seen != KEY_ALL)
		return "has a header without 'descr', 'fortran_order' or "
		       "'shape'";
	take(c, "\n");
	if (c->next != c->end)
		return "has a header with something after the dictionary";
	return NULL;
}

/* Version and length of the header; puts the dictionary into 'c'. */
static const char *parse_start(struct npy_header *out, struct cursor *c,
			       const uint8_t *head, size_t len,
			       uint64_t file_size)
{
	size_t start;
	uint32_t size;

	if (len < 6 || memcmp(head, "\x93NUMPY", 6) != 0)
		return "is no .npy file";
	if (len < 12 || file_size < len)
		return "ends within its header";
	/* major version; the minor one is always 0 */
	if (head[6] < 1 || head[6] > 3 || head[7] != 0)
		return "has a version of the .npy format that is not 1.0, "
		       "2.0 or 3.0";
	start = head[6] == 1 ? 10 : 12;
	size = (uint32_t)head[8] | (uint32_t)head[9] << 8;
	if (head[6] > 1)
		size |= (uint32_t)head[10] << 16 | (uint32_t)head[11] << 24;
	if (size > MAX_DICT)
		return "has a header of more than 10000 bytes";
	if (size > len - start)
		return "ends within its header";
	c->next = head + start;
	c->end = c->next + size;
	out->data_offset = start + size;
	return NULL;
}

const char *npy_parse(struct npy_header *out, const uint8_t *head, size_t len,
		      uint64_t file_size)
{
	struct cursor c;
	const char *wrong;
	uint64_t data, need;

	memset(out, 0, sizeof(*out));
	wrong = parse_start(out, &c, head, len, file_size);
	if (!wrong)
		wrong = parse_dict(out, &c);
	if (wrong)
		return wrong;
	data = file_size - out->data_offset;
	need = out->elements * npy_size(out->type); /* below 2^63 */
	if (data < need)
		return "ends before its last element";
	if (data > need)
		return "goes on after its last element";
	return NULL;
}

size_t npy_size(enum npy_type type)
{
	return type == NPY_F8 ? 8 : type == NPY_F4 ? 4 : 2;
}
