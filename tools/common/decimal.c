/* SPDX-License-Identifier: MIT */
/*
 * decimal.c - decimal numbers in foreign text, correctly rounded
 *
 * A number whose digits fit into 53 bits and whose power of ten is exact in
 * f64 (at most 10^22) costs one multiplication or division, which rounds once.
 * All others go to the C library, on a copy that ends in NUL.
 */
#include "decimal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LENGTH 4096
#define MAX_POWER 22

static const char not_decimal[] = "is not a decimal number";

/* The value is mantissa x 10^power, if 'exact'. */
struct decimal {
	uint64_t mantissa;
	int power;
	bool negative;
	bool exact;
};

struct cursor {
	const uint8_t *next;
	const uint8_t *end;
};

static bool is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static bool take_sign(struct cursor *c)
{
	bool negative = c->next < c->end && *c->next == '-';

	if (c->next < c->end && (*c->next == '-' || *c->next == '+'))
		c->next++;
	return negative;
}

/* Adds a run of digits to the mantissa; returns how many there were. */
static size_t take_digits(struct decimal *d, struct cursor *c)
{
	const uint8_t *start = c->next;

	for (; c->next < c->end && is_digit(*c->next); c->next++) {
		if (d->mantissa >> 53)
			d->exact = false;
		else
			d->mantissa = d->mantissa * 10 +
				      (uint64_t)(*c->next - '0');
	}
	return (size_t)(c->next - start);
}

static bool take_exponent(struct decimal *d, struct cursor *c)
{
	const uint8_t *start;
	bool negative;
	int e = 0;

	c->next++;
	negative = take_sign(c);
	for (start = c->next; c->next < c->end && is_digit(*c->next); c->next++)
		if (e < 10 * MAX_LENGTH)
			e = e * 10 + (*c->next - '0');
	d->power += negative ? -e : e;
	return c->next > start;
}

/* Checks the grammar, all of it, and finds the value if it is a short one. */
static bool parse(struct decimal *d, struct tk_bytes text)
{
	struct cursor c = {text.ptr, text.ptr + text.len};
	size_t whole, fraction = 0;

	d->mantissa = 0;
	d->power = 0;
	d->exact = true;
	d->negative = take_sign(&c);
	whole = take_digits(d, &c);
	if (c.next < c.end && *c.next == '.') {
		c.next++;
		fraction = take_digits(d, &c);
		d->power = -(int)fraction;
	}
	if (!whole && !fraction)
		return false;
	if (c.next < c.end && (*c.next | 0x20) == 'e' && !take_exponent(d, &c))
		return false;
	return c.next == c.end;
}

/* False if the value needs more than one rounding. */
static bool short_f64(double *out, const struct decimal *d)
{
	static const double ten[MAX_POWER + 1] = {
		1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,
		1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	double x = (double)d->mantissa;

	/* With excess precision (x87) there would be two roundings. */
	if (FLT_EVAL_METHOD != 0 || !d->exact || d->mantissa >> 53 ||
	    d->power > MAX_POWER || d->power < -MAX_POWER)
		return false;
	x = d->power < 0 ? x / ten[-d->power] : x * ten[d->power];
	*out = d->negative ? -x : x;
	return true;
}

/*
 * Rounding to f64 and then to f32 is right unless the f64 lies exactly half
 * way between two f32: then the first rounding may have hidden on which side
 * the number was.  All values of short_f64() are 0 or normal in f32.
 */
static bool is_half_way(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return (bits & 0x1fffffff) == 0x10000000;
}

/* A copy that the C library can read: 'text' is a number, not too long. */
static const char *copy(char out[MAX_LENGTH + 1], struct tk_bytes text)
{
	memcpy(out, text.ptr, text.len);
	out[text.len] = 0;
	return out;
}

static const char *check(struct decimal *d, struct tk_bytes text)
{
	if (text.len > MAX_LENGTH)
		return "is a number of more than 4096 characters";
	return parse(d, text) ? NULL : not_decimal;
}

const char *decimal_f64(double *out, struct tk_bytes text)
{
	char buffer[MAX_LENGTH + 1], *end;
	struct decimal d;
	const char *wrong = check(&d, text);

	if (wrong || short_f64(out, &d))
		return wrong;
	*out = strtod(copy(buffer, text), &end);
	if (end != buffer + text.len)
		return not_decimal; /* the locale has another point */
	return isfinite(*out) ? NULL : "is beyond the range of f64";
}

const char *decimal_f32(float *out, struct tk_bytes text)
{
	char buffer[MAX_LENGTH + 1], *end;
	struct decimal d;
	double x;
	const char *wrong = check(&d, text);

	if (wrong)
		return wrong;
	if (short_f64(&x, &d) && !is_half_way(x)) {
		*out = (float)x;
		return NULL;
	}
	*out = strtof(copy(buffer, text), &end);
	if (end != buffer + text.len)
		return not_decimal; /* the locale has another point */
	return isfinite(*out) ? NULL : "is beyond the range of f32";
}

const char *decimal_u64(uint64_t *out, struct tk_bytes text)
{
	*out = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)text.ptr[i] - '0';

		if (digit > 9)
			return "is not a whole number";
		if (*out > (UINT64_MAX - digit) / 10)
			return "is beyond 2^64-1";
		*out = *out * 10 + digit;
	}
	return text.len ? NULL : "is not a whole number";
}

struct tk_bytes decimal_field(struct tk_bytes *text)
{
	struct tk_bytes field;
	const uint8_t *space;

	while (text->len && *text->ptr == ' ') {
		text->ptr++;
		text->len--;
	}
	field = *text;
	if (!text->len)
		return field;
	space = memchr(text->ptr, ' ', text->len);
	if (space)
		field.len = (size_t)(space - text->ptr);
	text->ptr += field.len;
	text->len -= field.len;
	return field;
}

/* "inf" and "-inf", as printf() writes them. */
static bool is_infinite(float *out, struct tk_bytes field)
{
	bool negative = field.len == 4 && *field.ptr == '-';

	if (field.len - negative != 3 ||
	    memcmp(field.ptr + negative, "inf", 3) != 0)
		return false;
	*out = negative ? -INFINITY : INFINITY;
	return true;
}

static void put_f32(uint8_t *dst, float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	for (int i = 0; i < 4; i++)
		dst[i] = (uint8_t)(bits >> 8 * i);
}

const char *decimal_row(uint8_t *dst, struct tk_bytes *text, uint64_t n,
			bool infinite, struct tk_bytes *field)
{
	for (uint64_t i = 0; i < n; i++) {
		const char *wrong;
		float x;

		*field = decimal_field(text);
		if (infinite && is_infinite(&x, *field))
			wrong = NULL;
		else
			wrong = decimal_f32(&x, *field);
		if (wrong)
			return wrong;
		if (dst)
			put_f32(dst + 4 * i, x);
	}
	return NULL;
}
