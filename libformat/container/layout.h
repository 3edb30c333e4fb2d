/* SPDX-License-Identifier: MIT */
/*
 * layout.h - the on-disk structs
 *
 * This file is spec/format.md in C and nothing else: change both or neither.
 * Every struct is all bytes, so sizeof and offsetof are the spec's numbers.
 */
#ifndef TK_LAYOUT_H
#define TK_LAYOUT_H

#include <assert.h>
#include <stddef.h>

#include "base/endian.h"

#define TK_AT(type, field, off)                                               \
	static_assert(offsetof(struct type, field) == (off), "spec/format.md")
#define TK_SIZE(type, size)                                                   \
	static_assert(sizeof(struct type) == (size), "spec/format.md")

#define TK_MAGIC "\x89TKF\r\n\x1a\n"
#define TK_MAGIC_UNFINISHED "\0TKFpart"
#define TK_HEADER_SIZE 128
#define TK_ENTRY_SIZE 192
#define TK_MAX_SECTIONS 256
#define TK_DIGEST_SCHEME 1
#define TK_FEATURE_ARCHIVE UINT64_C(1)
#define TK_MAX_FILE_SIZE ((UINT64_C(1) << 47) - 1)

/* spec/format.md, table 1 */
struct tk_disk_header {
	uint8_t magic[8];	    /* 0x00 */
	tk_le16 version_major;	    /* 0x08 */
	tk_le16 version_minor;	    /* 0x0a */
	tk_le32 header_size;	    /* 0x0c */
	tk_le32 section_count;	    /* 0x10 */
	tk_le32 entry_size;	    /* 0x14 */
	tk_le64 features;	    /* 0x18 unknown bit: refuse */
	tk_le64 file_size;	    /* 0x20 */
	tk_le32 digest_scheme;	    /* 0x28 */
	uint8_t reserved_0x2c[4];   /* 0x2c */
	uint8_t root_digest[16];    /* 0x30 */
	uint8_t reserved_0x40[16];  /* 0x40 room for 32-byte digests */
	uint8_t reserved_0x50[40];  /* 0x50 */
	tk_le64 header_checksum;    /* 0x78 XXH3-64 of 0x00 ... 0x77 */
};

TK_SIZE(tk_disk_header, TK_HEADER_SIZE);
TK_AT(tk_disk_header, version_major, 0x08);
TK_AT(tk_disk_header, version_minor, 0x0a);
TK_AT(tk_disk_header, header_size, 0x0c);
TK_AT(tk_disk_header, section_count, 0x10);
TK_AT(tk_disk_header, entry_size, 0x14);
TK_AT(tk_disk_header, features, 0x18);
TK_AT(tk_disk_header, file_size, 0x20);
TK_AT(tk_disk_header, digest_scheme, 0x28);
TK_AT(tk_disk_header, reserved_0x2c, 0x2c);
TK_AT(tk_disk_header, root_digest, 0x30);
TK_AT(tk_disk_header, reserved_0x40, 0x40);
TK_AT(tk_disk_header, reserved_0x50, 0x50);
TK_AT(tk_disk_header, header_checksum, 0x78);

/* spec/format.md, table 2 */
struct tk_disk_entry {
	tk_le32 kind;		   /* 0x00 */
	tk_le32 flags;		   /* 0x04 */
	tk_le16 codec;		   /* 0x08 */
	tk_le16 dtype;		   /* 0x0a */
	uint8_t reserved_0x0c[4];  /* 0x0c */
	uint8_t name[32];	   /* 0x10 */
	tk_le64 offset;		   /* 0x30 */
	tk_le64 stored_size;	   /* 0x38 */
	tk_le64 size;		   /* 0x40 */
	tk_le64 rows;		   /* 0x48 */
	tk_le64 cols;		   /* 0x50 */
	tk_le64 row_stride;	   /* 0x58 */
	tk_le64 first_leaf;	   /* 0x60 */
	uint8_t reserved_0x68[8];  /* 0x68 */
	uint8_t digest[16];	   /* 0x70 */
	uint8_t reserved_0x80[16]; /* 0x80 room for 32-byte digests */
	uint8_t stored_digest[32]; /* 0x90 archive form only */
	uint8_t reserved_0xb0[16]; /* 0xb0 */
};

TK_SIZE(tk_disk_entry, TK_ENTRY_SIZE);
TK_AT(tk_disk_entry, flags, 0x04);
TK_AT(tk_disk_entry, codec, 0x08);
TK_AT(tk_disk_entry, dtype, 0x0a);
TK_AT(tk_disk_entry, reserved_0x0c, 0x0c);
TK_AT(tk_disk_entry, name, 0x10);
TK_AT(tk_disk_entry, offset, 0x30);
TK_AT(tk_disk_entry, stored_size, 0x38);
TK_AT(tk_disk_entry, size, 0x40);
TK_AT(tk_disk_entry, rows, 0x48);
TK_AT(tk_disk_entry, cols, 0x50);
TK_AT(tk_disk_entry, row_stride, 0x58);
TK_AT(tk_disk_entry, first_leaf, 0x60);
TK_AT(tk_disk_entry, reserved_0x68, 0x68);
TK_AT(tk_disk_entry, digest, 0x70);
TK_AT(tk_disk_entry, reserved_0x80, 0x80);
TK_AT(tk_disk_entry, stored_digest, 0x90);
TK_AT(tk_disk_entry, reserved_0xb0, 0xb0);

/* spec/format.md, key/value sections: in front of the first entry */
struct tk_disk_keyvalues {
	tk_le32 count;		 /* 0x00 */
	uint8_t reserved_0x04[4];
};

