/* SPDX-License-Identifier: MIT */
/*
 * cli_output.c - no unfinished file is left by a tool that is ended
 */
#include "cli.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE,
				     SIGTERM};

#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

/* Of the writer opened last; NULL: none was.  Read by signal handlers. */
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

enum tk_status cli_writer_open(struct tk_writer **out, const char *path,
			       size_t count, bool replace,
			       struct tk_error *err)
{
	char *name = NULL, *last = temporary;
	enum tk_status status;
	sigset_t old;

	if (!last)
		catch_signals();
	/* Between the file and the note of its name no signal must come. */
	cli_hold_signals(&old);
	status = tk_writer_open(out, path, count, replace, err);
	if (!status)
		name = strdup(tk_writer_temporary(*out));
	if (name) {
		temporary = name;
		free(last);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!status && !name) {
		tk_writer_abort(*out);
		cli_die("out of memory");
	}
	return status;
}
