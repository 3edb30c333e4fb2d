/* SPDX-License-Identifier: MIT */
/*
 * recode.c - mapped form <-> archive form
 *
 * Sections go through in batches of frames.  While the threads code one
 * batch, one of them writes the batch before: two sets of coders take turns.
 */
#define _DEFAULT_SOURCE /* madvise() */

#include "recode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "progress.h"
#include "text.h"

#define BATCH 8 /* frames: coders of both sets hold about 100 MiB at most */

/* One frame of the batch; the coder owns the bytes. */
struct work {
	struct tk_coder *coder;
	struct tk_bytes data;  /* as it is */
	struct tk_bytes frame; /* as it is stored; of an archive only */
	enum tk_status status;
	struct tk_error err;
};

struct batch {
	struct work frames[BATCH];
	size_t n;
};

struct job {
	const char *input;
	const char *output;
	const struct tk_container *from;
	struct tk_writer *to;
	bool to_archive;
	size_t section;
	uint64_t first;	       /* frame of the batch that is coded */
	struct batch *coded;   /* these two change places */
	struct batch *written;
	enum tk_status status; /* of writing */
	struct tk_error err;
};

/* ---- what threads do ---- */

static void code_frame(const struct job *j, struct work *w, uint64_t n)
{
	w->status = tk_coder_decode(w->coder, &w->data, j->from, j->section,
				    n, &w->err);
	if (!w->status && j->to_archive)
		w->status = tk_coder_encode(w->coder, &w->frame, j->from,
					    j->section, n, &w->err);
}

/*
 * Pages that were read count as this program's memory until it says that it
 * will not look at them again.
 */
static void forget(struct tk_bytes bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)bytes.ptr & ~(page - 1);

	madvise((void *)from, (uintptr_t)bytes.ptr + bytes.len - from,
		MADV_DONTNEED);
}

static void write_batch(struct job *j)
{
	for (size_t i = 0; i < j->written->n && !j->status; i++) {
		const struct work *w = &j->written->frames[i];

		if (j->to_archive)
			j->status = tk_writer_frame(j->to, w->data, w->frame,
						    &j->err);
		else
			j->status = tk_writer_write(j->to, w->data, &j->err);
		progress_add(w->data.len);
		if (j->to_archive)
			forget(w->data);
	}
	j->written->n = 0;
}

static void do_item(void *context, size_t i)
{
	struct job *j = context;

	if (i)
		code_frame(j, &j->coded->frames[i - 1], j->first + i - 1);
	else
		write_batch(j);
}

/* ---- sections ---- */

/* Nothing of the output is left. */
_Noreturn static void fail(struct job *j, const char *path,
			   const struct tk_error *err)
{
	tk_writer_abort(j->to);
	progress_end();
	cli_die_error(path, err);
}

static void check_batch(struct job *j)
{
	for (size_t i = 0; i < j->coded->n; i++)
		if (j->coded->frames[i].status)
			fail(j, j->input, &j->coded->frames[i].err);
	if (j->status)
		fail(j, j->output, &j->err);
}

static void run_section(struct job *j, size_t threads)
{
	struct tk_section s = tk_container_section(j->from, j->section);
	struct tk_bytes stored = tk_container_stored(j->from, j->section);
	uint64_t n = tk_frame_count(s.size);

	for (j->first = 0; j->first < n || j->written->n;
	     j->first += j->written->n) {
		struct batch *b = j->coded;
		uint64_t left = j->first < n ? n - j->first : 0;

		b->n = left < BATCH ? (size_t)left : BATCH;
		cli_parallel(threads, b->n + 1, do_item, j);
		check_batch(j);
		j->coded = j->written;
		j->written = b;
		if (!j->to_archive)
			forget(stored);
	}
}

/* ---- the file ---- */

/* Padding and digests, which are made anew and not copied. */
static void check_outside(struct job *j)
{
	for (size_t i = 0; i < tk_container_count(j->from); i++)
		if (tk_container_verify_outside(j->from, i, &j->err))
			fail(j, j->input, &j->err);
}

