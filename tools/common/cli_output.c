/* SPDX-License-Identifier: MIT */
/*
 * cli_output.c - no unfinished file is left by a tool that is ended
 */
#define _GNU_SOURCE /* fopencookie() */

#include "cli.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE,
				     SIGTERM};

#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

/* Of the file opened last; NULL: none was.  Read by signal handlers. */
static char *volatile temporary;

void cli_drop_output(void)
{
	/* It may never have been there, or have its final name by now. */
	if (temporary)
		unlink(temporary);
}

static void end_by_signal(int number)
{
	cli_drop_output();
	signal(number, SIG_DFL);
	raise(number);
}

/* One that was ignored when the tool started, as by nohup(1), stays so. */
static void catch_signals(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		sigaction(ending_signals[i], NULL, &action);
		if (action.sa_handler == SIG_IGN)
			continue;
		action.sa_handler = end_by_signal;
		sigaction(ending_signals[i], &action, NULL);
	}
	/* A write beyond the limit then fails, and that is said. */
	signal(SIGXFSZ, SIG_IGN);
	atexit(cli_drop_output);
}

void cli_hold_signals(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < N_SIGNALS; i++)
		sigaddset(&set, ending_signals[i]);
	pthread_sigmask(SIG_BLOCK, &set, old);
}

bool cli_same_file(const char *a, const char *b)
{
	struct stat is, other;

	return !stat(a, &is) && !stat(b, &other) &&
	       is.st_dev == other.st_dev && is.st_ino == other.st_ino;
}

/* From here to noted() no signal comes: a file without a note would stay. */
static void begin(sigset_t *old)
{
	if (!temporary)
		catch_signals();
	cli_hold_signals(old);
}

/* False if there is no memory to note the name. */
static bool noted(const char *name, const sigset_t *old)
{
	char *last = temporary, *copy = name ? strdup(name) : NULL;

	if (copy) {
		temporary = copy;
		free(last);
	}
	pthread_sigmask(SIG_SETMASK, old, NULL);
	return !name || copy;
}

enum tk_status cli_writer_open(struct tk_writer **out, const char *path,
			       size_t count, bool replace,
			       struct tk_error *err)
{
	enum tk_status status;
	sigset_t old;

	begin(&old);
	status = tk_writer_open(out, path, count, replace, err);
	if (!noted(status ? NULL : tk_writer_temporary(*out), &old)) {
		tk_writer_abort(*out);
		cli_die("out of memory");
	}
	return status;
}

/* ---- text ---- */

static struct {
	struct tk_output *output;
	struct tk_error err; /* of the first write that failed */
	const char *path;
	FILE *file;
} text;

static ssize_t write_text(void *unused, const char *data, size_t len)
{
	(void)unused;
	if (!text.err.status)
		tk_output_write(text.output, data, len, &text.err);
	return text.err.status ? 0 : (ssize_t)len;
}

FILE *cli_output_open(const char *path, bool replace)
{
	const cookie_io_functions_t functions = {.write = write_text};
	struct tk_error err;
	enum tk_status status;
	sigset_t old;

	begin(&old);
	status = tk_output_open(&text.output, path, replace, &err);
	text.file = status ? NULL : fopencookie(NULL, "w", functions);
	if (!noted(status ? NULL : tk_output_temporary(text.output), &old) ||
	    (!status && !text.file)) {
		tk_output_abort(text.output);
		cli_die("out of memory");
	}
	if (status == TK_E_EXISTS)
		cli_die("%s: output exists; use --force to replace it", path);
	if (status)
		cli_die_error(path, &err);
	text.path = path;
	return text.file;
}

void cli_output_commit(void)
{
	struct tk_error err;

	fclose(text.file);
	if (text.err.status)
		tk_output_abort(text.output);
	if (text.err.status)
		cli_die_error(text.path, &text.err);
	if (tk_output_commit(text.output, &err))
		cli_die_error(text.path, &err);
}
