/* SPDX-License-Identifier: MIT */
/*
 * fpmodes.h - the floating-point modes that a caller may have set
 */
#ifndef FPMODES_H
#define FPMODES_H

#include <fenv.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#define FLUSH_TO_ZERO 0x8040U /* FTZ and DAZ */
#elif defined(__aarch64__)
#define FLUSH_TO_ZERO (UINT64_C(1) << 24 | UINT64_C(1) << 19) /* FZ, FZ16 */

static inline uint64_t fpmode_fpcr(void)
{
	uint64_t fpcr;

	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
	return fpcr;
}
#endif

#define N_FPMODES 8

/* Mode 0 is the default one; odd ones flush to zero where that is known. */
static inline void fpmode_set(int mode)
{
	static const int rounding[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD,
				       FE_TOWARDZERO};

	fesetround(rounding[mode / 2]);
#if defined(__SSE2__)
	_mm_setcsr((_mm_getcsr() & ~FLUSH_TO_ZERO) |
		   (mode % 2 ? FLUSH_TO_ZERO : 0));
#elif defined(__aarch64__)
	__asm__ volatile("msr fpcr, %0"
			 :
			 : "r"((fpmode_fpcr() & ~FLUSH_TO_ZERO) |
			       (mode % 2 ? FLUSH_TO_ZERO : 0)));
#endif
}

/* What is set now, flags of exceptions left out. */
static inline unsigned fpmode_get(void)
{
	unsigned now = (unsigned)fegetround();

#if defined(__SSE2__)
	now = now << 16 | (_mm_getcsr() & ~0x3fU);
#elif defined(__aarch64__)
	now = (unsigned)fpmode_fpcr();
#endif
	return now;
}

#endif /* FPMODES_H */
