/* SPDX-License-Identifier: MIT */
/*
 * cli_open.c - opening FILE, and saying what it is if it is no .tk file
 */
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guess.h"
#include "text.h"

/* What was opened lives until the program ends. */
struct opened {
	struct opened *next;
	struct tk_container *container;
	struct tk_model *model;
	char *cut; /* what to say if the file is cut short; NULL: no memory */
};

static struct opened *all_opened;
/* What is being opened: where it is mapped is not known yet. */
static struct opened *volatile opening;

static void close_all(void)
{
	while (all_opened) {
		struct opened *o = all_opened;

		all_opened = o->next;
		tk_model_close(o->model);
		tk_container_close(o->container);
		free(o->cut);
		free(o);
	}
}

/* ---- a file cut short while it is mapped ---- */

static void say(const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(2, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static _Noreturn void end_cut(const struct opened *o)
{
	cli_drop_output();
	say(o->cut ? o->cut : "a .tk file was cut short\n");
	_exit(EXIT_TROUBLE);
}

/* Runs inside a signal: nothing but write() and _exit(). */
static void on_bus_error(int signal_number, siginfo_t *info, void *unused)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	(void)signal_number;
	(void)unused;
	for (const struct opened *o = all_opened; o; o = o->next) {
		struct tk_bytes file = tk_container_file(o->container);

		if (at - (uintptr_t)file.ptr < file.len)
			end_cut(o);
	}
	if (opening)
		end_cut(opening);
	signal(SIGBUS, SIG_DFL);
	raise(SIGBUS);
}

/* Made beforehand: in a signal it would be too late. */
static char *cut_message(const char *path)
{
	char *line = NULL;
	size_t size;
	FILE *f = open_memstream(&line, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s: ", cli_name());
	text_put_plain(f, (struct tk_bytes){(const uint8_t *)path,
					    strlen(path)});
	fputs(": was cut short, or its disk failed, while it was read; "
	      "nothing printed so far counts\n",
	      f);
	if (!fclose(f))
		return line;
	free(line);
	return NULL;
}

static void catch_bus_errors(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_bus_error;
	action.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

/* ---- what else a file may be ---- */

/* Ends the program if it is known what the file is. */
static void die_foreign(const char *path)
{
	uint8_t head[GUESS_HEAD];
	struct guess guess = {NULL, NULL};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, head, sizeof(head));
	close(fd);
	if (n > 0)
		guess = guess_file(head, (size_t)n);
	if (guess.what)
		cli_die("%s: is no .tk file: %s; %s", path, guess.what,
			guess.advice ? guess.advice
				     : "pack it with: tkpack FILE -o OUT.tk");
}

void cli_die_unopened(const char *path, const struct tk_error *err)
{
	struct stat st;

	if (stat(path, &st))
		cli_die_error(path, err);
	if (S_ISDIR(st.st_mode))
		cli_die("%s: is a directory; tkpack packs Hugging Face "
			"directories: tkpack DIRECTORY -o OUT.tk", path);
	if (!S_ISREG(st.st_mode))
		cli_die("%s: is not a regular file; a .tk file is mapped, so "
			"it must be one", path);
	if (!st.st_size)
		cli_die("%s: is empty", path);
	if (err->status == TK_E_MAGIC)
		die_foreign(path);
	cli_die_error(path, err);
}

/* Opened for good; NULL, with '*err', if the container does not open. */
static struct opened *open_file(const char *path, struct tk_error *err)
{
	struct opened *o = calloc(1, sizeof(*o));
	enum tk_status status;

	if (!o)
		cli_die("out of memory");
	o->cut = cut_message(path);
	catch_bus_errors();
	opening = o;
	status = tk_container_open(&o->container, path, err);
	opening = NULL;
	if (status) {
		free(o->cut);
		free(o);
		return NULL;
	}
	if (!all_opened)
		atexit(close_all);
	o->next = all_opened;
	all_opened = o;
	return o;
}

struct tk_container *cli_open_container(const char *path, struct tk_error *err)
{
	struct opened *o = open_file(path, err);

	return o ? o->container : NULL;
}

struct tk_model *cli_open_model(const char *path)
{
	struct tk_error err;
	struct opened *o = open_file(path, &err);

	if (!o)
		cli_die_unopened(path, &err);
	if (tk_model_open(&o->model, o->container, &err))
		cli_die_error(path, &err);
	return o->model;
}
