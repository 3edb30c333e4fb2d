/* SPDX-License-Identifier: MIT */
/*
 * test_cli.c - options, numbers, messages, threads
 *
 * Most of these end the program, so they run in a child.
 */
#define _GNU_SOURCE /* gettid() */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

static const struct cli_option options[] = {
	{'k', "top", "N", "how many"},
	{300, "temperature", "T", "smoother or sharper"},
	{'v', "verify", "[=LEVEL]", "check"},
	{302, "json", NULL, "JSON"},
	{303, "dtype", "TYPE",
	 "a text that is as long as it is only because it must not fit here"},
	{0, NULL, NULL, NULL},
};

static const struct cli_tool tool = {
	.name = "tool",
	.synopsis = "tool FILE",
	.examples = "  tool x\n",
	.options = options,
};

/* What a child printed on both streams, and its status. */
struct result {
	int status;
	char out[2048];
};

#define MAX_ARGS 8

/* Runs 'work' with these arguments in a child. */
static struct result run(void (*work)(int, char **), const char *const *args)
{
	struct result r = {.status = -1};
	char *argv[MAX_ARGS + 2] = {(char *)(uintptr_t)"tool"};
	int argc = 1;
	size_t len = 0;
	ssize_t n;
	int ends[2];
	pid_t child;

