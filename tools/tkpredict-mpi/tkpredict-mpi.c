/* SPDX-License-Identifier: MIT */
/*
 * tkpredict-mpi.c - the next token, the rows of W_U shared out over MPI ranks
 *
 * Each rank maps the file, and touches only its rows of W_U.  Rank 0 alone
 * reads the command line's words, so that notes and errors are said once; the
 * others get the hidden vector.  What goes back is what tkpredict --partial
 * prints.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpi.h>

#include "color.h"
#include "join.h"
#include "predict.h"
#include "text.h"

static const struct cli_tool tool = {
	.name = "tkpredict-mpi",
	.synopsis = "mpirun -n RANKS tkpredict-mpi [OPTION...] FILE [TEXT]",
	.examples =
		"  mpirun -n 4 tkpredict-mpi model.tk \"my aunt\"\n"
		"  mpirun --hostfile hosts tkpredict-mpi model.tk --hidden "
		"h.npy --json\n",
	.options = request_mpi_options,
	.notes = "The answer has the bytes of tkpredict's with --exact scan, "
		 "for any number of\nranks.\n",
};

/* ---- ranks come and go together ---- */

static enum { ALONE, TOGETHER, DONE } stage;
static int my_rank, n_ranks;

/* Tells the others whether there is something to do. */
static int tell(int go)
{
	MPI_Bcast(&go, 1, MPI_INT, 0, MPI_COMM_WORLD);
	return go;
}

/*
 * Are all ranks well?  If not, the program ends, in silence: who is not has
 * said why.  Each rank comes here before it waits for another one, so that
 * nobody waits for what will not come.
 */
static void vote(int is_well)
{
	int are_well;

	MPI_Allreduce(&is_well, &are_well, 1, MPI_INT, MPI_MIN,
		      MPI_COMM_WORLD);
	if (is_well && !are_well) {
		stage = DONE;
		exit(EXIT_TROUBLE);
	}
}

/* The program ends, here or in cli_die(). */
static void leave(void)
{
	if (stage == TOGETHER)
		vote(0);
	if (stage == ALONE && my_rank == 0)
		tell(0);
	MPI_Finalize();
}

/* ---- the question ---- */

static void open_shard(struct predictor *p, struct request *r)
{
	r->partial = true;
	r->shard = (uint64_t)my_rank + 1;
	r->n_shards = (uint64_t)n_ranks;
	if (!r->threads)
		r->threads = 1;
	predictor_open(p, r, cli_open_model(r->path));
}

static void read_context(struct predictor *p, struct context *c)
{
	const struct request *r = p->request;
	int status;

	if (r->ids)
		status = context_from_ids(c, p->model, r->ids);
	else
		status = context_from_operand(c, p->model, r->text);
	if (status != EXIT_YES) {
		cli_warn("%s", c->why.text);
		exit(status);
	}
	predict_note(p, r->ids ? VIEW_IDS : VIEW_TEXT, c->n);
	predict_embed(p, c);
}

static void read_hidden(struct predictor *p)
{
	struct hidden h;

	hidden_open(&h, p->request->hidden, p->d);
	if (h.header.n_dims != 1)
		cli_die("%s: one vector at a time, of shape [%zu]", h.path,
			p->d);
	hidden_read(p->vector, &h, 0);
	hidden_close(&h);
	predict_note(p, VIEW_HIDDEN, 0);
}

/* Rank 0: everything that can go wrong with the question. */
static void ask(struct predictor *p, struct request *r, struct context *c)
{
	request_parse(r);
	open_shard(p, r);
	if (r->hidden)
		read_hidden(p);
	else
		read_context(p, c);
}

/* The others: the same file and options, no words. */
static void follow(struct predictor *p, struct request *r)
{
	request_parse(r);
	r->rank = NULL;
	open_shard(p, r);
}

/* What rank 0 has found out. */
static void share(struct predictor *p, struct context *c)
{
	uint64_t head[4] = {c->n, p->has_ranked, p->ranked.id, p->d};

	MPI_Bcast(head, 4, MPI_UINT64_T, 0, MPI_COMM_WORLD);
	if (head[3] != p->d)
		cli_die("%s: is not the same file on all hosts",
			p->request->path);
	p->has_ranked = head[1];
	p->ranked.id = (uint32_t)head[2];
	for (uint64_t i = 0; my_rank != 0 && i < head[0]; i++)
		context_append(c, 0);
	vote(1);
	MPI_Bcast(c->ids, (int)c->n, MPI_UINT32_T, 0, MPI_COMM_WORLD);
	MPI_Bcast(p->vector, (int)p->d, MPI_FLOAT, 0, MPI_COMM_WORLD);
}

/* ---- the answer ---- */

static void print(const struct request *r, struct joined *j)
{
	joined_finish(j);
	if (r->json)
		text_json_print(joined_json(j));
	else
		output_table(&j->result);
	joined_free(j);
}

static void *alloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		cli_die("out of memory (%zu x %zu bytes)", n, size);
	return p;
}

/* Brings all parts to rank 0, which joins them. */
static void gather(const struct request *r, const char *part)
{
	const size_t len = strlen(part);
	int *lens = alloc((size_t)n_ranks, sizeof(*lens));
	int *starts = alloc((size_t)n_ranks, sizeof(*starts));
	struct joined j = {.n_parts = 0};
	char *all = NULL;
	size_t total = 0;
	int mine = len <= INT_MAX ? (int)len : -1;

	vote(1);
	MPI_Gather(&mine, 1, MPI_INT, lens, 1, MPI_INT, 0, MPI_COMM_WORLD);
	for (int i = 0; i < n_ranks && my_rank == 0; i++) {
		starts[i] = (int)total;
		if (lens[i] < 0 || total > (size_t)(INT_MAX - lens[i]))
			cli_die("the parts have more than %d bytes; ask for "
				"fewer tokens with -k",
				INT_MAX);
		total += (size_t)lens[i];
	}
	all = alloc(total + 1, 1);
	vote(1);
	MPI_Gatherv(part, mine, MPI_CHAR, all, lens, starts, MPI_CHAR, 0,
		    MPI_COMM_WORLD);
	stage = DONE;
	for (int i = 0; i < n_ranks && my_rank == 0; i++) {
		char from[32];

		snprintf(from, sizeof(from), "rank %d", i);
		joined_add(&j, all + starts[i], (size_t)lens[i], from);
	}
	if (my_rank == 0)
		print(r, &j);
	free(all);
	free(lens);
	free(starts);
}

int main(int argc, char **argv)
{
	struct request r;
	struct predictor p;
	struct context c = {0};
	char *part;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &my_rank);
	MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
	cli_start(&tool, argc, argv);
	/* mpirun gives its ranks a terminal, wherever its own output goes. */
	color_set("never");
	atexit(leave);
	if (my_rank == 0)
		ask(&p, &r, &c);
	if (!tell(1))
		return EXIT_YES;
	stage = TOGETHER;
	if (my_rank != 0)
		follow(&p, &r);
	vote(1);
	share(&p, &c);
	predict_part(&p);
	part = partial_line(&p, &c);
	gather(&r, part);
	free(part);
	context_free(&c);
	predictor_close(&p);
	cli_finish(EXIT_YES);
}
