/* SPDX-License-Identifier: MIT */
/*
 * cli.c - start and end of a tool, its options and its messages
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"
#include "spelling.h"
#include "text.h"

#define MAX_OPTIONS 48
#define HELP_COLUMN 26

/* Beyond any letter and any key that a tool would choose. */
enum { KEY_HELP = 'h', KEY_VERSION = 1 << 20, KEY_COLOR };

static const struct cli_option common_options[] = {
	{KEY_COLOR, "color", "WHEN", "colour: auto, always or never"},
	{KEY_HELP, "help", NULL, "show this help and exit"},
	{KEY_VERSION, "version", NULL, "show the versions and exit"},
};

#define N_COMMON (sizeof(common_options) / sizeof(common_options[0]))

static struct {
	const struct cli_tool *tool;
	int argc;
	char **argv;
	/* The tool's options and the common ones, as getopt_long() wants. */
	const struct cli_option *options[MAX_OPTIONS];
	struct option long_options[MAX_OPTIONS + 1];
	char letters[3 * MAX_OPTIONS + 2];
	size_t n;
} cli;

/* ---- messages ---- */

const char *cli_name(void)
{
	return cli.tool ? cli.tool->name : "tk";
}

__attribute__((format(printf, 1, 0))) static void
message(const char *format, va_list ap)
{
	char small[256] = "";
	char *text = small;
	size_t size = sizeof(small);
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), format, ap);
	if (n >= (int)sizeof(small) && (text = malloc((size_t)n + 1))) {
		size = (size_t)n + 1;
		vsnprintf(text, size, format, again);
	}
	va_end(again);
	if (!text)
		text = small;
	fflush(stdout);
	fprintf(stderr, "%s: ", cli_name());
	text_put_plain(stderr, (struct tk_bytes){(const uint8_t *)text,
						 strlen(text)});
	fputc('\n', stderr);
	if (text != small)
		free(text);
}

void cli_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	message(format, ap);
	va_end(ap);
}

void cli_die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	message(format, ap);
	va_end(ap);
	exit(EXIT_TROUBLE);
}

void cli_die_error(const char *path, const struct tk_error *err)
{
	const char *name = *path ? path : "\"\"";

	if (err->offset == TK_NO_OFFSET)
		cli_die("%s: %s", name, err->message);
	cli_die("%s: %s (byte %llu)", name, err->message,
		(unsigned long long)err->offset);
}

int cli_because(struct cli_reason *why, int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return status;
}

void cli_usage(void)
{
	fprintf(stderr, "Usage: %s\nTry '%s --help' for more.\n",
		cli.tool->synopsis, cli.tool->name);
	exit(EXIT_TROUBLE);
}

/* ---- start and end ---- */

/*
 * A closed descriptor would be given to the next file that is opened, and
 * answers would be written into it.  The wrong direction makes use an error.
 */
static void open_standard_descriptors(void)
{
	static const int flags[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", flags[fd]) != fd)
			_exit(EXIT_TROUBLE);
}

static void add_option(const struct cli_option *o)
{
	int kind = !o->arg	  ? no_argument
		   : *o->arg == '[' ? optional_argument
				    : required_argument;
	char *end = cli.letters + strlen(cli.letters);

	if (cli.n == MAX_OPTIONS)
		return;
	cli.options[cli.n] = o;
	cli.long_options[cli.n++] = (struct option){
		.name = o->name, .has_arg = kind, .val = o->key};
	if (o->key > 0 && o->key < 128) {
		*end++ = (char)o->key;
		for (int i = 0; i < kind; i++)
			*end++ = ':';
		*end = 0;
	}
}

void cli_start(const struct cli_tool *tool, int argc, char **argv)
{
	open_standard_descriptors();
	signal(SIGPIPE, SIG_DFL);
	setlocale(LC_CTYPE, "");
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	text_json_start();
	cli.tool = tool;
	cli.argc = argc;
	cli.argv = argv;
	strcpy(cli.letters, ":");
	for (const struct cli_option *o = tool->options; o->name; o++)
		add_option(o);
	for (size_t i = 0; i < N_COMMON; i++)
		add_option(&common_options[i]);
	opterr = 0;
}

void cli_finish(int status)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) || failed)
		cli_die("cannot write the answer: %s",
			errno ? strerror(errno) : "write error");
	exit(status);
}

/* ---- options ---- */

/* From column HELP_COLUMN on, in lines of 80 columns. */
static void print_help_text(const char *text)
{
	const size_t room = 80 - HELP_COLUMN;

	while (strlen(text) > room) {
		size_t n = room;

		while (n && text[n] != ' ')
			n--;
		if (!n)
			break;
		printf("%.*s\n%*s", (int)n, text, HELP_COLUMN, "");
		text += n + 1;
	}
	puts(text);
}

