/* SPDX-License-Identifier: MIT */
/*
 * replay.c - a fuzz target without a fuzzer
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "target.h"

/* Every prefix of each seed, and as many seeds with a few bytes changed. */
#define MOST_PREFIXES 2000
#define MUTATIONS 3000

static void run(const uint8_t *data, size_t size)
{
	/* A block of its own size: the sanitizer sees what is read beyond. */
	uint8_t *copy = fuzz_copy(data, size);

	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void mutate(uint8_t *data, size_t size, struct rng *r)
{
	for (uint64_t n = 1 + rng_below(r, 4); n && size; n--) {
		size_t at = rng_below(r, size);

		switch (rng_below(r, 4)) {
		case 0:
			data[at] ^= (uint8_t)(1 << rng_below(r, 8));
			break;
		case 1:
			data[at] = (uint8_t)rng_u64(r);
			break;
		case 2:
			data[at] = (uint8_t)(0x100 - rng_below(r, 3));
			break;
		default:
			memmove(data + at, data + rng_below(r, size - at) + at,
				1);
		}
	}
}

static void replay_seed(const uint8_t *seed, size_t size, struct rng *r)
{
	size_t step = size / MOST_PREFIXES + 1;
	uint8_t *copy = fuzz_copy(seed, size);

	run(seed, size);
	for (size_t len = 0; len < size; len += step)
		run(seed, len);
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(copy, seed, size);
		mutate(copy, size, r);
		run(copy, size);
	}
	free(copy);
}

static void write_seed(const char *dir, size_t i, const uint8_t *seed,
		       size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/seed-%zu", dir, i);
	f = fopen(path, "wb");
	if (!f || fwrite(seed, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(1 << 24);
	size_t size;

	if (!f || !data) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, 1 << 24, f);
	fclose(f);
	run(data, size);
	free(data);
}

/* No argument: the seeds; --seeds DIR writes them; else files to replay. */
int main(int argc, char **argv)
{
	const char *dir = argc == 3 && !strcmp(argv[1], "--seeds") ? argv[2]
								   : NULL;
	struct rng r = {20261124};
	uint8_t *seed;
	size_t size;

	if (argc > 1 && !dir)
		while (*++argv)
			replay_file(*argv);
	else
		for (size_t i = 0; (seed = fuzz_seed(i, &size)); i++) {
			if (dir)
				write_seed(dir, i, seed, size);
			else
				replay_seed(seed, size, &r);
			free(seed);
		}
	return 0;
}
