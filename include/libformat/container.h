/* SPDX-License-Identifier: MIT */
/*
 * libformat/container.h - a file as a table of checksummed sections
 *
 * The container knows nothing of models.  An open container never changes
 * and may be read by any number of threads; see libformat.h for ownership.
 * Header and table are decoded into the heap when a file is opened and are
 * not read again from the mapping.
 *
 * Caveat: the file is mapped, not copied.  If another process shortens it
 * while it is open, or its disk fails, reading there raises SIGBUS, and an edit
 * in place shows through.  tk_writer replaces files by rename and does neither.
 * Where others may do so, open a copy: TK_OPEN_COPY.
 */
#ifndef LIBFORMAT_CONTAINER_H
#define LIBFORMAT_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libformat/bytes.h"
#include "libformat/dtype.h"
#include "libformat/error.h"
#include "libformat/limits.h"
#include "libformat/parallel.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of the format, spec/format.md, that this library writes.  It
 * reads every minor version of that major one.
 */
#define TK_FORMAT_MAJOR 0
#define TK_FORMAT_MINOR 1

/* How a section's bytes are stored. */
enum tk_codec {
	TK_CODEC_NONE = 0,	  /* as they are: can be used in place */
	TK_CODEC_ZSTD = 1,	  /* archive form, spec/format.md 9 */
	TK_CODEC_ZSTD_PLANES = 2, /* archive form, byte planes first */
};

enum tk_section_flag {
	TK_SECTION_REQUIRED = 1, /* who does not know it must not predict */
	TK_SECTION_DERIVED = 2,	 /* can be rebuilt from other sections */
	TK_SECTION_NOTE = 4,	 /* has no effect on meaning */
};

/* Section kinds, spec/format.md table 3. */
enum tk_kind {
	TK_KIND_HPARAMS = 0x0001,
	TK_KIND_NOTE = 0x0002,
	TK_KIND_SELFTEST = 0x0003,
	TK_KIND_VOCAB = 0x0010,
	TK_KIND_VOCAB_INDEX = 0x0011,
	TK_KIND_VOCAB_ORDER = 0x0012,
	TK_KIND_TOKENIZER = 0x0018,
	TK_KIND_MERGES = 0x0019,
	TK_KIND_MERGE_INDEX = 0x001a,
	TK_KIND_CHARSMAP = 0x001b,
	TK_KIND_EMBED_NORM_WEIGHT = 0x0020,
	TK_KIND_EMBED_NORM_BIAS = 0x0021,
	TK_KIND_MIX = 0x0022,
	TK_KIND_FINAL_NORM_WEIGHT = 0x0023,
	TK_KIND_FINAL_NORM_BIAS = 0x0024,
	TK_KIND_B_U = 0x0025,
	TK_KIND_W_E = 0x0030,
	TK_KIND_W_U = 0x0031,
	TK_KIND_NORMS = 0x0040,
	TK_KIND_SKETCH = 0x0041,
	TK_KIND_FREE = 0x8000,	/* anybody's; told apart by name */
};
/* The leaf digests: always present, always last. */
#define TK_KIND_DIGESTS UINT32_C(0xffffffff)

/* One row of the section table, decoded.  Unknown kinds are legal. */
struct tk_section {
	uint32_t kind;		 /* enum tk_kind, or unknown */
	uint32_t flags;		 /* enum tk_section_flag, ored */
	uint16_t codec;		 /* enum tk_codec, or unknown */
	uint16_t dtype;		 /* enum tk_dtype, or unknown */
	char name[32];		 /* NUL-terminated, a-z 0-9 _ . - */
	uint64_t offset;	 /* bytes from the start of the file */
	uint64_t stored_size;	 /* bytes in the file */
	uint64_t size;		 /* bytes once decoded */
	uint64_t rows;		 /* 0 unless dtype is a matrix's */
	uint64_t cols;		 /* elements a row; 0 likewise */
	uint64_t row_stride;	 /* bytes from row to row; 0 likewise */
	uint64_t first_leaf;	 /* index of its first chunk digest */
	struct tk_digest digest; /* of the decoded bytes; zero for digests */
};

/* The header, decoded, and two of the file's identities. */
struct tk_file_info {
	uint16_t version_major;
	uint16_t version_minor;
	uint64_t features;	  /* bit 0: archive form */
	uint64_t size;		  /* bytes */
	struct tk_digest file;	  /* root digest: every byte of this file */
	struct tk_digest content; /* the same however the file is laid out */
};

