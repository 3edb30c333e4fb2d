/* SPDX-License-Identifier: MIT */
/*
 * process.c - other programs, timed
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

extern char **environ;

/* Waits for the end of a program; false, with a message, if it failed. */
static bool is_fine(pid_t pid, const char *name, int want)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == want)
		return true;
	fprintf(stderr, "bench: %s: failed\n", name);
	return false;
}

double run_program(char *const argv[])
{
	return run_program_to(argv, 0);
}

double run_program_to(char *const argv[], int status)
{
	posix_spawn_file_actions_t actions;
	double begin, end;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	for (int fd = 1; fd <= 2; fd++) /* 2: some show their progress */
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null",
						 O_WRONLY, 0);
	begin = now();
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		fprintf(stderr, "bench: %s: %s\n", argv[0], strerror(error));
		return -1;
	}
	if (!is_fine(pid, argv[0], status))
		return -1;
	end = now();
	return end - begin;
}

double run_argv(void *argv)
{
	return run_program(argv);
}

/* Starts the program with in[0] as its input and out[1] as its output. */
static int spawn(pid_t *pid, char *const argv[], const int in[2],
		 const int out[2])
{
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	error = posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		fprintf(stderr, "bench: %s: %s\n", argv[0], strerror(error));
	return error ? -1 : 0;
}

/* A program started later must not keep this one's input open. */
static int make_pipe(int fd[2])
{
	if (pipe(fd))
		return -1;
	for (int i = 0; i < 2; i++)
		fcntl(fd[i], F_SETFD, FD_CLOEXEC);
	return 0;
}

int peer_start(struct peer *p, char *const argv[])
{
	int in[2], out[2], failed;

	if (make_pipe(in))
		return -1;
	if (make_pipe(out)) {
		close(in[0]);
		close(in[1]);
		return -1;
	}
	failed = spawn(&p->pid, argv, in, out);
	close(in[0]);
	close(out[1]);
	if (!failed) {
		p->ask = fdopen(in[1], "w");
		p->answer = fdopen(out[0], "r");
		return 0;
	}
	close(in[1]);
	close(out[0]);
	return -1;
}

int peer_ask(struct peer *p, const char *line, double *answer, size_t n)
{
	char text[120], *at = text, *end;

	if (fprintf(p->ask, "%s\n", line) < 0 || fflush(p->ask) ||
	    !fgets(text, sizeof(text), p->answer))
		return -1;
	for (size_t i = 0; i < n; i++, at = end) {
		answer[i] = strtod(at, &end);
		if (end == at)
			return -1;
	}
	return 0;
}

void peer_end(struct peer *p)
{
	fclose(p->ask);
	fclose(p->answer);
	is_fine(p->pid, "bench-ggml", 0);
}
