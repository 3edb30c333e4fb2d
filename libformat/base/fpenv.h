/* SPDX-License-Identifier: MIT */
/*
 * fpenv.h - round to nearest, keep subnormals, whatever the caller has set
 *
 * Programs do run with flush-to-zero on: a library linked with -ffast-math
 * sets it when it is loaded.  The order of sums is only worth specifying if
 * each sum is IEEE's.
 */
#ifndef TK_FPENV_H
#define TK_FPENV_H

#include <stdint.h>

#include "base/strictfp.h"

#if defined(__SSE2__)
#include <xmmintrin.h>

typedef struct {
	unsigned mxcsr;
	uint16_t x87; /* of 32-bit programs, whose log() still uses it */
} tk_fpenv;

/* No exception traps, no FTZ, no DAZ, to nearest; keeps the flags. */
static inline tk_fpenv tk_fpenv_set(void)
{
	tk_fpenv old = {_mm_getcsr(), 0};

	_mm_setcsr((old.mxcsr & ~0xe040U) | 0x1f80U);
#if defined(__i386__)
	uint16_t nearest;

	__asm__ volatile("fnstcw %0" : "=m"(old.x87));
	nearest = (uint16_t)((old.x87 & ~0x0c00U) | 0x3fU);
	__asm__ volatile("fldcw %0" : : "m"(nearest));
#endif
	return old;
}

static inline void tk_fpenv_restore(tk_fpenv old)
{
	_mm_setcsr(old.mxcsr);
#if defined(__i386__)
	__asm__ volatile("fldcw %0" : : "m"(old.x87));
#endif
}

#elif defined(__aarch64__)

typedef uint64_t tk_fpenv;

/* Clears AHP, DN, FZ, RMode and FZ16. */
static inline tk_fpenv tk_fpenv_set(void)
{
	tk_fpenv old;

	__asm__ volatile("mrs %0, fpcr" : "=r"(old));
	__asm__ volatile("msr fpcr, %0"
			 :
			 : "r"(old & ~(uint64_t)0x07c80000));
	return old;
}

static inline void tk_fpenv_restore(tk_fpenv old)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(old));
}

#else
#include <fenv.h>

typedef fenv_t tk_fpenv;

static inline tk_fpenv tk_fpenv_set(void)
{
	tk_fpenv old;

	fegetenv(&old);
	fesetround(FE_TONEAREST);
	return old;
}

static inline void tk_fpenv_restore(tk_fpenv old)
{
	fesetenv(&old);
}

#endif

/*
 * Compilers take arithmetic for independent of modes, and move it across a
 * change of them.  Stores stay where they are; a number that is passed or
 * returned in a register has to be held: an argument after tk_fpenv_set(), a
 * result before tk_fpenv_restore().
 */
#define TK_FPENV_HOLD(x) __asm__ volatile("" : "+m"(x) : : "memory")

#endif /* TK_FPENV_H */