#define TK_NO_SECTION SIZE_MAX

/* Bytes a digest stands for: the chunk size of spec/format.md 2. */
#define TK_CHUNK_SIZE 65536

/* What is not as it was written. */
enum tk_damage_kind {
	TK_DAMAGE_DATA = 0,    /* bytes of a section: whole chunks */
	TK_DAMAGE_DIGESTS = 1, /* the chunk digests of a section */
	TK_DAMAGE_PADDING = 2, /* zeros before a section */
	TK_DAMAGE_STORED = 3,  /* bytes of an archive that decode the same */
};

/* One run of it, with something whole before and behind. */
struct tk_damage {
	enum tk_damage_kind kind;
	uint64_t offset; /* of the file; in an archive, of the first frame */
	uint64_t size;	 /* bytes, at least 1; in an archive, whole frames */
	/* Of DATA, the bytes of the section that are concerned, decoded. */
	uint64_t from;
	uint64_t len;
};

/* Bytes of a section that one item of work of tk_container_locate() reads. */
#define TK_LOCATE_PIECE 1048576

/* How a file is held; 0: mapped, and read as it is used. */
enum tk_open_flag {
	/*
	 * Read into memory: what happens to the file later does not matter,
	 * and no access raises SIGBUS.  Costs as much memory as the file has
	 * bytes, which no other process shares, and the time to read them.
	 */
	TK_OPEN_COPY = 1,
	/*
	 * Mapped, and read ahead as far as memory goes: later accesses find
	 * their pages there.  Costs the time to read the file.  No effect on a
	 * copy.
	 */
	TK_OPEN_POPULATE = 2,
};

struct tk_container;

#pragma GCC visibility push(default)

/*
 * tk_container_open() maps the file at 'path' read-only and checks its header
 * and section table, including their checksums.  Section contents are not
 * read.  Cost: O(number of sections), whatever the size of the file.
 *
 * Fails with TK_E_IO (also for anything but a regular file), TK_E_MEMORY, any
 * TK_E_ from 10 to 24, TK_E_SECTION or TK_E_SHAPE (an entry of the table that
 * contradicts its kind, or itself).  On success the caller must end the
 * container with tk_container_close().
 */
enum tk_status tk_container_open(struct tk_container **out, const char *path,
				 struct tk_error *err);

/*
 * The same with 'flags', enum tk_open_flag, ored.  Fails also with
 * TK_E_ARGUMENT (an unknown flag), TK_E_MEMORY (no room for the copy) or
 * TK_E_TRUNCATED (the file was cut while it was copied).
 */
enum tk_status tk_container_open_flags(struct tk_container **out,
				       const char *path, unsigned flags,
				       struct tk_error *err);

/*
 * The same with lower limits than the format's (libformat/limits.h), which are
 * copied and hold for all that is done with the container: TK_E_LIMIT beyond
 * them.  NULL: the format's.
 */
enum tk_status tk_container_open_within(struct tk_container **out,
					const char *path, unsigned flags,
					const struct tk_limits *limits,
					struct tk_error *err);

/*
 * Like tk_container_open(), but reads a file image already in memory.  'file'
 * is borrowed: it must stay unchanged until the container is closed.  Its
 * address must be a multiple of 64, else TK_E_ARGUMENT.  Fails otherwise as
 * tk_container_open() does, but never with TK_E_IO.
 */
enum tk_status tk_container_open_bytes(struct tk_container **out,
				       struct tk_bytes file,
				       struct tk_error *err);
enum tk_status tk_container_open_bytes_within(struct tk_container **out,
					      struct tk_bytes file,
					      const struct tk_limits *limits,
					      struct tk_error *err);

/* Unmaps the file.  All views taken from 'c' become invalid.  NULL is ok. */
void tk_container_close(struct tk_container *c);

/* Returns the header and the identities, as decoded at open: a copy. */
struct tk_file_info tk_container_info(const struct tk_container *c);

/* Returns the number of sections, the digests section included. */
size_t tk_container_count(const struct tk_container *c);

/* Returns the index of the first section of 'kind', or TK_NO_SECTION. */
size_t tk_container_find(const struct tk_container *c, uint32_t kind);

