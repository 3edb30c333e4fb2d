/* SPDX-License-Identifier: MIT */
/*
 * tkdiff.h - two models, and what is not the same in them
 *
 *     sides.c     files -> containers, models, what they have in common
 *     keydiff.c   hyperparameters and other keys
 *     match.c     tokens of A <-> tokens of B
 *     vocabdiff.c tokens added, removed, renumbered, changed
 *     tables.c    matrices -> pairs of tables of rows
 *     rowsource.c rows of a table, verified, decoded where they must be
 *     rowdiff.c   some rows -> how far they are from their partners
 *     tablediff.c two tables -> how far apart their rows are
 *     moved.c     the rows that moved most
 *     teller.c    what one model says to some contexts
 *     shift.c     how far predictions moved
 *     verdict.c   same or not, and what it depends on
 *     diff_text.c, diff_json.c    all of it, for people and for programs
 */
#ifndef TKDIFF_H
#define TKDIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <libformat.h>

enum by { BY_ID, BY_TOKEN };

/* When two elements count as the same. */
enum tolerance {
	TOLERANCE_NONE,	    /* never, unless their bits are */
	TOLERANCE_NUMBER,   /* up to a difference */
	TOLERANCE_ROUNDING, /* up to what rounding explains */
};

struct settings {
	enum by by;
	enum tolerance tolerance;
	double most; /* of TOLERANCE_NUMBER */
	size_t top;  /* rows, tokens, that are listed */
	size_t threads;
	uint64_t contexts; /* of --predict; 0: no prediction */
	uint64_t seed;
	bool quiet, brief, json;
};

/* One of the two files. */
struct side {
	const char *path;
	struct tk_container *file; /* as it lies */
	struct tk_container *view; /* what the model has, of an archive */
	struct tk_model *model;	   /* NULL: not opened */
};

/* ---- sides.c ---- */

/* Memory for n items, all zero; ends the program if there is none. */
void *zeros(uint64_t n, size_t size);

/* How much is the same; the last two by the digests alone. */
enum identity {
	IDENTITY_NONE,
	IDENTITY_VALUE,	  /* what it means; stored differently */
	IDENTITY_CONTENT, /* laid out differently */
	IDENTITY_FILE,	  /* every byte */
};

extern const char *const identity_names[];

/* Opens the file; what is no .tk file ends the program. */
void side_open(struct side *s, const char *path);

/*
 * And the model in it, once it is needed; what it is made of is verified, the
 * tokens only if 'all_tokens'.
 */
void side_open_model(struct side *s, bool all_tokens);

/*
 * Ends the program if the chunk digests of that section, or 'all' of it, are
 * not what was written.
 */
void side_verify(const struct side *s, uint32_t kind, bool all);

void side_close(struct side *s);

enum identity sides_identity(const struct side *a, const struct side *b);

/* A section that the files do not both have, or not with the same bytes. */
struct section_diff {
	uint32_t kind;
	const char *name;
	const struct tk_section *a, *b; /* NULL: there is none */
	bool counts; /* it is a part of the content */
};

struct section_diffs {
	struct section_diff *list; /* [n] by kind and name */
	size_t n;
	struct tk_section *a, *b; /* all of both */
};

/* By the tables alone. */
void sections_compare(struct section_diffs *out, const struct side *a,
		      const struct side *b);
void sections_free(struct section_diffs *d);

/* ---- keydiff.c ---- */

/* [{"key", "a", "b"}] of those that differ; null: there is none. */
json_t *keys_hparams(const struct side *a, const struct side *b);
json_t *keys_tokenizer(const struct side *a, const struct side *b);

/* True if "tied" is all that there is. */
bool keys_is_tied_only(const json_t *list);

/* ---- match.c ---- */

#define NO_MATCH UINT32_MAX

/* Which tokens of A are which of B: those with the same bytes. */
struct match {
	bool identity;	  /* every token has its id in both; no lists */
	uint32_t n_a, n_b;
	uint32_t *b_of_a; /* [n_a], NO_MATCH: none */
	uint32_t *a_of_b; /* [n_b] */
};

/*
 * Equal ids first; then the rest, of equal tokens the n-th with the n-th.
 * Cost: O(n log n) for the rest.
 */
void match_tokens(struct match *out, const struct side *a,
		  const struct side *b);
void match_free(struct match *m);

/* The bytes of a token that was verified; a bad one ends the program. */
struct tk_bytes side_token(const struct side *s, uint64_t id);

/* The same, verified now. */
struct tk_bytes side_shown_token(const struct side *s, uint64_t id);

/* True if the digests say that all tokens are the same, kinds included. */
bool sides_have_the_same_tokens(const struct side *a, const struct side *b);

/* ---- vocabdiff.c ---- */

enum change { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_RENUMBERED, CHANGE_CHANGED };
#define N_CHANGES 4

extern const char *const change_names[N_CHANGES];

struct vocab_diff {
	enum by by;
	const struct side *a, *b;
	const struct match *match;
	uint64_t n[N_CHANGES];
};

void vocab_compare(struct vocab_diff *out, const struct side *a,
		   const struct side *b, const struct match *match,
		   enum by by);

/* Of CHANGE_CHANGED: what is not the same.  NO_MATCH: it has none. */
struct token_change {
	uint32_t a, b; /* ids */
	bool bytes, kind, score;
};

/*
 * The first one of that change at or after '*at', which is 0 at first and set
 * to where to go on; false if there are no more.
 */
bool vocab_next(struct token_change *out, const struct vocab_diff *d,
		enum change change, uint32_t *at);

bool vocab_differs(const struct vocab_diff *d);

