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

#include "text.h"

/* What was opened lives until the program ends. */
struct opened {
	struct opened *next;
	struct tk_container *container;
	struct tk_model *model;
	char *cut; /* what to say if the file is cut short; NULL: no memory */
};

static struct opened *all_opened;

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

/* Runs inside a signal: nothing but write() and _exit(). */
static void on_bus_error(int signal_number, siginfo_t *info, void *unused)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	(void)signal_number;
	(void)unused;
	for (const struct opened *o = all_opened; o; o = o->next) {
		struct tk_bytes file = tk_container_file(o->container);

		if (at - (uintptr_t)file.ptr >= file.len)
			continue;
		cli_drop_output();
		say(o->cut ? o->cut : "a .tk file was cut short\n");
		_exit(EXIT_TROUBLE);
	}
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

#define HEAD_SIZE 512

static bool starts(const uint8_t *p, size_t n, const char *magic, size_t len)
{
	return n >= len && !memcmp(p, magic, len);
}

/* "ROWS COLUMNS\n": the first line of word2vec, in text and in binary. */
static bool is_word2vec(const uint8_t *p, size_t n)
{
	size_t fields = 0;
	size_t i = 0;

	while (fields < 2) {
		size_t start = i;

		while (i < n && i - start < 10 && p[i] >= '0' && p[i] <= '9')
			i++;
		if (i == start || i == n)
			return false;
		if (p[i++] != (fields++ ? '\n' : ' '))
			return false;
	}
	return true;
}

/* A word and two numbers or more on the first line: GloVe. */
static bool is_glove(const uint8_t *p, size_t n)
{
	size_t fields = 0;
	size_t i = 0;

	while (i < n && p[i] > ' ')
		i++;
	if (!i)
		return false;
	while (i < n && p[i] == ' ') {
		size_t start = ++i;

		while (i < n && p[i] > ' ' && strchr("0123456789.eE+-", p[i]))
			i++;
		if (i == start)
			return false;
		fields++;
	}
	return fields >= 2 && (i == n || p[i] == '\n' || p[i] == '\r');
}

static bool is_safetensors(const uint8_t *p, size_t n)
{
	/* The size of the JSON header, 8 bytes, then the JSON. */
	return n > 8 && p[8] == '{' && !p[5] && !p[6] && !p[7];
}

#define PACK "pack it with: tkpack FILE -o OUT.tk"

/* Says what the file is and what to do with it, or NULL. */
static const char *guess(const uint8_t *p, size_t n)
{
	static const struct {
		const char *magic;
		size_t len;
		const char *what;
	} known[] = {
		{"GGUF", 4, "looks like GGUF; " PACK},
		{"\x93NUMPY", 6,
		 "looks like a NumPy array; pack it with: tkpack --embed FILE "
		 "--vocab VOCAB.txt -o OUT.tk"},
		{"PK\3\4", 4,
		 "looks like a ZIP file (a PyTorch checkpoint, .npz?); save "
		 "it as safetensors and pack that"},
		{"\x80\2", 2, "looks like a Python pickle, which is never "
			      "loaded; save it as safetensors and pack that"},
		{"\x80\4", 2, "looks like a Python pickle, which is never "
			      "loaded; save it as safetensors and pack that"},
		{"\x1f\x8b", 2, "is compressed with gzip; gunzip it first"},
		{"\x28\xb5\x2f\xfd", 4,
		 "is compressed with zstd; unzstd it first"},
		{"\xba\x16\x4f\x2f", 4,
		 "looks like a fastText .bin; pack its .vec file"},
		{"FiFu", 4,
		 "looks like finalfusion; convert it to word2vec and pack "
		 "that"},
		{"{", 1, "looks like JSON; give tkpack the directory it is in: "
			 "tkpack DIRECTORY -o OUT.tk"},
		{"\x7f" "ELF", 4, "is a program, not a model"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (starts(p, n, known[i].magic, known[i].len))
			return known[i].what;
	if (is_safetensors(p, n))
		return "looks like safetensors; " PACK;
	if (is_word2vec(p, n))
		return "looks like word2vec; " PACK;
	if (is_glove(p, n))
		return "looks like word vectors as text (GloVe); " PACK;
	return NULL;
}

void cli_die_unopened(const char *path, const struct tk_error *err)
{
	uint8_t head[HEAD_SIZE];
	const char *what = NULL;
	struct stat st;
	ssize_t n;
	int fd;

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
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0) {
		n = read(fd, head, sizeof(head));
		close(fd);
		if (n > 0)
			what = guess(head, (size_t)n);
	}
	if (what)
		cli_die("%s: is no .tk file: %s", path, what);
	cli_die_error(path, err);
}

/* Opened for good; NULL, with '*err', if the container does not open. */
static struct opened *open_file(const char *path, struct tk_error *err)
{
	struct opened *o = calloc(1, sizeof(*o));

	if (!o)
		cli_die("out of memory");
	if (tk_container_open(&o->container, path, err)) {
		free(o);
		return NULL;
	}
	o->cut = cut_message(path);
	if (!all_opened) {
		atexit(close_all);
		catch_bus_errors();
	}
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
