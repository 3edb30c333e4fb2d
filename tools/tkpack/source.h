/* SPDX-License-Identifier: MIT */
/*
 * source.h - what a reader finds in foreign files: tables, tokens, facts
 *
 * A reader (one a file format: gguf.c, hf.c, ...) knows nothing of .tk; it
 * fills in a struct source.  pack.c, which knows nothing of foreign formats,
 * turns that into sections.  Every function that can fail returns 0 or -1,
 * with one line of text in the source saying what was found and, where that
 * helps, what to type.
 */
#ifndef TKPACK_SOURCE_H
#define TKPACK_SOURCE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libformat.h>

#include "blocks.h"
#include "file.h"

/* What the command line asks of a reader. */
struct source_options {
	const char *input;	  /* INPUT operand; NULL if only --embed */
	const char *from;	  /* --from KIND, or NULL */
	const char *embed;	  /* --embed NAME|FILE.npy */
	const char *unembed;	  /* --unembed NAME|FILE.npy */
	const char *vocab;	  /* --vocab FILE */
	const char *config;	  /* --config FILE */
	const char *pretokenizer; /* --pretokenizer NAME */
	bool tie;		  /* --tie */
	bool vocab_only;	  /* --vocab-only */
	enum tk_dtype dtype;	  /* --dtype; TK_BYTES: keep */
};

/*
 * A matrix that can be read from top to bottom.  Vectors (norm weights, b_U)
 * are matrices of one row.
 */
struct table {
	const char *name; /* what the source calls it; NULL: absent */
	uint64_t rows;
	uint64_t cols;
	enum elem elem;	  /* how rows come out of read() */
	enum tk_dtype dtype; /* what it is in the file; TK_BYTES: as elem */
	/*
	 * Puts rows first ... first + n - 1, elem_row_bytes() each, at dst.
	 * Called with rising 'first', each row once a pass; a new pass starts
	 * at row 0.
	 */
	int (*read)(struct source *s, struct table *t, uint64_t first,
		    uint64_t n, void *dst);
	struct file *file;
	uint64_t offset; /* of row 0, for readers that need it */
	void *state;	 /* the reader's own, owned by the source */
};

/* A table whose rows lie one after the other in a file; checks the range. */
int table_in_file(struct source *s, struct table *t, struct file *f,
		  uint64_t offset);

/* Tokens by id; ids may come in any order. */
struct token_list {
	uint32_t n;	   /* highest id put so far, plus 1 */
	uint32_t capacity;
	uint64_t *where;   /* into the blob, or NO_TOKEN */
	uint32_t *len;
	uint8_t *kind;	   /* enum tk_token_kind */
	float *score;
	bool has_kinds;
	bool has_scores;
	uint8_t *blob;
	uint64_t blob_len;
	uint64_t blob_capacity;
};

#define NO_TOKEN UINT64_MAX

enum { YES = 1, NO = 0, UNKNOWN = -1 };

struct source {
	const char *kind;  /* "gguf", "huggingface", ...: provenance */
	const char *title; /* one line for people, what was found */
	const char *directory; /* the input, if it is one; else NULL */

	struct table w_e, w_u;
	struct table b_u;
	struct table final_norm_weight, final_norm_bias;
	struct table embed_norm_weight, embed_norm_bias;
	struct table mix; /* context mix: a row for each distance */

	struct token_list tokens;
	struct tk_hparams hparams; /* tied: W_U is W_E, w_u absent */

	uint32_t special[TK_N_SPECIAL]; /* TK_NO_ID: none */
	uint64_t *eos_ids;		/* several ids may end a text */
	size_t n_eos_ids;
	int add_bos, add_eos;		/* YES, NO, UNKNOWN */
	const char *tokenizer;		/* the source's word for it, or NULL */
	const char *pretokenizer;	/* likewise */
	const char *chat_template;	/* likewise */

	const char *architecture; /* "llama", ...; NULL if unknown */
	const char *license;	  /* NULL if unknown */

	char message[1024]; /* of the failure */
	void *owned;	    /* everything allocated, in one list */
	struct file **files;
	size_t n_files;
	char **notes; /* lines for people */
	size_t n_notes;
};

void source_init(struct source *s);
void source_free(struct source *s);

/*
 * Finds out what the operands are and opens them with the right reader.
 */
int source_open(struct source *s, const struct source_options *opt);

/* Fails if a file of the source is not what it was when it was opened. */
int source_unchanged(struct source *s);

/* Adds a word to the list in out[size], which begins as "". */
void source_list(char *out, size_t size, const char *word);

/* Records the message; the first one stays. */
void source_record(struct source *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The same, and -1 as its value.  A macro, so that the compiler sees the -1
 * and knows what is not used after it.
 */
#define source_fail(s, ...) (source_record((s), __VA_ARGS__), -1)

/* A line for people, printed on stderr after packing. */
void source_note(struct source *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Memory that lives as long as the source; NULL after recording a failure. */
void *source_alloc(struct source *s, size_t size);
char *source_strdup(struct source *s, const char *text);
/* Copies n bytes and adds a NUL. */
char *source_strndup(struct source *s, const void *bytes, size_t n);
char *source_printf(struct source *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Puts a token; the bytes are copied.  An id that has one already is an
 * error that names both, as is an id or a length beyond the format's limits.
 */
int tokens_put(struct source *s, uint64_t id, const void *bytes, uint64_t len,
	       enum tk_token_kind kind);
int tokens_append(struct source *s, const void *bytes, uint64_t len);
bool tokens_has(const struct source *s, uint64_t id);
struct tk_bytes tokens_get(const struct source *s, uint64_t id);

/*
 * 'bytes' quoted and escaped for a message: " aunt", "\xf0\x9f".  At most
 * 'limit' bytes of it are shown.  Lives as long as the source.
 */
const char *source_quote(struct source *s, const void *bytes, size_t len,
			 size_t limit);

/* ---- the readers ---- */

/* The start of a file, or a directory, for finding out what it is. */
struct probe {
	const char *path;
	bool is_directory;
	const uint8_t *head; /* [head_len] */
	size_t head_len;
	uint64_t size;
};

struct reader {
	const char *name;  /* for --from */
	const char *title; /* for help and messages */
	bool (*sniff)(const struct probe *p);
	int (*open)(struct source *s, const struct source_options *opt);
};

extern const struct reader reader_huggingface; /* hf.c: a directory */
extern const struct reader reader_safetensors; /* hf.c: one file */
extern const struct reader reader_tokenizer;   /* hf.c: tokenizer.json */
extern const struct reader reader_gguf;	       /* gguf.c */
extern const struct reader reader_npy;	       /* npyfile.c */
extern const struct reader reader_word2vec;    /* word2vec.c: .bin */
extern const struct reader reader_text;	       /* textvec.c: GloVe, ... */
extern const struct reader reader_manifest;    /* manifest.c */

#endif /* TKPACK_SOURCE_H */