	for (; args[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)args[argc - 1];
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	if (!child) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		work(argc, argv);
		_exit(99);
	}
	close(ends[1]);
	while ((n = read(ends[0], r.out + len, sizeof(r.out) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(child, &r.status, 0), child);
	r.status = WIFEXITED(r.status) ? WEXITSTATUS(r.status) : -1;
	return r;
}

#define RUN(work, ...) run(work, (const char *const[]){__VA_ARGS__, NULL})

/* Says what it was given, one character or word an item. */
static void parse(int argc, char **argv)
{
	const char *arg;
	char **operands;
	int key;

	cli_start(&tool, argc, argv);
	while ((key = cli_next(&arg)) != -1)
		printf("%d=%s ", key, arg ? arg : "-");
	printf("|");
	for (size_t i = 0, n = cli_operands(&operands); i < n; i++)
		printf(" %s", operands[i]);
	cli_finish(EXIT_YES);
}

static void parses(struct result r, const char *expected)
{
	assert_string_equal(r.out, expected);
	assert_int_equal(r.status, EXIT_YES);
}

static void refuses(struct result r, const char *expected)
{
	assert_string_equal(r.out, expected);
	assert_int_equal(r.status, EXIT_TROUBLE);
}

static void test_options(void **state)
{
	(void)state;
	parses(RUN(parse, "a", "-k5", "b", "--json"), "107=5 302=- | a b");
	parses(RUN(parse, "--top", "5", "--top=6"), "107=5 107=6 |");
	parses(RUN(parse, "--verify", "x"), "118=- | x");
	parses(RUN(parse, "--verify=full"), "118=full |");
	parses(RUN(parse, "-v", "x", "-vfull"), "118=- 118=full | x");
	parses(RUN(parse, "--temperature", "-1"), "300=-1 |");
	parses(RUN(parse, "--", "--json", "-k"), "| --json -k");
	parses(RUN(parse, "-", ""), "| - ");
}

#define TRY "; try 'tool --help'\n"

static void test_bad_options(void **state)
{
	(void)state;
	refuses(RUN(parse, "--zzz"), "tool: unknown option --zzz" TRY);
	refuses(RUN(parse, "-x"), "tool: unknown option -x" TRY);
	refuses(RUN(parse, "--temprature=2"),
		"tool: unknown option --temprature=2; did you mean "
		"--temperature?" TRY);
	refuses(RUN(parse, "--vresion"),
		"tool: unknown option --vresion; did you mean --version?" TRY);
	refuses(RUN(parse, "--json=1"),
		"tool: option --json takes no argument" TRY);
	refuses(RUN(parse, "--temperature"),
		"tool: option --temperature needs an argument: T" TRY);
	refuses(RUN(parse, "-k"),
		"tool: option --top needs an argument: N" TRY);
	refuses(RUN(parse, "--\033\n"),
		"tool: unknown option --\\x1b\\n" TRY);
	refuses(RUN(parse, "-\376"), "tool: unknown option -\\xfe" TRY);
}

static void test_help(void **state)
{
	struct result r = RUN(parse, "--help");
	const char *examples = strstr(r.out, "Examples:\n  tool x\n");
	const char *first =
		strstr(r.out, "\n  -k, --top N             how many\n");

	(void)state;
	assert_int_equal(r.status, EXIT_YES);
	assert_non_null(examples);
	assert_non_null(first);
	assert_true(examples < first);
	assert_non_null(strstr(first, "\n  -v, --verify[=LEVEL]    check\n"));
	assert_non_null(strstr(
		first, "\n      --dtype TYPE        a text that is as long as "
		       "it is only because it must\n"
		       "                          not fit here\n"));
	assert_non_null(strstr(first, "\nExit status: 0 "));
	assert_string_equal(RUN(parse, "x", "-h").out, r.out);
	r = RUN(parse, "--version");
	assert_int_equal(r.status, EXIT_YES);
	assert_memory_equal(r.out, "tool ", 5);
}

/* ---- numbers ---- */

static void number(int argc, char **argv)
{
	cli_start(&tool, argc, argv);
	printf("%llu", (unsigned long long)cli_u64("-k", argv[1], 1, 300));
	cli_finish(EXIT_YES);
}

static void big_number(int argc, char **argv)
{
	cli_start(&tool, argc, argv);
	printf("%llu", (unsigned long long)cli_u64("-k", argv[1], 0,
						   UINT64_MAX));
	cli_finish(EXIT_YES);
}

static void real(int argc, char **argv)
{
	cli_start(&tool, argc, argv);
	printf("%.17g", cli_f64("-t", argv[1]));
	cli_finish(EXIT_YES);
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {"",    "0",   "301",  "-1",  "+1",
					  " 1",  "1 ",  "0x10", "1e2", "1.5",
					  "99999999999999999999999"};

	(void)state;
	parses(RUN(number, "1"), "1");
	parses(RUN(number, "300"), "300");
	parses(RUN(number, "0042"), "42");
	parses(RUN(big_number, "18446744073709551615"),
	       "18446744073709551615");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(RUN(number, bad[i]).status, EXIT_TROUBLE);
	refuses(RUN(number, "301"),
		"tool: -k 301: must be a whole number from 1 to 300\n");
	refuses(RUN(big_number, "18446744073709551617"),
		"tool: -k 18446744073709551617: is too large; the limit is "
		"18446744073709551615\n");
	refuses(RUN(big_number, "99999999999999999999x"),
		"tool: -k 99999999999999999999x: must be a whole number of at "
		"least 0\n");
	refuses(RUN(big_number, ""),
		"tool: -k \"\": must be a whole number of at least 0\n");
}

static void test_reals(void **state)
{
	static const char *const bad[] = {"",     "nan", "inf",   "-inf",
					  "1e999", "0x1", " 1",    "1 ",
					  "1,5",   "e",   "1e",    "--1",
					  "1.2.3", ".",   "infinity"};

	(void)state;
	parses(RUN(real, "1.5"), "1.5");
	parses(RUN(real, "-2e-3"), "-0.002");
	parses(RUN(real, ".25"), "0.25");
	parses(RUN(real, "0e-999"), "0");
	parses(RUN(real, "5e-324"), "4.9406564584124654e-324");
	refuses(RUN(real, "1e-400"),
		"tool: -t 1e-400: is too close to 0 for a number of double "
		"precision\n");
	refuses(RUN(real, "-1e400"),
		"tool: -t -1e400: is too large for a number of double "
		"precision\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(RUN(real, bad[i]).status, EXIT_TROUBLE);
}

/* ---- messages ---- */

static void complain(int argc, char **argv)
{
	struct tk_error err = {.offset = 7, .message = "is odd"};

	cli_start(&tool, argc, argv);
	cli_warn("%s: %d", argv[1], 5);
	cli_die_error(argv[1], &err);
}

static void test_messages(void **state)
{
	char text[600];
	struct result r;

	(void)state;
	refuses(RUN(complain, "a\n\033]b\\"),
		"tool: a\\n\\x1b]b\\: 5\n"
		"tool: a\\n\\x1b]b\\: is odd (byte 7)\n");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	r = RUN(complain, text);
	assert_int_equal(strcspn(r.out, "\n"), 6 + 599 + 3);
}

/* A closed stdout must not swallow the answer. */
static void close_stdout(int argc, char **argv)
{
	close(1);
	cli_start(&tool, argc, argv);
	printf("answer");
	cli_finish(EXIT_YES);
}

static void test_closed_stdout(void **state)
{
	(void)state;
	refuses(RUN(close_stdout, "x"),
		"tool: cannot write the answer: Bad file descriptor\n");
}

/* ---- threads ---- */

#define WORK 1000

static void count(void *context, size_t i)
{
	atomic_int *counts = context;

	atomic_fetch_add(&counts[i], 1);
}

static void test_parallel(void **state)
{
	static const size_t threads[] = {0, 1, 2, 3, 64};
	static atomic_int counts[WORK];

	(void)state;
	for (size_t t = 0; t < sizeof(threads) / sizeof(threads[0]); t++) {
		cli_parallel(threads[t], WORK, count, counts);
		for (size_t i = 0; i < WORK; i++)
			assert_int_equal(atomic_load(&counts[i]), t + 1);
	}
	cli_parallel(4, 0, count, counts);
	assert_true(cli_processors() >= 1);
}

#define CREW 4
#define PASSES 20

struct crew {
	pthread_barrier_t all; /* nobody has two items of a pass */
	atomic_int n_ids;
	pid_t ids[CREW * PASSES];
};

static void meet(void *context, size_t i)
{
	struct crew *crew = context;

	(void)i;
	pthread_barrier_wait(&crew->all);
	crew->ids[atomic_fetch_add(&crew->n_ids, 1)] = gettid();
}

/* Threads that were started for a pass do the next as well. */
static void test_pool(void **state)
{
	static struct crew crew;
	size_t threads = CREW, n_distinct = 0;

	(void)state;
	pthread_barrier_init(&crew.all, NULL, CREW);
	for (int pass = 0; pass < PASSES; pass++)
		cli_pool(&threads, CREW, meet, &crew);
	pthread_barrier_destroy(&crew.all);
	assert_int_equal(atomic_load(&crew.n_ids), CREW * PASSES);
	for (size_t i = 0; i < CREW * PASSES; i++) {
		size_t j = 0;

		while (crew.ids[j] != crew.ids[i])
			j++;
		n_distinct += j == i;
	}
	assert_int_equal(n_distinct, CREW);
}

/* The program ends while others are at work, and they are let finish. */
static void leave(void *context, size_t i)
{
	(void)context;
	if (i == 0)
		cli_die("no more");
	usleep(1000);
}

static void leave_early(int argc, char **argv)
{
	cli_start(&tool, argc, argv);
	cli_parallel(3, 100, leave, NULL);
	cli_finish(EXIT_YES);
}

static void test_end(void **state)
{
	(void)state;
	refuses(RUN(leave_early, "x"), "tool: no more\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_reals),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_closed_stdout),
		cmocka_unit_test(test_end),
		/* Before more threads than its own are there. */
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_parallel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
