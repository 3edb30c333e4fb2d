/* SPDX-License-Identifier: MIT */
/*
 * hidden.c - a .npy file -> hidden vectors
 *
 * Vectors are read one at a time, however many there are.
 */
#include "predict.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

#define PIECE 4096 /* bytes read at a time */

static size_t read_at(const struct hidden *h, void *dst, size_t len,
		      uint64_t offset)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(h->fd, (uint8_t *)dst + have, len - have,
				  (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			cli_die("%s: %s", h->path, strerror(errno));
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return have;
}

/* Shape: [d] or [rows, d]. */
static void check_shape(struct hidden *h, size_t d)
{
	const struct npy_header *npy = &h->header;

	if (npy->n_dims != 1 && npy->n_dims != 2)
		cli_die("%s: has %u dimensions; hidden vectors are [%zu] or "
			"[n, %zu]", h->path, npy->n_dims, d, d);
	h->rows = npy->n_dims == 2 ? (size_t)npy->shape[0] : 1;
	h->d = d;
	if (npy->shape[npy->n_dims - 1] != d)
		cli_die("%s: its vectors have %llu element%s, d_model is %zu",
			h->path,
			(unsigned long long)npy->shape[npy->n_dims - 1],
			text_s(npy->shape[npy->n_dims - 1]), d);
	if (npy->type == NPY_V2)
		cli_die("%s: elements of two unknown bytes (bfloat16?); save "
			"it as float32", h->path);
}

void hidden_open(struct hidden *h, const char *path, size_t d)
{
	static uint8_t head[NPY_MAX_HEADER];
	const char *wrong;
	struct stat st;
	size_t len;

	h->path = path;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	h->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (h->fd < 0 || fstat(h->fd, &st))
		cli_die("%s: %s", *path ? path : "--hidden \"\"",
			strerror(errno));
	if (!S_ISREG(st.st_mode))
		cli_die("%s: is not a regular file", path);
	len = read_at(h, head, sizeof(head), 0);
	wrong = npy_parse(&h->header, head, len, (uint64_t)st.st_size);
	if (wrong)
		cli_die("%s: %s", path, wrong);
	check_shape(h, d);
}

void hidden_close(struct hidden *h)
{
	close(h->fd);
}

static uint64_t load(const uint8_t *p, size_t size)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < size; i++)
		bits |= (uint64_t)p[i] << (8 * i);
	return bits;
}

static double value(enum npy_type type, const uint8_t *p)
{
	uint64_t bits64 = load(p, npy_size(type));
	uint32_t bits32 = (uint32_t)bits64;
	double x;
	float f;

	switch (type) {
	case NPY_F2:
		return (double)tk_f16_to_f32((uint16_t)bits64);
	case NPY_F4:
		memcpy(&f, &bits32, sizeof(f));
		return (double)f;
	default:
		memcpy(&x, &bits64, sizeof(x));
		return x;
	}
}

/* 'n' elements of the file, one after the other, into out[first ...]. */
static void read_run(float *out, const struct hidden *h, size_t row,
		     size_t first, size_t n, uint64_t index)
{
	const size_t size = npy_size(h->header.type);
	uint8_t bytes[PIECE] = {0};

	if (read_at(h, bytes, n * size, h->header.data_offset + index * size) <
	    n * size)
		cli_die("%s: was cut while it was read", h->path);
	for (size_t i = 0; i < n; i++) {
		double x = value(h->header.type, bytes + i * size);

		/* False for NaN too, and for what no float can hold. */
		if (!(fabs(x) <= (double)FLT_MAX))
			cli_die("%s: element %zu of vector %zu is %g, not a "
				"finite float",
				h->path, first + i, row, x);
		out[first + i] = (float)x;
	}
}

void hidden_read(float *out, const struct hidden *h, size_t row)
{
	const bool scattered = h->header.fortran && h->rows > 1;
	const size_t run =
		scattered ? 1 : PIECE / npy_size(h->header.type);

	for (size_t i = 0; i < h->d; i += run) {
		size_t left = h->d - i;
		uint64_t index = scattered ? (uint64_t)i * h->rows + row
					   : (uint64_t)row * h->d + i;

		read_run(out, h, row, i, left < run ? left : run, index);
	}
}
