/* SPDX-License-Identifier: MIT */
/*
 * process.h - other programs, timed
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

/*
 * Seconds from before the start to after the end of argv[0], its output
 * dropped; negative, with a message, if it does not end with status 0.
 */
double run_program(char *const argv[]);

/* The same for a program that must end with another status. */
double run_program_to(char *const argv[], int status);

/* The same as a case: 'argv' is the context. */
double run_argv(void *argv);

/* A program that answers line by line. */
struct peer {
	pid_t pid;
	FILE *ask, *answer;
};

/* Returns 0, or -1 with a message. */
int peer_start(struct peer *p, char *const argv[]);

/* Sends one line and reads the n numbers of the answer; -1 if it has fewer. */
int peer_ask(struct peer *p, const char *line, double *answer, size_t n);

void peer_end(struct peer *p);

#endif /* BENCH_PROCESS_H */
