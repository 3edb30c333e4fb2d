/* SPDX-License-Identifier: MIT */
/*
 * fuzz_npy.c - any bytes as a .npy matrix with its words
 */
#include <stdlib.h>
#include <string.h>

#include "reading.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(AS_MATRIX, &reader_npy, data, size);
	return 0;
}

/* With five words; the last header is as long as one may be. */
static const struct {
	uint8_t version;
	const char *header;
	size_t data;
} seeds[] = {
	{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 2), }\n",
	 40},
	{2, "{'descr':\"<f8\",'shape':(5,3),'fortran_order':True}", 120},
	{3, "{'fortran_order': False, 'shape': (6, 1), 'descr': '|V2'}\n", 12},
	{1, "{'descr': '<f2', 'fortran_order': True, 'shape': (5, 1), } \n",
	 10},
	{1, "{'descr': '<f2', 'fortran_order': False, "
	    "'shape': (5, 1, 1, 1, 1, 1, 1, 1), }\n", 10},
};

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	uint8_t *seed;
	size_t len, start;

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	len = strlen(seeds[i].header);
	start = seeds[i].version == 1 ? 10 : 12;
	*size = start + len + seeds[i].data;
	seed = calloc(1, *size);
	if (!seed)
		abort();
	memcpy(seed, "\x93NUMPY", 6);
	seed[6] = seeds[i].version;
	seed[8] = (uint8_t)len;
	memcpy(seed + start, seeds[i].header, len);
	return seed;
}
