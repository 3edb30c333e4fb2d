/* SPDX-License-Identifier: MIT */
/*
 * libformat/limits.h - how much a file may ask for
 *
 * The limits of spec/format.md 10 hold for every file.  Who knows that his
 * files are smaller, or has little room, lowers them for a file when it is
 * opened: tk_container_open_within().  What is beyond one is refused with
 * TK_E_LIMIT, and the place in the file, before anything is done with it:
 *
 *     struct tk_limits limits = tk_limits_default();
 *
 *     limits.file_bytes = 100 << 20;
 *     limits.tokens = 50000;
 *     status = tk_container_open_within(&c, path, 0, &limits, &err);
 *
 * A value above that of the specification is as that; 0 allows nothing.
 * merges has no limit here, as this library does not read it.
 */
#ifndef LIBFORMAT_LIMITS_H
#define LIBFORMAT_LIMITS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tk_limits {
	/* Checked by tk_container_open_within() ... */
	uint64_t file_bytes;	 /* of a file; what an archive expands to */
	uint64_t section_bytes;	 /* of one, stored or decoded */
	uint64_t sections;	 /* digests included */
	uint64_t rows;		 /* of W_E, W_U; rows and columns of matrices
				    of free and unknown kinds; columns of b_U */
	uint64_t cols;		 /* of W_E, W_U, norms and mix */
	uint64_t mix_rows;
	/* ... tk_model_open() ... */
	uint64_t keyvalue_bytes; /* of hparams, note, tokenizer, each */
	uint64_t keys;		 /* in one of these */
	uint64_t value_bytes;	 /* of one key */
	uint64_t tokens;
	uint64_t token_bytes;	 /* of the longest */
	uint64_t vocab_bytes;	 /* of all tokens together */
	/* ... tk_selftest_open() ... */
	uint64_t selftest_bytes;
	uint64_t selftest_cases;
	/* ... and by what decodes an archive */
	uint64_t frame_bytes;	 /* of a frame, decoded */
	uint64_t view_bytes;	 /* of all but the matrices, decoded:
				    tk_archive_view() */
};

#pragma GCC visibility push(default)

/* Those of the specification; view_bytes is 1 GiB. */
struct tk_limits tk_limits_default(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_LIMITS_H */