TK_SIZE(tk_disk_keyvalues, 8);

/* in front of each key */
struct tk_disk_keyvalue {
	tk_le16 key_len;    /* 0x00 */
	uint8_t type;	    /* 0x02 enum tk_kv_type */
	uint8_t flags;	    /* 0x03 bit 0: must be understood */
	tk_le32 value_len;  /* 0x04 bytes */
};

TK_SIZE(tk_disk_keyvalue, 8);
TK_AT(tk_disk_keyvalue, type, 2);
TK_AT(tk_disk_keyvalue, flags, 3);
TK_AT(tk_disk_keyvalue, value_len, 4);

#define TK_MAX_KEY 127
#define TK_MAX_KEYS 4096
#define TK_MAX_VALUE (UINT32_C(8) << 20)
#define TK_MAX_KEYVALUES (UINT32_C(16) << 20)
#define TK_KV_MUST 1

/* spec/format.md, vocab: followed by offset[n_tokens + 1] */
struct tk_disk_vocab {
	tk_le32 n_tokens;	    /* 0x00 */
	tk_le32 blob_size;	    /* 0x04 */
	tk_le32 longest;	    /* 0x08 */
	tk_le32 n_distinct;	    /* 0x0c */
	tk_le32 flags;		    /* 0x10 */
	uint8_t reserved_0x14[44];  /* 0x14 */
};

TK_SIZE(tk_disk_vocab, 64);
TK_AT(tk_disk_vocab, blob_size, 0x04);
TK_AT(tk_disk_vocab, longest, 0x08);
TK_AT(tk_disk_vocab, n_distinct, 0x0c);
TK_AT(tk_disk_vocab, flags, 0x10);

#define TK_VOCAB_KINDS 1
#define TK_VOCAB_SCORES 2
#define TK_MAX_TOKENS ((UINT32_C(1) << 24) - 1)
#define TK_MAX_TOKEN_LEN 65535

/* spec/format.md, vocab-index: followed by slot[slots] */
struct tk_disk_index {
	uint8_t source[32];	    /* 0x00 digest of the vocab section */
	tk_le32 slots;		    /* 0x20 a power of two */
	tk_le32 max_probe;	    /* 0x24 */
	tk_le64 seed;		    /* 0x28 */
	tk_le32 id_bits;	    /* 0x30 */
	uint8_t reserved_0x34[12];  /* 0x34 */
};

TK_SIZE(tk_disk_index, 64);
TK_AT(tk_disk_index, slots, 0x20);
TK_AT(tk_disk_index, max_probe, 0x24);
TK_AT(tk_disk_index, seed, 0x28);
TK_AT(tk_disk_index, id_bits, 0x30);

#define TK_MAX_PROBE 255
#define TK_INDEX_SEEDS 16
#define TK_INDEX_GROWTH 16 /* times the first number of slots */
#define TK_MIN_SLOTS 16

/* spec/format.md, sketch: followed by scale, hi, lo and three norms a row */
struct tk_disk_sketch {
	uint8_t source[32];	    /* 0x00 digest of w_u, or of w_e */
	tk_le32 rows;		    /* 0x20 */
	tk_le32 cols;		    /* 0x24 */
	tk_le32 panel_rows;	    /* 0x28 always 32 */
	tk_le32 block_cols;	    /* 0x2c always 64 */
	tk_le32 norm_max;	    /* 0x30 f32 */
	uint8_t reserved_0x34[12];  /* 0x34 */
};

TK_SIZE(tk_disk_sketch, 64);
TK_AT(tk_disk_sketch, rows, 0x20);
TK_AT(tk_disk_sketch, cols, 0x24);
TK_AT(tk_disk_sketch, panel_rows, 0x28);
TK_AT(tk_disk_sketch, block_cols, 0x2c);
TK_AT(tk_disk_sketch, norm_max, 0x30);
TK_AT(tk_disk_sketch, reserved_0x34, 0x34);

#define TK_SKETCH_ROWS 32 /* of a panel */
#define TK_SKETCH_COLS 64 /* of a block */

#define TK_MAX_MIX_ROWS 65536

/* spec/format.md, selftest: in front of the first case */
struct tk_disk_selftest {
	tk_le32 count;		  /* 0x00 */
	uint8_t reserved_0x04[4]; /* 0x04 */
};

TK_SIZE(tk_disk_selftest, 8);
TK_AT(tk_disk_selftest, reserved_0x04, 0x04);

/* followed by in[n_in], le32 or f32, and by the results */
struct tk_disk_case {
	tk_le32 form;  /* 0x00 enum tk_selftest_form */
	tk_le32 n_in;  /* 0x04 */
	tk_le32 k;     /* 0x08 */
	tk_le32 n_out; /* 0x0c */
};

TK_SIZE(tk_disk_case, 16);
TK_AT(tk_disk_case, n_in, 0x04);
TK_AT(tk_disk_case, k, 0x08);
TK_AT(tk_disk_case, n_out, 0x0c);

struct tk_disk_result {
	tk_le32 id;    /* 0x00 */
	tk_le32 key;   /* 0x04 f32 */
	tk_le32 logit; /* 0x08 f32, the z of spec/compute.md */
};

TK_SIZE(tk_disk_result, 12);
TK_AT(tk_disk_result, key, 0x04);
TK_AT(tk_disk_result, logit, 0x08);

#define TK_MAX_SELFTEST (UINT32_C(16) << 20)
#define TK_MAX_CASES 1024
#define TK_MAX_CASE_IDS 65536

/* No limit of the format: what tk_archive_view() makes beside matrices. */
#define TK_MAX_VIEW (UINT64_C(1) << 30)

#endif /* TK_LAYOUT_H */