/* ---- tables.c ---- */

/* Rows of one matrix; b_U is a column of them, one a token. */
struct table {
	const struct side *side;
	size_t section; /* of both of its containers; TK_NO_SECTION: none */
	struct tk_matrix m; /* data NULL in an archive */
	struct tk_section s;
};

struct table_pair {
	const char *name; /* "W_E" */
	struct table a, b;
	bool of_tokens; /* its rows are */
	bool is_column; /* no cosine means anything */
	bool equal;	/* the same bytes, by their digests */
	bool same;	/* and partners by number: nothing is to be read */
};

#define MAX_PAIRS 8

/*
 * The pairs of which at least one table is there; how many.  'by_number': the
 * rows of a token have the same number in both.
 */
size_t tables_pair(struct table_pair pairs[MAX_PAIRS], const struct side *a,
		   const struct side *b, bool by_number);

/* Has it rows on both sides that can be compared? */
bool table_is_there(const struct table *t);
bool tables_are_comparable(const struct table_pair *p);

/* ---- rowsource.c ---- */

/* Which chunks of a table have been verified; for all threads. */
struct verified;

struct verified *verified_new(const struct table *t);
void verified_free(struct verified *v);

/* Reads rows of a table; one thread each. */
struct row_source {
	const struct table *table;
	struct verified *verified;
	struct tk_coder *coder; /* of an archive */
	uint64_t frame;		/* that is decoded; UINT64_MAX: none */
	struct tk_bytes data;	/* of it */
	uint8_t *row;		/* one that is in two frames */
};

/* All end the program if memory is short. */
void row_source_open(struct row_source *s, const struct table *t,
		     struct verified *v);
void row_source_close(struct row_source *s);

/*
 * A matrix whose row 0 is row 'first', and that has up to n rows, at least
 * one.  They are what was written; TK_E_CHECKSUM and the like if not.
 */
enum tk_status row_source_read(struct row_source *s, struct tk_matrix *out,
			       uint64_t first, uint64_t n,
			       struct tk_error *err);

/* ---- moved.c ---- */

/* A row that is not the same. */
struct moved {
	uint64_t a, b; /* rows */
	double cos;    /* NaN: none */
	double max_abs;
	bool unfit; /* a difference that is not finite */
};

/* The k that moved most, in no order. */
struct moved_top {
	struct moved *list;
	size_t k, n;
};

void moved_add(struct moved_top *top, const struct moved *m);

/* The one that moved most first. */
void moved_sort(struct moved_top *top);

/* ---- tablediff.c ---- */

struct row_diff {
	uint64_t rows;	  /* that were compared, read or not */
	uint64_t only_a, only_b; /* rows without a partner */
	uint64_t unnamed; /* of those, rows without a token, by token */
	uint64_t moved;	  /* rows of which some bit is not the same */
	uint64_t differ;  /* of those, beyond the tolerance */
	uint64_t elements, beyond, unfit; /* as in struct tk_row_delta */
	uint64_t with_cos;
	double sum_cos; /* of the moved rows that have one */
	struct moved max, least; /* largest max_abs, least cosine */
	struct moved_top top;
};

/*
 * Compares them; zero at first.  Damage ends the program.  'match' says which
 * rows go together, if they are those of tokens and 'by' wants it.
 */
void rows_compare(struct row_diff *out, const struct table_pair *p,
		  const struct match *match, const struct settings *set);
void row_diff_free(struct row_diff *d);

/* ---- shift.c ---- */

struct shift {
	bool done;	   /* false: the models are the same */
	uint64_t contexts; /* asked */
	uint64_t length;   /* tokens of a context */
	uint64_t tokens;   /* that both can predict */
	uint64_t only_a, only_b;
	double mean_kl, max_kl; /* nats, of A from B; finite ones */
	uint64_t infinite;  /* contexts whose KL is not finite */
	uint64_t agree;	    /* contexts with the same best token */
	double mass_a, mass_b; /* means: of the tokens that both have */
	uint32_t worst_a, worst_b; /* last token of the context of max_kl */
};

/* What it cannot do ends the program, with the reason. */
void shift_measure(struct shift *out, const struct side *a,
		   const struct side *b, const struct match *match,
		   const struct settings *set);

/* ---- the report ---- */

struct report {
	const struct settings *set;
	const struct side *a, *b;
	enum identity identity;
	bool same; /* the answer */
	struct section_diffs sections;
	json_t *hparams, *tokenizer;
	bool is_tied; /* both: there is no W_U of its own */
	struct vocab_diff vocab;
	struct table_pair pairs[MAX_PAIRS];
	struct row_diff rows[MAX_PAIRS];
	size_t n_pairs;
	struct shift shift;
};

/* ---- verdict.c ---- */

/* Is it a difference, the tolerance considered? */
bool section_counts(const struct report *r, const struct section_diff *d);
bool hparams_count(const struct report *r);
bool pair_counts(const struct report *r, size_t i);

/* True if what was compared has the same value, to the bit. */
bool verdict_is_value(const struct report *r);

/* From everything that was compared. */
bool verdict_is_same(const struct report *r);

/*
 * Calls put() with each part that differs and counts.  Without a tolerance
 * the tables are enough for it.
 */
void verdict_parts(const struct report *r,
		   void (*put)(void *context, const char *part),
		   void *context);

/* ---- the report ---- */

void text_pair(const struct report *r, size_t i); /* diff_rows.c */
void text_shift(const struct report *r);
void report_text(const struct report *r);
void report_brief(const struct report *r);
void report_json(const struct report *r);

#endif /* TKDIFF_H */
