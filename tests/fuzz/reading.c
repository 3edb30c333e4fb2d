/* SPDX-License-Identifier: MIT */
/*
 * reading.c - any bytes as a foreign file
 */
#define _GNU_SOURCE /* memfd_create() */

#include "reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* More rows than there are bytes cannot be right, but may be claimed. */
#define MOST_ROWS 4096

struct temporary {
	int fd;
	char path[40];
};

static struct temporary temporary_file(const uint8_t *data, size_t size)
{
	struct temporary t = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};

	if (t.fd < 0 || write(t.fd, data, size) != (ssize_t)size)
		abort();
	snprintf(t.path, sizeof(t.path), "/proc/self/fd/%d", t.fd);
	return t;
}

static void read_table(struct source *s, struct table *t)
{
	uint64_t bytes;
	uint8_t *row;

	if (!t->name)
		return;
	bytes = elem_row_bytes(t->elem, t->cols);
	row = malloc((size_t)bytes);
	for (uint64_t i = 0; row && i < t->rows && i < MOST_ROWS; i++)
		if (t->read(s, t, i, 1, row))
			break;
	free(row);
}

static void read_all(struct source *s)
{
	uint64_t sum = 0;

	read_table(s, &s->w_e);
	read_table(s, &s->w_u);
	read_table(s, &s->b_u);
	read_table(s, &s->final_norm_weight);
	read_table(s, &s->final_norm_bias);
	read_table(s, &s->embed_norm_weight);
	read_table(s, &s->embed_norm_bias);
	read_table(s, &s->mix);
	for (uint32_t i = 0; i < s->tokens.n; i++) {
		struct tk_bytes t = tokens_get(s, i);

		for (size_t j = 0; j < t.len; j++)
			sum += t.ptr[j];
	}
	if (sum == UINT64_MAX)
		abort();
}

void read_source(const struct reader *r, const struct source_options *opt)
{
	struct source s;

	source_init(&s);
	if (!r->open(&s, opt))
		read_all(&s);
	source_free(&s);
}

/* A .npy file of [5, 4] zeros. */
static struct temporary good_matrix(void)
{
	static const char head[] =
		"\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, "
		"'shape': (5, 4), }";
	uint8_t file[128 + 80] = {0};

	memset(file, ' ', 127);
	file[127] = '\n';
	memcpy(file, head, sizeof(head) - 1);
	return temporary_file(file, sizeof(file));
}

void read_as(enum role role, const struct reader *r, const uint8_t *data,
	     size_t size)
{
	static const char words[] = "the\ncat\nsat\non\nmat\n";
	struct temporary in = temporary_file(data, size);
	struct temporary other =
		role == AS_VOCAB ? good_matrix()
				 : temporary_file((const uint8_t *)words,
						  sizeof(words) - 1);
	struct source_options opt = {
		.input = role <= AS_TENSORS ? in.path : NULL,
		.embed = role == AS_MATRIX  ? in.path
			 : role == AS_VOCAB ? other.path
					    : NULL,
		.vocab = role == AS_VOCAB   ? in.path
			 : role == AS_INPUT ? NULL
					    : other.path,
	};

	read_source(r, &opt);
	close(in.fd);
	close(other.fd);
}
