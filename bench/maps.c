/* SPDX-License-Identifier: MIT */
/*
 * maps.c - what reading a file takes a process: it is mapped and added up by
 * two threads
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct half {
	const uint64_t *p;
	size_t n;
	uint64_t sum[16];
};

static void *add(void *half)
{
	struct half *h = half;
	uint64_t sum[16] = {0};

	for (size_t j = 0; j + 16 <= h->n; j += 16)
		for (size_t k = 0; k < 16; k++)
			sum[k] += h->p[j + k];
	for (size_t k = 0; k < 16; k++)
		h->sum[k] = sum[k];
	return NULL;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	struct half halves[2] = {{0}};
	struct stat st;
	pthread_t other;
	void *map;

	if (fd < 0 || fstat(fd, &st))
		return 2;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return 2;
	halves[0] = (struct half){map, (size_t)st.st_size / 16, {0}};
	halves[1] = (struct half){halves[0].p + halves[0].n, halves[0].n, {0}};
	if (pthread_create(&other, NULL, add, &halves[1]))
		return 2;
	add(&halves[0]);
	pthread_join(other, NULL);
	/* What nobody looks at would be optimised away. */
	return halves[0].sum[0] + halves[1].sum[0] == 1;
}
