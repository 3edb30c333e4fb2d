/* SPDX-License-Identifier: MIT */
/*
 * memory.c - what a program occupies
 *
 * /proc is looked at every 0.2 ms.  "Resident" is VmHWM: pages of mapped files
 * count, though they belong to the page cache.  "Of its own" is the largest
 * RssAnon seen: heap, stacks, data.  (ru_maxrss would be the parent's, if that
 * is larger.)
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "bench.h"
#include "measure.h"

extern char **environ;

static const struct goal resident = {
	"resident memory of tools that do not map a matrix", true, 150,
	" MiB"};
static const struct goal own = {"memory of its own of any tool", true, 150,
				" MiB"};

struct memory {
	long resident, own; /* KiB */
};

/* Of what is known, and of what the line says if it is the one of 'name'. */
static void keep_larger(long *known, const char *line, const char *name)
{
	const size_t len = strlen(name);
	long kib = strncmp(line, name, len) ? 0 : strtol(line + len, NULL, 10);

	if (kib > *known)
		*known = kib;
}

static void look(struct memory *m, pid_t pid)
{
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		keep_larger(&m->resident, line, "VmHWM:");
		keep_larger(&m->own, line, "RssAnon:");
	}
	if (f)
		fclose(f);
}

void print_memory_head(void)
{
	printf("\n### Memory of the tools\n\n");
	printf("| | resident, MiB | of its own, MiB |\n");
	printf("| --- | --: | --: |\n");
}

void print_memory(const char *name, char *const argv[], bool maps)
{
	const struct timespec pause = {0, 200000};
	posix_spawn_file_actions_t actions;
	struct memory m = {0, 0};
	int status = 1;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ)) {
		perror(argv[0]);
		return;
	}
	posix_spawn_file_actions_destroy(&actions);
	while (!waitpid(pid, &status, WNOHANG)) {
		look(&m, pid);
		nanosleep(&pause, NULL);
	}
	if (status) {
		printf("| %s | failed | |\n", name);
		return;
	}
	printf("| %s | %.1f | %.1f |\n", name, (double)m.resident / 1024,
	       (double)m.own / 1024);
	if (!maps)
		reached(&resident, (double)m.resident / 1024);
	reached(&own, (double)m.own / 1024);
}
