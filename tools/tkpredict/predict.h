/* SPDX-License-Identifier: MIT */
/*
 * predict.h - from a context or a hidden vector to the k best tokens
 *
 *     context.c   the command line's words and ids -> ids
 *     hidden.c    a .npy file -> hidden vectors
 *     predict.c   ids or hidden vector -> keys, the best, the normaliser
 *     output.c    those -> a table or JSON
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

/* What the command line asks for. */
struct request {
	const char *path;   /* FILE */
	const char *text;   /* TEXT, or NULL */
	const char *ids;    /* --ids, or NULL */
	const char *hidden; /* --hidden, or NULL */
	bool from_stdin;
	bool normalized;
	bool json;
	uint64_t top;	    /* -k */
	uint64_t generate;  /* -n; 0: predict only */
	double temperature; /* 0: the largest alone */
	size_t threads;
};

/* ---- context.c ---- */

struct context {
	uint32_t *ids;
	size_t n;
	size_t capacity;
	char message[2048]; /* of the failure */
};

/*
 * Replaces the context by the ids of a list of decimal numbers or by those of
 * a text: words between white space, id:N is an id.  Says on stderr when a
 * word was found as another token.  Only the last n_ctx remain.  Returns
 * EXIT_YES; EXIT_NO if a word is not in the vocabulary; EXIT_TROUBLE for
 * anything else.  '*c' is zero at first.
 */
int context_from_ids(struct context *c, const struct tk_model *m,
		     const char *list);
int context_from_text(struct context *c, const struct tk_model *m,
		      struct tk_bytes text);

/* Appends an id that is known to be good. */
void context_append(struct context *c, uint32_t id);

void context_free(struct context *c);

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

/* The buffers of a prediction, and its result. */
struct predictor {
	const struct request *request;
	const struct tk_model *model;
	size_t d;
	size_t n;	   /* ids that can be predicted */
	size_t k;	   /* how many of them are asked for */
	float *vector;	   /* [d] */
	float *scratch;	   /* [d] */
	float *keys;	   /* [n] */
	struct tk_candidate *best; /* [k] */
	size_t n_best;
	struct tk_normalizer normalizer; /* unless the temperature is 0 */
	json_t *answer;	   /* being built; still ours if the program ends */
};

/* What the ids lead from, for the note. */
enum view { VIEW_TEXT, VIEW_IDS, VIEW_HIDDEN };

/* Ends the program with what to type if the file cannot predict. */
void predictor_open(struct predictor *p, const struct request *r,
		    const struct tk_model *m);
void predictor_close(struct predictor *p);

/* Fills in 'best' and 'normalizer' from the ids, or from 'vector'. */
void predict_from_ids(struct predictor *p, const struct context *c);
void predict_from_vector(struct predictor *p);

/*
 * Appends the likeliest token again and again, request->generate times or
 * until a token that ends a text, which is not appended.  'best' must be the
 * prediction for '*c'.
 */
void predict_more(struct predictor *p, struct context *c);

/* One line on stderr: what kind of prediction this is. */
void predict_note(const struct predictor *p, enum view view, size_t n_ids);

/* ---- output.c ---- */

/* The table for people. */
void output_table(const struct predictor *p);

/* "log_normalizer" and "predictions", into an object. */
void output_json_result(json_t *object, const struct predictor *p);

/* An object with "schema", and "input" if 'c' is not NULL, "temperature". */
json_t *output_json_start(const struct predictor *p, const struct context *c);

/* The tokens that follow the first 'start' ids, as text or as "generated". */
void output_text(const struct predictor *p, const struct context *c,
		 size_t start);
void output_json_text(json_t *object, const struct predictor *p,
		      const struct context *c, size_t start);

/* The bytes of a token; ends the program if the file is damaged there. */
struct tk_bytes output_token(const struct predictor *p, uint32_t id);

#endif /* TKPREDICT_PREDICT_H */
