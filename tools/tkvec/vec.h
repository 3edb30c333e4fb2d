/* SPDX-License-Identifier: MIT */
/*
 * vec.h - a matrix, and what is asked of it
 *
 *     tkvec.c        the command line -> what is asked for, by which command
 *     each.c         operands, or the lines of standard input
 *     expression.c   their text -> tokens with weights
 *     operand.c      those -> ids and a vector
 *     neighbours.c   near, dot without words
 *     relation.c     analogy
 *     compare.c      dot with words, cos, row
 *     heatmap.c      pairs
 *     questions.c    a file of questions -> ids
 *     evaluate.c     eval
 *     spearman.c     its correlation
 *     answer.c       tokens with scores as a table, JSON or TSV
 */
#ifndef TKVEC_VEC_H
#define TKVEC_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <libformat.h>

#include "cli.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_TSV };

enum { RULE_ADD = 1, RULE_MUL = 2 }; /* 3CosAdd, 3CosMul */

/* What the options say. */
struct request {
	bool unembed; /* --space U */
	enum tk_metric metric;
	uint64_t top; /* -k */
	bool include_inputs;
	bool lower;
	unsigned rules; /* RULE_ADD, RULE_MUL, ored */
	enum format format;
	size_t threads;
};

/* The matrix that is asked, and why the question at hand has no answer. */
struct vec {
	const struct request *request;
	const struct tk_model *model;
	const char *path;
	const char *name; /* "W_E", "W_U" */
	struct tk_matrix m;
	uint64_t n_rows; /* that can be an answer: they have a token */
	size_t d;
	struct tk_parallel parallel;
	size_t line;	/* of standard input; 0: it is on the command line */
	size_t n_answers; /* so far */
	struct cli_reason why;
	struct tk_bytes expression; /* that cannot be read; len 0: none */
	size_t mistake;		    /* at which byte */
};

/*
 * A command: one question, all of its operands there.  Prints the answer.
 * EXIT_NO or EXIT_TROUBLE: there is none, and v->why says why.
 */
typedef int vec_command(struct vec *v, const struct tk_bytes *operands,
			size_t n);

vec_command near_answer, analogy_answer, dot_answer, cos_answer, pairs_answer,
	row_answer;

/* eval FILE; "-" is standard input. */
int eval_answer(struct vec *v, const char *path);

/* ---- each.c ---- */

/* Where the operands of a command come from. */
struct operands {
	const char *command;
	char **given; /* [n], behind the name of the command */
	size_t n;
	size_t min, max; /* how many there may be */
	bool is_whole;	 /* a line of standard input is one operand */
};

/*
 * Asks once, with the operands that are given, or once for each line of
 * standard input if there are none, or "-" stands for them.  Returns the
 * status of the program.
 */
int each_question(struct vec *v, const struct operands *o,
		  vec_command *command);

/* ---- answer.c ---- */

/* One line of an answer. */
struct answer {
	uint64_t rank;
	uint32_t id;		/* TK_NO_ID: of an expression */
	struct tk_bytes token;	/* or the expression */
	bool has_token;		/* false: a padding row */
	float score;		/* NaN: there is none */
};

/* A list of them, and what it is. */
struct list {
	const char *key;   /* of JSON: "results" */
	const char *title; /* of TSV, and over a second table: "3CosAdd" */
	const char *score; /* head of the column: "COS" */
	struct answer *answers; /* [n] */
	size_t n;
};

/* What is shown of a row; ends the program if the file is damaged there. */
struct answer answer_of(const struct vec *v, uint32_t id);

/* One answer each of candidates, in their order; freed by the caller. */
struct answer *answer_make(const struct vec *v, const struct tk_candidate *c,
			   size_t n);

/*
 * Prints the answer to a question: all of its operands, and one list or two.
 * 'n_unranked' rows had no score; UINT64_MAX: nobody has counted.
 */
void answer_print(struct vec *v, const struct tk_bytes *operands, size_t n,
		  const struct list *lists, size_t n_lists,
		  uint64_t n_unranked);

/* Says on stderr how many rows have no score, unless all have one. */
void answer_warn(const struct vec *v, uint64_t n_unranked, const char *why);

/* Goes before each answer: a blank line between tables, the head of TSV. */
void answer_start(struct vec *v, const char *tsv_head);

/* {"schema", "query"}: a string, or an array of several. */
json_t *answer_json(const struct tk_bytes *operands, size_t n);

/* The columns of TSV that say what was asked. */
void answer_tsv_query(const struct tk_bytes *operands, size_t n);

/* A token as a field of TSV or a cell of a table, in 'limit' columns. */
size_t answer_put_token(const struct answer *a, size_t limit);

/* The same as members of an object: "token" and "id". */
void answer_json_token(json_t *object, const struct answer *a);

/* A score: nine digits, which read back to the same. */
void answer_tsv_score(float score);

#endif /* TKVEC_VEC_H */
