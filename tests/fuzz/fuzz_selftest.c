/* SPDX-License-Identifier: MIT */
/*
 * fuzz_selftest.c - any bytes as a self-test, of a model that predicts
 */
#include <stdlib.h>

#include "compute/selftest.h"
#include "files.h"
#include "target.h"

static struct image image;
static struct tk_container *file;
static struct tk_model *model;

static void close_model(void)
{
	tk_model_close(model);
	tk_container_close(file);
	image_free(&image);
}

static void open_model(void)
{
	image = files_selftest();
	if (tk_container_open_bytes(&file, image_bytes(&image), NULL) ||
	    tk_model_open(&model, file, NULL))
		abort();
	atexit(close_model);
}

static void count(void *context, const struct tk_selftest_failure *f)
{
	uint64_t *sum = context;

	*sum += f->number + f->rank + f->error.status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = files_copy(data, size);
	struct tk_selftest s = {.section = {im.data, im.size}};
	struct tk_selftest_case c;
	uint32_t n_bad;
	uint64_t sum = 0;
	size_t pos = 0;

	if (!model)
		open_model();
	/* Unchecked ones are walked too: they may change behind us. */
	while (tk_selftest_next(&c, &s, &pos)) {
		for (size_t i = 0; i < c.n_in; i++)
			sum += tk_selftest_id(&c, i);
		for (size_t i = 0; i < c.n_out; i++)
			sum += tk_selftest_out(&c, i).id;
	}
	if (!tk_selftest_check(&s.n_cases, s.section, model, NULL))
		tk_selftest_verify(&n_bad, &s, model, NULL, count, &sum, NULL);
	image_free(&im);
	return sum == UINT64_MAX;
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	struct image im;
	uint8_t *seed;

	if (i)
		return NULL;
	im = files_selftest();
	*size = (size_t)image_get(
		&im, image_entry(&im, TK_KIND_SELFTEST) + 0x38, 8);
	seed = fuzz_copy(im.data + image_section(&im, TK_KIND_SELFTEST),
			 *size);
	image_free(&im);
	return seed;
}