/* Returns row 'i' of the table; 'i' must be below tk_container_count(). */
struct tk_section tk_container_section(const struct tk_container *c, size_t i);

/*
 * Returns the stored bytes of section 'i' where they lie, unverified and
 * undecoded; 64-byte aligned.
 */
struct tk_bytes tk_container_stored(const struct tk_container *c, size_t i);

/* Returns the whole file as it is mapped, header included. */
struct tk_bytes tk_container_file(const struct tk_container *c);

/*
 * tk_container_verify() reads section 'i' and the padding before it, and
 * compares every 64 KiB chunk with its digest.  Fails with TK_E_CHECKSUM or
 * TK_E_RESERVED; 'err' has the offset of the first bad chunk or byte.  In an
 * archive every frame is decoded: TK_E_CODEC, TK_E_FEATURE for an unknown
 * codec, TK_E_LIMIT, TK_E_MEMORY.  TK_E_ARGUMENT if there is no section 'i',
 * as of all that follow.
 * Finds accidents, not attackers: XXH3 can be forged by anyone.
 */
enum tk_status tk_container_verify(const struct tk_container *c, size_t i,
				   struct tk_error *err);

/*
 * tk_container_locate() reads the same, to the end, and calls report() on the
 * calling thread for each run of damage: padding, digests, then data by rising
 * offset.  '*n_runs' is their number.  Damage to the digests section is
 * reported with the sections whose digests they are; for that section itself
 * only the padding before it is.  'parallel' may be NULL.
 *
 * Fails only in an archive: with TK_E_MEMORY, with TK_E_LIMIT for frames beyond
 * the limit frame_bytes, and with TK_E_FEATURE for an unknown codec.  What has
 * been reported until then is damage, and the rest of the section was not
 * looked at; of an unknown codec that is what it decodes to, if its stored
 * bytes are those that were written.
 *
 * Cost: XXH3 of the section, on as many threads as there are.  Memory: some
 * kilobytes of stack; in an archive 4 MiB a thread, to decode.
 */
enum tk_status tk_container_locate(
	uint64_t *n_runs, const struct tk_container *c, size_t i,
	const struct tk_parallel *parallel,
	void (*report)(void *context, const struct tk_damage *damage),
	void *context, struct tk_error *err);

/*
 * The parts of it, for who verifies what is used, when it is used first.
 *
 * tk_container_verify_outside() reads the padding before section 'i' and
 * compares its chunk digests with the table, but does not read the section:
 * 1/4096 of the cost.  tk_container_verify_bytes() compares the chunks that
 * have bytes from ... from + len - 1 of the section with these digests: some
 * microseconds a chunk.  Done in this order, once and as often as needed, the
 * two find what tk_container_verify() finds in those bytes.  Without the
 * first, bytes and digests that are both from an older file go unnoticed.
 *
 * Fail as tk_container_verify(); TK_E_ARGUMENT for bytes beyond the section,
 * and for those of the digests section, which has no digests.
 */
enum tk_status tk_container_verify_outside(const struct tk_container *c,
					   size_t i, struct tk_error *err);
enum tk_status tk_container_verify_bytes(const struct tk_container *c,
					 size_t i, uint64_t from, uint64_t len,
					 struct tk_error *err);

/*
 * What differs from a section of another file, without reading either.  Chunk
 * digests depend on the decoded bytes and on nothing else, neither place nor
 * kind nor codec: a W_U may be compared with a W_E, and an archive with a file
 * that is none.
 *
 * tk_container_differ() narrows '*from' ... '*end' - 1, bytes of section 'i'
 * of 'a' and 'j' of 'b', to the first run of chunks whose digests differ, cut
 * to what was asked; false, and nothing is changed, if all are the same.  What
 * only one of the sections has differs.  To go on, ask again from '*end'.
 * False for a digests section.  Cost: 16 bytes of both for each chunk passed.
 *
 * It believes the digests as they lie there: tk_container_verify_digests()
 * compares those of section 'i' with the table, at 1/4096 of the cost of
 * verifying it.  TK_E_CHECKSUM.
 */
bool tk_container_differ(uint64_t *from, uint64_t *end,
			 const struct tk_container *a, size_t i,
			 const struct tk_container *b, size_t j);
enum tk_status tk_container_verify_digests(const struct tk_container *c,
					   size_t i, struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_CONTAINER_H */
