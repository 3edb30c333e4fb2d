/* SPDX-License-Identifier: MIT */
/*
 * cli.h - what every tool's command line has in common
 *
 * Exit status as diff(1): 0 yes, same, fine; 1 the answer is no; 2 trouble.
 * Answers go to stdout, everything else to stderr, one line a message, with
 * nothing but printable characters in it.
 */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libformat.h>

enum { EXIT_YES = 0, EXIT_NO = 1, EXIT_TROUBLE = 2 };

/* One option; the table ends with an entry whose 'name' is NULL. */
struct cli_option {
	int key;	    /* what cli_next() returns; a letter: -x too */
	const char *name;   /* --name */
	const char *arg;    /* name of the argument, NULL if it takes none;
			       "[=X]" for an optional one */
	const char *help;   /* one line */
};

struct cli_tool {
	const char *name;		  /* "tkinfo" */
	const char *synopsis;		  /* "tkinfo [OPTION...] FILE" */
	const char *examples;		  /* printed first by --help */
	const struct cli_option *options; /* common ones are added */
	const char *notes;		  /* printed last, or NULL */
};

/*
 * Starts the tool: descriptors 0 to 2 are open, SIGPIPE ends it quietly, the
 * locale is the user's for characters and C for numbers.  Returns 'tool' for
 * cli_next().  Call once, first.
 */
void cli_start(const struct cli_tool *tool, int argc, char **argv);

/*
 * The next option's key, its argument in '*arg'; -1 at the end, when
 * '*arg' is NULL and cli_operands() has the rest.  Options and operands may
 * come in any order; "--" ends the options.  --color is dealt with here; -h,
 * --help and --version are answered and end the program; a bad option prints a
 * line and what to type, and ends it with status 2.
 */
int cli_next(const char **arg);

/* The operands, after cli_next() has returned -1. */
size_t cli_operands(char ***out);

/* The tool's name, as messages begin with it. */
const char *cli_name(void);

/* Prints "TOOL: message" to stderr. */
void cli_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, then ends the program with status 2. */
_Noreturn void cli_die(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* "FILE: message (byte N)" of an error of the library, as cli_die() does. */
_Noreturn void cli_die_error(const char *path, const struct tk_error *err);

/* Why there is no answer, for who goes on with the next question. */
struct cli_reason {
	char text[2048];
};

/* Fills it in; returns 'status'. */
int cli_because(struct cli_reason *why, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints the usage line to stderr and ends the program with status 2. */
_Noreturn void cli_usage(void);

/*
 * An option's argument as a number; the program ends with a message if it is
 * anything but digits, or beyond the limits.
 */
uint64_t cli_u64(const char *option, const char *arg, uint64_t min,
		 uint64_t max);

/* A finite decimal number, the same way. */
double cli_f64(const char *option, const char *arg);

/*
 * Ends the program: flushes stdout, and turns a failed write (full disk,
 * closed descriptor) into a message and status 2.
 */
_Noreturn void cli_finish(int status);

/*
 * Opens FILE as container and model.  An error ends the program with one line
 * that says what the file is and what to type, status 2.
 */
struct tk_model *cli_open_model(const char *path);

/*
 * For tools that look at damaged files too: FILE as a container that stays
 * open until the program ends, or NULL and why not.
 */
struct tk_container *cli_open_container(const char *path,
					struct tk_error *err);

/* Says what the file is that did not open, as cli_open_model() does. */
_Noreturn void cli_die_unopened(const char *path, const struct tk_error *err);

/*
 * tk_writer_open() for tools: whatever ends the program, SIGKILL aside, the
 * temporary file goes with it.  One writer at a time.
 */
enum tk_status cli_writer_open(struct tk_writer **out, const char *path,
			       size_t count, bool replace,
			       struct tk_error *err);

/*
 * The same for text: a file at 'path' to write to, which has its name once
 * cli_output_commit() has returned.  What fails ends the program with a
 * message, and leaves nothing behind.  One at a time.
 */
FILE *cli_output_open(const char *path, bool replace);
void cli_output_commit(void);

/* True if both paths lead to one file that is there. */
bool cli_same_file(const char *a, const char *b);

/* Removes the temporary file, if there is one; may be called by a handler. */
void cli_drop_output(void);

/*
 * Blocks the signals that end a tool, in this thread; '*old' is what was
 * blocked before.  They go to the thread that writes, which knows when a file
 * is between two names.
 */
void cli_hold_signals(sigset_t *old);

/*
 * Runs work(context, i) for i = 0 ... n - 1 on up to 'threads' threads, the
 * calling one included.  The order is not defined.  Threads wait for the next
 * call, which must come from the same thread, and not from within 'work'.
 */
void cli_parallel(size_t threads, size_t n,
		  void (*work)(void *context, size_t i), void *context);

/* The same as run() of a struct tk_parallel; its pool is their number. */
void cli_pool(void *threads, size_t n, void (*work)(void *context, size_t i),
	      void *context);

/* Number of processors this process may use, at least 1. */
size_t cli_processors(void);

#endif /* TOOLS_CLI_H */