static void begin_section(struct job *j)
{
	struct tk_section s = tk_container_section(j->from, j->section);
	struct tk_section_spec spec = {
		.kind = s.kind,
		.flags = s.flags,
		.name = s.name,
		.dtype = (enum tk_dtype)s.dtype,
		.size = s.size,
		.rows = s.rows,
		.cols = s.cols,
	};

	if (tk_writer_begin(j->to, &spec, &j->err))
		fail(j, j->output, &j->err);
}

static void end_section(struct job *j)
{
	struct tk_section s = tk_container_section(j->from, j->section);
	struct tk_digest digest;

	if (tk_writer_end(j->to, &digest, &j->err))
		fail(j, j->output, &j->err);
	if (!memcmp(digest.b, s.digest.b, sizeof(digest.b)))
		return;
	tk_writer_abort(j->to);
	progress_end();
	cli_die("%s: section %s is damaged: see 'tkinfo --verify'; nothing "
		"was written",
		j->input, s.name);
}

static void open_coders(struct batch *b)
{
	struct tk_error err;

	for (size_t i = 0; i < BATCH; i++)
		if (tk_coder_open(&b->frames[i].coder, &err))
			cli_die("%s", err.message);
}

static void close_coders(struct batch *b)
{
	for (size_t i = 0; i < BATCH; i++)
		tk_coder_close(b->frames[i].coder);
}

static void check_input(const struct tk_container *c, const char *input,
			const char *output, bool to_archive)
{
	if (to_archive && tk_is_archive(c))
		cli_die("%s: is an archive already", input);
	if (!to_archive && !tk_is_archive(c))
		cli_die("%s: is no archive: there is nothing to expand",
			input);
	if (tk_container_info(c).version_minor > TK_FORMAT_MINOR)
		cli_die("%s: was written by a newer version, which is needed "
			"to change its form",
			input);
	if (cli_same_file(input, output))
		cli_die("%s: is the input itself", output);
}

static void print_written(const struct tk_container *from, const char *output)
{
	struct stat st;
	char size[32], old[32];

	if (stat(output, &st))
		cli_die("%s: cannot be found again", output);
	text_size(size, sizeof(size), (uint64_t)st.st_size);
	text_size(old, sizeof(old), tk_container_info(from).size);
	fputs("wrote     ", stdout);
	text_put_plain(stdout, (struct tk_bytes){(const uint8_t *)output,
						 strlen(output)});
	printf("  %s, from %s\n", size, old);
}

static uint64_t total_size(const struct tk_container *c)
{
	uint64_t total = 0;

	for (size_t i = 0; i + 1 < tk_container_count(c); i++)
		total += tk_container_section(c, i).size;
	return total;
}

static void recode_sections(struct job *j, size_t threads)
{
	size_t last = tk_container_count(j->from) - 1;
	static struct batch a, b;

	j->coded = &a;
	j->written = &b;
	open_coders(&a);
	open_coders(&b);
	progress_start(total_size(j->from));
	for (j->section = 0; j->section < last; j->section++) {
		begin_section(j);
		run_section(j, threads);
		end_section(j);
	}
	progress_end();
	close_coders(&a);
	close_coders(&b);
}

void recode(const char *input, const char *output, bool to_archive, bool force,
	    bool paranoid, size_t threads)
{
	struct job j = {
		.input = input, .output = output, .to_archive = to_archive};

	j.from = cli_open_container(input, &j.err);
	if (!j.from)
		cli_die_unopened(input, &j.err);
	check_input(j.from, input, output, to_archive);
	if (cli_writer_open(&j.to, output, tk_container_count(j.from) - 1,
			    force, &j.err))
		cli_die_error(output, &j.err);
	if (paranoid && tk_writer_read_back(j.to, &j.err))
		fail(&j, output, &j.err);
	if (to_archive && tk_writer_archive(j.to, &j.err))
		fail(&j, output, &j.err);
	check_outside(&j);
	recode_sections(&j, threads);
	if (tk_writer_commit(j.to, &j.err))
		cli_die_error(output, &j.err);
	print_written(j.from, output);
}
