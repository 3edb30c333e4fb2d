/* SPDX-License-Identifier: MIT */
/*
 * spec_words.h - the words of a line of spec/vectors.txt, and its result
 */
#ifndef SPEC_WORDS_H
#define SPEC_WORDS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libformat.h>

#define MAX_WORDS 256
#define MAX_BYTES 70000

/* A line less its verb, and what the library makes of it. */
struct line {
	char *word[MAX_WORDS];
	size_t n;
	char result[8192];
	size_t used;
};

/* Appends to the result, words separated by one blank. */
__attribute__((format(printf, 2, 3)))
static inline void put(struct line *l, const char *format, ...)
{
	va_list ap;
	int n;

	if (l->used)
		l->result[l->used++] = ' ';
	va_start(ap, format);
	n = vsnprintf(l->result + l->used, sizeof(l->result) - l->used, format,
		      ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(l->result) - l->used - 1);
	l->used += (size_t)n;
}

static inline void put_bytes(struct line *l, const void *data, size_t len)
{
	char hex[2 * 4000 + 1] = "-";

	assert_true(len < sizeof(hex) / 2);
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", ((const uint8_t *)data)[i]);
	put(l, "%s", hex);
}

static inline uint32_t bits_of_f32(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline uint64_t bits_of_f64(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline void put_f32s(struct line *l, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(l, "%08" PRIx32, bits_of_f32(x[i]));
}

static inline void put_f64(struct line *l, double x)
{
	put(l, "%016" PRIx64, bits_of_f64(x));
}

static inline void put_status(struct line *l, enum tk_status status)
{
	static const struct {
		enum tk_status status;
		const char *name;
	} names[] = {
#define X(name, value, text) {TK_##name, #name},
		TK_STATUS_LIST(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].status == status)
			put(l, "%s", names[i].name);
}

static inline const char *word(const struct line *l, size_t i)
{
	assert_true(i < l->n);
	return l->word[i];
}

static inline uint64_t number(const char *w, int base)
{
	char *end;
	unsigned long long x = strtoull(w, &end, base);

	assert_true(end != w && !*end);
	return x;
}

static inline double f64_word(const char *w)
{
	uint64_t bits = number(w, 16);
	double x;

	assert_int_equal(strlen(w), 16);
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Words from 'first' on as f32; returns how many. */
static inline size_t f32_words(float *out, const struct line *l, size_t first)
{
	for (size_t i = first; i < l->n; i++) {
		uint32_t bits = (uint32_t)number(l->word[i], 16);

		assert_int_equal(strlen(l->word[i]), 8);
		memcpy(&out[i - first], &bits, sizeof(bits));
	}
	return l->n - first;
}

/* BYTES into out[MAX_BYTES]; returns their number. */
static inline size_t bytes_word(uint8_t *out, const char *w)
{
	size_t n = strlen(w);

	if (!strcmp(w, "-"))
		return 0;
	if (*w == '"') {
		assert_true(n >= 2 && w[n - 1] == '"');
		memcpy(out, w + 1, n - 2);
		return n - 2;
	}
	if (*w == '*') {
		n = (size_t)number(w + 1, 10);
		assert_true(n <= MAX_BYTES);
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)i;
		return n;
	}
	assert_true(n % 2 == 0 && n / 2 <= MAX_BYTES);
	for (size_t i = 0; i < n; i += 2) {
		char digits[3] = {w[i], w[i + 1], 0};

		out[i / 2] = (uint8_t)number(digits, 16);
	}
	return n / 2;
}

static inline enum tk_dtype dtype_word(const char *w)
{
	for (enum tk_dtype d = TK_F32; d <= TK_Q8; d++)
		if (!strcmp(tk_dtype_name((uint16_t)d), w))
			return d;
	fail_msg("no dtype %s", w);
	return TK_BYTES;
}

/* The test pattern of spec/compute.md 6: numbers in [-1, 1). */
static inline float pattern_next(uint32_t *x)
{
	*x = *x * UINT32_C(1664525) + UINT32_C(1013904223);
	return ((float)(*x >> 8) - 8388608.0f) / 8388608.0f;
}

/* A path in a fresh directory, removed by scratch_remove(). */
extern char scratch_path[64];
void scratch_make(void);
void scratch_remove(void);

typedef void verb_fn(struct line *l);

#endif /* SPEC_WORDS_H */
