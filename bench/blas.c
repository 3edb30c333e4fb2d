/* SPDX-License-Identifier: MIT */
/*
 * blas.c - OpenBLAS, if this was built with it
 */
#include "blas.h"

#ifdef HAVE_OPENBLAS

#include <cblas.h>

const char *blas_name(void)
{
	return openblas_get_config();
}

void blas_set_threads(size_t threads)
{
	openblas_set_num_threads((int)threads);
}

void blas_multiply(float *out, const float *m, size_t rows, size_t cols,
		   size_t stride, const float *h)
{
	cblas_sgemv(CblasRowMajor, CblasNoTrans, (blasint)rows, (blasint)cols,
		    1.0f, m, (blasint)stride, h, 1, 0.0f, out, 1);
}

#else

const char *blas_name(void)
{
	return NULL;
}

void blas_set_threads(size_t threads)
{
	(void)threads;
}

void blas_multiply(float *out, const float *m, size_t rows, size_t cols,
		   size_t stride, const float *h)
{
	(void)out, (void)m, (void)rows, (void)cols;
	(void)stride, (void)h;
}

#endif
