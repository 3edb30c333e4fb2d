/* SPDX-License-Identifier: MIT */
/*
 * kinds.c - what the specification says about each kind of section
 */
#include "container/kinds.h"

#include <stddef.h>

#include "base/dtype.h"
#include "container/layout.h"
#include "libformat/container.h"

#define BYTES (1U << TK_BYTES)
#define VECTOR (1U << TK_F32 | 1U << TK_F16 | 1U << TK_BF16)
#define MATRIX (VECTOR | 1U << TK_Q8)

/* spec/format.md, table 3 */
static const struct tk_kind_rule rules[] = {
	{TK_KIND_HPARAMS, TK_SECTION_REQUIRED, "hparams", BYTES, 0, 0},
	{TK_KIND_NOTE, TK_SECTION_NOTE, "note", BYTES, 0, 0},
	{TK_KIND_SELFTEST, TK_SECTION_NOTE, "selftest", BYTES, 0, 0},
	{TK_KIND_VOCAB, TK_SECTION_REQUIRED, "vocab", BYTES, 0, 0},
	{TK_KIND_VOCAB_INDEX, TK_SECTION_DERIVED, "vocab-index", BYTES, 0, 0},
	{TK_KIND_VOCAB_ORDER, TK_SECTION_DERIVED, "vocab-order", BYTES, 0, 0},
	{TK_KIND_TOKENIZER, 0, "tokenizer", BYTES, 0, 0},
	{TK_KIND_MERGES, 0, "merges", BYTES, 0, 0},
	{TK_KIND_MERGE_INDEX, TK_SECTION_DERIVED, "merge-index", BYTES, 0, 0},
	{TK_KIND_CHARSMAP, 0, "charsmap", BYTES, 0, 0},
	{TK_KIND_EMBED_NORM_WEIGHT, TK_SECTION_REQUIRED, "embed-norm-weight",
	 VECTOR, 1, TK_MAX_COLS},
	{TK_KIND_EMBED_NORM_BIAS, TK_SECTION_REQUIRED, "embed-norm-bias",
	 VECTOR, 1, TK_MAX_COLS},
	{TK_KIND_MIX, TK_SECTION_REQUIRED, "mix", 1U << TK_F32,
	 TK_MAX_MIX_ROWS, TK_MAX_COLS},
	{TK_KIND_FINAL_NORM_WEIGHT, TK_SECTION_REQUIRED, "final-norm-weight",
	 VECTOR, 1, TK_MAX_COLS},
	{TK_KIND_FINAL_NORM_BIAS, TK_SECTION_REQUIRED, "final-norm-bias",
	 VECTOR, 1, TK_MAX_COLS},
	{TK_KIND_B_U, TK_SECTION_REQUIRED, "b_u", VECTOR, 1, TK_MAX_ROWS},
	{TK_KIND_W_E, TK_SECTION_REQUIRED, "w_e", MATRIX, TK_MAX_ROWS,
	 TK_MAX_COLS},
	{TK_KIND_W_U, TK_SECTION_REQUIRED, "w_u", MATRIX, TK_MAX_ROWS,
	 TK_MAX_COLS},
	{TK_KIND_NORMS, TK_SECTION_DERIVED, "norms", BYTES, 0, 0},
	{TK_KIND_SKETCH, TK_SECTION_DERIVED, "sketch", BYTES, 0, 0},
	{TK_KIND_DIGESTS, TK_SECTION_REQUIRED, "digests", BYTES, 0, 0},
};

const struct tk_kind_rule *tk_kind_rule(uint32_t kind)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].kind == kind)
			return &rules[i];
	return NULL;
}

uint64_t tk_section_alignment(uint64_t stored_size, bool is_archive)
{
	if (stored_size < 65536 || is_archive)
		return 64;
	if (stored_size < UINT64_C(64) << 20)
		return 65536;
	return UINT64_C(2) << 20;
}

uint16_t tk_archive_codec(uint16_t dtype)
{
	return dtype == TK_F32 || dtype == TK_F16 || dtype == TK_BF16
		       ? TK_CODEC_ZSTD_PLANES
		       : TK_CODEC_ZSTD;
}

bool tk_is_section_name(const uint8_t name[32])
{
	size_t len = 0;

	while (len < 32 && name[len])
		len++;
	if (!len || len == 32)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '.' || c == '-'))
			return false;
	}
	for (size_t i = len; i < 32; i++)
		if (name[i])
			return false;
	return true;
}
