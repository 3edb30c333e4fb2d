/* SPDX-License-Identifier: MIT */
/*
 * request.h - what the command line asks for
 */
#ifndef TKPREDICT_REQUEST_H
#define TKPREDICT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libformat.h>

#include "cli.h"

/* Below it z / T could leave the range of double. */
#define REQUEST_MIN_TEMPERATURE 1e-200

/* Probabilities: exact ones cost a scan of all of W_U. */
enum probs { PROBS_EXACT, PROBS_BOUNDS, PROBS_NONE };

struct request {
	const char *path;   /* FILE */
	const char *text;   /* TEXT, or NULL */
	const char *ids;    /* --ids, or NULL */
	const char *hidden; /* --hidden, or NULL */
	const char *rank;   /* --rank, or NULL */
	bool from_stdin;
	bool normalized;
	bool json;
	bool has_top;
	uint64_t top;	   /* -k */
	uint64_t generate; /* -n; 0: predict only */
	bool sample;	   /* generate by chance */
	uint64_t seed;
	struct tk_cuts cuts;
	double temperature; /* 0: the largest alone */
	enum probs probs;
	bool scan_only; /* --exact scan */
	bool partial;
	uint64_t shard; /* 1 ... n_shards */
	uint64_t n_shards;
	bool merge;
	bool has_other; /* an option besides --merge, --json and --threads */
	char **parts; /* [n_parts], of --merge */
	size_t n_parts;
	size_t threads;
};

/* The options of tkpredict, and those that a run on several hosts has. */
extern const struct cli_option request_options[];
extern const struct cli_option request_mpi_options[];

/* Whether tokens are drawn by chance. */
bool request_draws(const struct request *r);

/* "exact", "bounds" or "none"; false for anything else. */
bool request_probs(enum probs *out, const char *word);
const char *request_probs_name(enum probs probs);

/*
 * Reads the command line; ends the program if it asks for nothing or for what
 * does not go together.
 */
void request_parse(struct request *r);

#endif /* TKPREDICT_REQUEST_H */
