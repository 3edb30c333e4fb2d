/* SPDX-License-Identifier: MIT */
/*
 * predict.h - from a context or a hidden vector to the k best tokens
 *
 *     request.c   the command line -> what is asked for
 *     context.c   the command line's words and ids -> ids
 *     hidden.c    a .npy file -> hidden vectors
 *     scan.c      hidden vectors -> keys, sums, the best
 *     predict.c   those -> a result
 *     note.c      what kind of prediction it is
 *     generate.c  the next token, again and again
 *     result.c    what is said of each token
 *     partial.c   the result of some rows of W_U -> a line
 *     seal.c      the checksum of that line
 *     join.c      those lines -> a result
 *     output.c    a result -> a table or JSON
 */
#ifndef TKPREDICT_PREDICT_H
#define TKPREDICT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <libformat.h>

#include "cli.h"
#include "npy.h"
#include "request.h"
#include "result.h"

/* ---- context.c ---- */

struct context {
	uint32_t *ids;
	size_t n;
	size_t capacity;
	struct cli_reason why; /* of the failure */
};

/*
 * Replaces the context by the ids of a list of decimal numbers or by those of
 * a text: words between white space, id:N is an id.  Says on stderr when a
 * word was found as another token.  Only the last n_ctx remain.  Returns
 * EXIT_YES; EXIT_NO if the file does not have a word or an id; EXIT_TROUBLE
 * for anything else.  '*c' is zero at first.
 */
int context_from_ids(struct context *c, const struct tk_model *m,
		     const char *list);
int context_from_text(struct context *c, const struct tk_model *m,
		      struct tk_bytes text);

/*
 * The id of one token that can be predicted: all of 'word', or id:N.  Returns
 * the same; the reason is in '*c'.
 */
int context_find(struct context *c, uint32_t *id, const struct tk_model *m,
		 struct tk_bytes word);

/* Appends an id that is known to be good. */
void context_append(struct context *c, uint32_t id);

void context_free(struct context *c);

/* The context of TEXT on the command line; "-" is all of standard input. */
int context_from_operand(struct context *c, const struct tk_model *m,
			 const char *text);

/* ---- hidden.c ---- */

/* A .npy file of hidden vectors, [d] or [rows, d], read row by row. */
struct hidden {
	const char *path;
	int fd;
	struct npy_header header;
	size_t rows;
	size_t d;
};

/* Opens the file and checks its shape against 'd'; ends the program if not. */
void hidden_open(struct hidden *h, const char *path, size_t d);

/* out[d] = vector 'row'; ends the program if an element is not finite. */
void hidden_read(float *out, const struct hidden *h, size_t row);

void hidden_close(struct hidden *h);

/* ---- predict.c ---- */

/* Rows of W_U: all that can be predicted, or those of a shard. */
struct range {
	size_t first;
	size_t end;
};

/* The buffers of a prediction, and its result. */
struct predictor {
	const struct request *request;
	const struct tk_model *model;
	size_t d;
	size_t n;	  /* ids that can be predicted */
	size_t k;	  /* how many of them are asked for */
	struct range rows;
	size_t n_vectors; /* for which rows are read once */
	float *vectors;	  /* [n_vectors, d] */
	float *vector;	  /* the one that is under way */
	float *scratch;	  /* [d] */
	float *all_keys;  /* [n_vectors, rows] */
	float *keys;	  /* of the vector under way */
	size_t n_blocks;
	struct tk_block *blocks;   /* [n_blocks] */
	struct tk_candidate *best; /* of each block, then of all rows */
	size_t *n_block_best;	   /* [n_blocks] */
	struct tk_candidate *left; /* for sampling */
	struct tk_sketch sketch;
	void *sketch_scratch; /* NULL: no sketch, or none to be used */
	struct tk_partial partial;
	struct tk_normalizer normalizer;
	struct work work;
	bool has_ranked;
	struct tk_candidate ranked; /* --rank */
	size_t n_better;
	struct result result;
	json_t *answer;	  /* being built; still ours if the program ends */
};

/* What the ids lead from, for the note. */
enum view { VIEW_TEXT, VIEW_IDS, VIEW_HIDDEN };

/*
 * Ends the program with what to type if the file cannot predict; with status
 * EXIT_NO if the token of --rank is not in it.
 */
void predictor_open(struct predictor *p, const struct request *r,
		    const struct tk_model *m);
void predictor_close(struct predictor *p);

/* vector[d] from the ids; the final norm is still to come. */
void predict_embed(struct predictor *p, const struct context *c);

/*
 * The results of the first n vectors, of which there are at most n_vectors:
 * first what they have in common, then the result of vector i, in order.
 */
void predict_start(struct predictor *p, size_t n);
void predict_result(struct predictor *p, size_t i);

/* For generating: the best, or the keys to draw from, of 'vector'. */
void predict_next(struct predictor *p);

/* 'partial', with the best of each block, of 'vector'. */
void predict_part(struct predictor *p);

/* What is said of a token but its probability. */
struct line predict_line(const struct predictor *p, struct tk_candidate c,
			 uint64_t rank);

/* The bytes of a token; ends the program if the file is damaged there. */
struct tk_bytes predict_token(const struct predictor *p, uint32_t id);

/* ---- note.c ---- */

/* One line on stderr: what kind of prediction this is. */
void predict_note(const struct predictor *p, enum view view, size_t n_ids);

/* ---- scan.c ---- */

/* The final norm, and the keys, of the first n vectors. */
void scan_rows(struct predictor *p, size_t n);

/*
 * Vector i is now the one under way: 'partial' with the k best of each block
 * of its keys, and sums of exponentials if 'sums'.
 */
void scan_pick(struct predictor *p, size_t i, size_t k, bool sums);

/* The final 'best' and 'normalizer' of all rows. */
void scan_merge(struct predictor *p, size_t k);

/* The k best for vector i by way of the sketch, its final norm included. */
void scan_sketch(struct predictor *p, size_t i, size_t k);

/* ---- generate.c ---- */

/*
 * Appends the next token again and again, request->generate times or until a
 * token that ends a text, which is not appended.  The prediction for '*c'
 * must have been made.
 */
void generate(struct predictor *p, struct context *c);

/* The tokens that follow the first 'start' ids, as text or as "generated". */
void generate_print(const struct predictor *p, const struct context *c,
		    size_t start);
void generate_json(json_t *object, const struct predictor *p,
		   const struct context *c, size_t start);

/* ---- partial.c ---- */

/*
 * The partial result of predict_part() as a line without its newline, freed
 * by the caller; 'c' has the ids it is from, none if it is from a vector.
 */
char *partial_line(const struct predictor *p, const struct context *c);

/* ---- output.c ---- */

/* The table for people. */
void output_table(const struct result *r);

/*
 * Of many vectors (a logit lens): the head of a table, and a vector's line,
 * with at most 'limit' tokens.
 */
void output_lens_head(const struct result *r, size_t limit);
void output_lens_line(const struct result *r, size_t vector, size_t limit);

/* All of a result, into an object. */
void output_json_result(json_t *object, const struct result *r);

/* An object with "schema", and "input" unless it is NULL, "temperature". */
json_t *output_json_start(json_t *input, double temperature);

/* {"ids": [...]} */
json_t *output_json_input(const struct context *c);

#endif /* TKPREDICT_PREDICT_H */