static void print_option(const struct cli_option *o)
{
	char left[80];
	int n = 0;

	if (o->key > 0 && o->key < 128)
		n = snprintf(left, sizeof(left), "-%c, ", o->key);
	else
		n = snprintf(left, sizeof(left), "    ");
	snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s", o->name,
		 o->arg && *o->arg != '[' ? " " : "", o->arg ? o->arg : "");
	if (strlen(left) + 4 > HELP_COLUMN)
		printf("  %s\n%*s", left, HELP_COLUMN, "");
	else
		printf("  %-*s", HELP_COLUMN - 2, left);
	print_help_text(o->help);
}

static _Noreturn void print_help(void)
{
	color_put(stdout, COLOR_HEAD, "Usage:");
	printf(" %s\n\n", cli.tool->synopsis);
	color_put(stdout, COLOR_HEAD, "Examples:");
	printf("\n%s\n", cli.tool->examples);
	color_put(stdout, COLOR_HEAD, "Options:");
	putchar('\n');
	for (size_t i = 0; i < cli.n; i++)
		print_option(cli.options[i]);
	printf("\nExit status: 0 yes, same, fine; 1 the answer is no; "
	       "2 trouble.\n");
	if (cli.tool->notes)
		printf("\n%s", cli.tool->notes);
	cli_finish(EXIT_YES);
}

/* Who forces a kernel wants no other one. */
static void check_kernel(void)
{
	const char *wanted = getenv("TK_KERNEL");

	if (wanted && *wanted && strcmp(wanted, tk_kernel_name()))
		cli_die("TK_KERNEL=%s: there is scalar, avx2, avx512 and neon, "
			"where the processor has it; without TK_KERNEL it is "
			"the best of them",
			wanted);
}

static _Noreturn void print_version(void)
{
	check_kernel();
	printf("%s %d.%d.%d\n"
	       "libformat %d.%d.%d, format version %d.%d, kernel %s\n",
	       cli.tool->name, TK_VERSION_MAJOR, TK_VERSION_MINOR,
	       TK_VERSION_PATCH, TK_VERSION_MAJOR, TK_VERSION_MINOR,
	       TK_VERSION_PATCH, TK_FORMAT_MAJOR, TK_FORMAT_MINOR,
	       tk_kernel_name());
	cli_finish(EXIT_YES);
}

/* The name of the nearest long option, or NULL if none is near. */
static const char *nearest(const char *typed)
{
	const struct tk_bytes name = {(const uint8_t *)typed,
				      strcspn(typed, "=")};
	const char *found = NULL;
	size_t best = 3;

	for (size_t i = 0; i < cli.n; i++) {
		const char *o = cli.options[i]->name;
		size_t d = spelling_distance(
			name, (struct tk_bytes){(const uint8_t *)o, strlen(o)},
			2, false);

		if (d < best && d < name.len) {
			best = d;
			found = cli.options[i]->name;
		}
	}
	return found;
}

static _Noreturn void unknown_option(void)
{
	const char *typed = cli.argv[optind - 1];
	const char *near;

	if (optopt)
		cli_die("unknown option -%c; try '%s --help'", optopt,
			cli.tool->name);
	near = nearest(typed + 2);
	cli_die("unknown option %s%s%s%s; try '%s --help'", typed,
		near ? "; did you mean --" : "", near ? near : "",
		near ? "?" : "", cli.tool->name);
}

static const struct cli_option *option_of(int key)
{
	for (size_t i = 0; i < cli.n; i++)
		if (cli.options[i]->key == key)
			return cli.options[i];
	return NULL;
}

static int next_option(void)
{
	return getopt_long(cli.argc, cli.argv, cli.letters, cli.long_options,
			   NULL);
}

int cli_next(const char **arg)
{
	const struct cli_option *o;
	int key;

	while ((key = next_option()) == KEY_COLOR)
		if (!color_set(optarg))
			cli_die("--color %s: must be auto, always or never",
				*optarg ? optarg : "\"\"");
	o = option_of(optopt);
	*arg = key == -1 ? NULL : optarg;
	switch (key) {
	case KEY_HELP:
		print_help();
	case KEY_VERSION:
		print_version();
	case '?':
		if (!optopt || !o)
			unknown_option();
		cli_die("option --%s takes no argument; try '%s --help'",
			o->name, cli.tool->name);
	case ':':
		cli_die("option --%s needs an argument%s%s; try '%s --help'",
			o ? o->name : "?", o ? ": " : "", o ? o->arg : "",
			cli.tool->name);
	default:
		if (key == -1)
			check_kernel();
		return key;
	}
}

size_t cli_operands(char ***out)
{
	*out = cli.argv + optind;
	return (size_t)(cli.argc - optind);
}
