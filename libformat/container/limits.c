/* SPDX-License-Identifier: MIT */
/*
 * limits.c - the limits of one file: spec/format.md 10
 */
#include "container/limits.h"

#include <assert.h>
#include <string.h>

#include "base/dtype.h"
#include "container/layout.h"
#include "libformat/archive.h"

#define N_LIMITS (sizeof(struct tk_limits) / sizeof(uint64_t))

static_assert(N_LIMITS == 16, "a number for each member, and nothing else");

struct tk_limits tk_limits_default(void)
{
	return (struct tk_limits){
		.file_bytes = TK_MAX_FILE_SIZE,
		.section_bytes = TK_MAX_FILE_SIZE,
		.sections = TK_MAX_SECTIONS,
		.rows = TK_MAX_ROWS,
		.cols = TK_MAX_COLS,
		.mix_rows = TK_MAX_MIX_ROWS,
		.keyvalue_bytes = TK_MAX_KEYVALUES,
		.keys = TK_MAX_KEYS,
		.value_bytes = TK_MAX_VALUE,
		.tokens = TK_MAX_TOKENS,
		.token_bytes = TK_MAX_TOKEN_LEN,
		.vocab_bytes = UINT32_MAX,
		.selftest_bytes = TK_MAX_SELFTEST,
		.selftest_cases = TK_MAX_CASES,
		.frame_bytes = TK_FRAME_SIZE,
		.view_bytes = TK_MAX_VIEW,
	};
}

struct tk_limits tk_limits_of(const struct tk_limits *given)
{
	struct tk_limits limits = tk_limits_default();
	uint64_t most[N_LIMITS], less[N_LIMITS];

	if (!given)
		return limits;
	memcpy(most, &limits, sizeof(most));
	memcpy(less, given, sizeof(less));
	for (size_t i = 0; i < N_LIMITS; i++)
		if (less[i] < most[i])
			most[i] = less[i];
	memcpy(&limits, most, sizeof(limits));
	return limits;
}
