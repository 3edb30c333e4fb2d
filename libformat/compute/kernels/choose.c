/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which kernel this process uses
 */
#include <stdlib.h>
#include <string.h>

#include "compute/kernels/kernels.h"

static const struct tk_kernel *const kernels[] = {
#if defined(__x86_64__)
	&tk_kernel_avx512,
	&tk_kernel_avx2,
#elif defined(__aarch64__) && defined(__AARCH64EL__)
	&tk_kernel_neon,
#endif
	&tk_kernel_scalar,
};

#define N_KERNELS (sizeof(kernels) / sizeof(kernels[0]))

const struct tk_kernel *tk_kernel_at(size_t i)
{
	return i < N_KERNELS ? kernels[i] : NULL;
}

/*
 * Asked anew at each call, which costs 0.1 us: nothing has to be kept, so
 * there is nothing that threads could race for.
 */
const struct tk_kernel *tk_kernel_choose(void)
{
	const char *wanted = getenv("TK_KERNEL");
	size_t best = 0;

	for (size_t i = 0; wanted && i < N_KERNELS; i++)
		if (!strcmp(wanted, kernels[i]->name) &&
		    kernels[i]->is_supported())
			return kernels[i];
	while (best + 1 < N_KERNELS && !kernels[best]->is_supported())
		best++;
	return kernels[best];
}

const char *tk_kernel_name(void)
{
	return tk_kernel_choose()->name;
}
