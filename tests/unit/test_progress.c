/* SPDX-License-Identifier: MIT */
/*
 * test_progress.c - the bar is on the terminal when it is drawn, not later
 */
#define _XOPEN_SOURCE 700 /* posix_openpt() */

#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

/* Draws on the terminal; goes on when it is told to. */
static _Noreturn void draw(int terminal, int go)
{
	const struct timespec pause = {0, 600 * 1000 * 1000};
	char c;

	dup2(terminal, 2);
	/* As cli_start() has it: messages are lines. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	progress_start(100);
	nanosleep(&pause, NULL);
	progress_add(50);
	if (read(go, &c, 1) == 1)
		progress_end();
	if (read(go, &c, 1) == 1)
		_exit(0);
	_exit(1);
}

/* Reads until the text has come; the test ends by itself if it never does. */
static void await(int fd, const char *text)
{
	char seen[1024] = "";
	size_t len = 0;

	while (!strstr(seen, text) && len + 1 < sizeof(seen)) {
		ssize_t n = read(fd, seen + len, sizeof(seen) - 1 - len);

		if (n <= 0)
			fail_msg("no %s in %s", text, seen);
		len += (size_t)n;
		seen[len] = 0;
	}
}

static void bar_is_seen(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave, go[2], status;
	pid_t child;

	(void)state;
	if (master < 0 || grantpt(master) || unlockpt(master)) {
		skip();
		return;
	}
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(pipe(go), 0);
	alarm(20);
	child = fork();
	if (!child) {
		close(go[1]);
		draw(slave, go[0]);
	}
	await(master, "[############------------]  50%");
	assert_int_equal(write(go[1], "x", 1), 1);
	await(master, "\r\033[K");
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(go[0]);
	close(go[1]);
	close(slave);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bar_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
