/* SPDX-License-Identifier: MIT */
/*
 * packcheck.c - do the parts of a source make a model?
 */
#include "packcheck.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A vector must have as many elements as what it belongs to. */
static int check_vector(struct source *s, const struct table *v,
			uint64_t cols, const char *of)
{
	if (!v->name || (v->rows == 1 && v->cols == cols))
		return 0;
	return source_fail(s, "%s has %llu x %llu elements, but %s needs %llu",
			   v->name, (unsigned long long)v->rows,
			   (unsigned long long)v->cols, of,
			   (unsigned long long)cols);
}

/* A row for each distance from the end, of one weight or one a dimension. */
static int check_mix(struct source *s)
{
	const struct table *mix = &s->mix;

	if (!mix->name)
		return 0;
	if (mix->cols != 1 && mix->cols != s->w_e.cols)
		return source_fail(s,
				   "the context mix has %llu columns, neither "
				   "1 nor those of W_E",
				   (unsigned long long)mix->cols);
	if (s->hparams.n_ctx && mix->rows > s->hparams.n_ctx)
		return source_fail(s,
				   "the context mix has %llu rows, more than "
				   "n_ctx",
				   (unsigned long long)mix->rows);
	return 0;
}

static int check_vectors(struct source *s)
{
	const struct table *e = &s->w_e;
	const struct table *u = s->w_u.name ? &s->w_u : e;

	if (check_vector(s, &s->embed_norm_weight, e->cols, "W_E") ||
	    check_vector(s, &s->embed_norm_bias, e->cols, "W_E") ||
	    check_vector(s, &s->final_norm_weight, u->cols, "W_U") ||
	    check_vector(s, &s->final_norm_bias, u->cols, "W_U"))
		return -1;
	if (s->b_u.name && !s->w_u.name && !s->hparams.tied)
		return source_fail(s, "%s is a bias of W_U, but there is no "
				      "W_U",
				   s->b_u.name);
	return check_vector(s, &s->b_u, u->rows, "W_U");
}

/*
 * Rows without a token are padding; a token without a row can neither be
 * embedded nor predicted, and is a mistake unless one of the two has it.
 */
static int check_rows(struct source *s)
{
	uint64_t n = s->tokens.n;
	uint64_t e = s->w_e.name ? s->w_e.rows : 0;
	uint64_t u = s->w_u.name ? s->w_u.rows : e;
	uint64_t most = e > u ? e : u;

	if (!n)
		return source_fail(s, "the source has no tokens");
	if (!most)
		return 0;
	if (n > most)
		return source_fail(s,
				   "the vocabulary has %llu tokens, but %s has "
				   "%llu rows: they do not belong together",
				   (unsigned long long)n,
				   e ? s->w_e.name : s->w_u.name,
				   (unsigned long long)most);
	if (n > u)
		source_note(s,
			    "%llu tokens have no row in W_U and are never "
			    "predicted",
			    (unsigned long long)(n - u));
	if (e && n > e)
		source_note(s, "%llu tokens have no row in W_E",
			    (unsigned long long)(n - e));
	if (e && s->w_u.name && s->w_e.cols != s->w_u.cols)
		source_note(s,
			    "W_E has %llu columns and W_U %llu: prediction "
			    "needs --hidden",
			    (unsigned long long)s->w_e.cols,
			    (unsigned long long)s->w_u.cols);
	return 0;
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return (a > b) - (a < b);
}

/* The list of ids that end a text is brought into the order of the format. */
static int check_specials(struct source *s)
{
	static const char *const names[TK_N_SPECIAL] = {"bos", "eos", "unk",
							"pad", "sep", "mask"};

	for (int i = 0; i < TK_N_SPECIAL; i++)
		if (s->special[i] != TK_NO_ID &&
		    s->special[i] >= s->tokens.n)
			return source_fail(s,
					   "the %s id is %u, but there are "
					   "%u tokens",
					   names[i], s->special[i],
					   s->tokens.n);
	for (size_t i = 0; i < s->n_eos_ids; i++)
		if (s->eos_ids[i] >= s->tokens.n)
			return source_fail(s,
					   "an end-of-text id is %llu, but "
					   "there are %u tokens",
					   (unsigned long long)s->eos_ids[i],
					   s->tokens.n);
	if (s->n_eos_ids)
		qsort(s->eos_ids, s->n_eos_ids, sizeof(*s->eos_ids),
		      by_number);
	return 0;
}

/* What the hyperparameters say of matrices must be true of them. */
static int check_hparams(struct source *s)
{
	const struct tk_hparams *hp = &s->hparams;
	const char *bad = NULL;
	struct tk_error err;

	if (hp->tied && s->w_u.name)
		bad = "W_U is said to be tied, and is there all the same";
	else if (hp->tied && !s->w_e.name)
		bad = "W_U is said to be tied to W_E, which is not there";
	else if (!hp->final_norm &&
		 (s->final_norm_weight.name || s->final_norm_bias.name))
		bad = "there are weights of a final norm, but final_norm is "
		      "none; see --set";
	else if (!hp->embed_norm &&
		 (s->embed_norm_weight.name || s->embed_norm_bias.name))
		bad = "there are weights of an embedding norm, but embed_norm "
		      "is none; see --set";
	else if (s->mix.name && !s->w_e.name)
		bad = "there is a context mix, but no W_E";
	else if (hp->d_model && s->w_e.name && hp->d_model != s->w_e.cols &&
		 !s->w_u.name)
		bad = "d_model is set to another number than W_E's columns";
	else if (!s->w_e.name && !s->w_u.name &&
		 (s->final_norm_weight.name || s->final_norm_bias.name))
		bad = "there are weights of a norm, but no matrices";
	if (bad)
		return source_fail(s, "%s", bad);
	if (tk_hparams_check(hp, &err))
		return source_fail(s, "%s", err.message);
	return 0;
}

int pack_check(struct source *s)
{
	return check_hparams(s) || check_rows(s) || check_vectors(s) ||
			       check_mix(s) || check_specials(s)
		       ? -1
		       : 0;
}

/* ---- the output ---- */

static bool is_tk_file(const char *path)
{
	char head[4] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is_tk = fd >= 0 && read(fd, head, 4) == 4 &&
		     !memcmp(head, "\x89TKF", 4);

	if (fd >= 0)
		close(fd);
	return is_tk;
}

/* A model in a directory has files that were not needed, and are its own. */
static int check_neighbours(struct source *s, const char *output)
{
	const char *slash = strrchr(output, '/');
	char *name = slash ? source_strndup(s, output,
					    (size_t)(slash - output) + 1)
			   : source_strdup(s, ".");
	struct stat in, dir;

	if (!name)
		return -1;
	if (!s->directory || stat(s->directory, &in) || stat(name, &dir) ||
	    in.st_dev != dir.st_dev || in.st_ino != dir.st_ino ||
	    is_tk_file(output))
		return 0;
	return source_fail(s, "%s: is a file of the input %s", output,
			   s->directory);
}

/* An output that is one of the inputs would be read while it is replaced. */
int pack_check_output(struct source *s, const char *output)
{
	struct stat out;

	if (stat(output, &out))
		return 0;
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i]->stat.st_dev == out.st_dev &&
		    s->files[i]->stat.st_ino == out.st_ino)
			return source_fail(s, "%s: is the input %s",
					   output, s->files[i]->path);
	return check_neighbours(s, output);
}
