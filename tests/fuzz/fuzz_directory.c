/* SPDX-License-Identifier: MIT */
/*
 * fuzz_directory.c - any bytes as one file of a Hugging Face directory: the
 * first says which, the others are good
 */
#define _GNU_SOURCE /* memfd_create() */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modelfiles.h"
#include "reading.h"
#include "target.h"
#include "tmpdir.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct made_tensor embedding[] = {
	{"wte.weight", "F32", 6, 2, NULL},
	{NULL, NULL, 0, 0, NULL},
};
static const struct made_tensor norm[] = {
	{"ln_f.weight", "F32", 2, 0, NULL},
	{"ln_f.bias", "F32", 2, 0, NULL},
	{NULL, NULL, 0, 0, NULL},
};
static const struct made_tensor both[] = {
	{"wte.weight", "F32", 6, 2, NULL},
	{"ln_f.weight", "F32", 2, 0, NULL},
	{"ln_f.bias", "F32", 2, 0, NULL},
	{NULL, NULL, 0, 0, NULL},
};

/* All that is good, and what it is good for. */
static const struct {
	const char *name;
	const char *text; /* NULL: tensors */
	const struct made_tensor *tensors;
} good[] = {
	{"config.json", "{\"model_type\":\"gpt2\",\"n_embd\":2,\"vocab_size\":"
			"5,\"n_positions\":7,\"layer_norm_epsilon\":1e-4,"
			"\"eos_token_id\":[4,3]}", NULL},
	{"tokenizer.json", made_tokenizer, NULL},
	{"vocab.json", "{\"a\":0,\"b\":1,\"ab\":2,\"\\u0120c\":3}", NULL},
	{"merges.txt", "#version: 0.2\na b\n\xc4\xa0 c\n", NULL},
	{"vocab.txt", "[PAD]\na\n##b\nc\n", NULL},
	{"model.safetensors.index.json",
	 "{\"metadata\":{},\"weight_map\":{\"wte.weight\":\"a.safetensors\","
	 "\"ln_f.weight\":\"b.safetensors\",\"ln_f.bias\":"
	 "\"b.safetensors\"}}", NULL},
	{"tokenizer_config.json",
	 "{\"bos_token\":\"a\",\"eos_token\":{\"content\":\"b\"},"
	 "\"add_bos_token\":true,\"added_tokens_decoder\":{\"4\":{"
	 "\"content\":\"<end>\",\"special\":true}}}", NULL},
	{"generation_config.json", "{\"eos_token_id\":[4,1],"
				   "\"bos_token_id\":0}", NULL},
	{"added_tokens.json", "{\"<end>\":4}", NULL},
	{"a.safetensors", NULL, embedding},
	{"b.safetensors", NULL, norm},
	{"model.safetensors", NULL, both},
};

/* A file that is any bytes, and those that lie beside it. */
static const struct {
	const char *name;
	const char *beside;
} cases[] = {
	{"config.json", "tokenizer.json model.safetensors"},
	{"tokenizer.json", "config.json model.safetensors"},
	{"vocab.json", "config.json merges.txt model.safetensors"},
	{"merges.txt", "config.json vocab.json model.safetensors"},
	{"vocab.txt", "config.json model.safetensors"},
	{"model.safetensors.index.json",
	 "config.json tokenizer.json a.safetensors b.safetensors"},
	{"tokenizer_config.json",
	 "config.json tokenizer.json model.safetensors"},
	{"generation_config.json",
	 "config.json tokenizer.json model.safetensors"},
	{"added_tokens.json",
	 "config.json vocab.json merges.txt model.safetensors"},
};

/* ---- the directories: links to files in memory ---- */

static struct tmpdir dirs[LEN(cases)];
static int victim = -1;

static void check(bool is_fine)
{
	if (!is_fine)
		abort();
}

static int memory_file(const void *bytes, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	return fd;
}

static int good_file(size_t i)
{
	size_t len;
	uint8_t *image;
	int fd;

	if (good[i].text)
		return memory_file(good[i].text, strlen(good[i].text));
	image = made_image(good[i].tensors, &len);
	fd = memory_file(image, len);
	free(image);
	return fd;
}

static void link_to(const struct tmpdir *d, const char *name, int fd)
{
	char target[40];

	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	check(!symlink(target, tmpdir_file(d, name)));
}

static void remove_all(void)
{
	for (size_t i = 0; i < LEN(cases); i++)
		tmpdir_remove(&dirs[i]);
}

static bool is_beside(const char *beside, const char *name)
{
	const char *p = strstr(beside, name);
	size_t len = strlen(name);

	return p && (p == beside || p[-1] == ' ') &&
	       (p[len] == ' ' || !p[len]);
}

static void make_all(void)
{
	int fds[LEN(good)];

	victim = memory_file("", 0);
	for (size_t i = 0; i < LEN(good); i++)
		fds[i] = good_file(i);
	for (size_t i = 0; i < LEN(cases); i++) {
		dirs[i] = tmpdir_make();
		link_to(&dirs[i], cases[i].name, victim);
		for (size_t j = 0; j < LEN(good); j++)
			if (is_beside(cases[i].beside, good[j].name))
				link_to(&dirs[i], good[j].name, fds[j]);
	}
	atexit(remove_all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_options opt = {0};

	if (!size)
		return 0;
	if (victim < 0)
		make_all();
	opt.input = dirs[data[0] % LEN(cases)].path;
	check(!ftruncate(victim, 0) &&
	      pwrite(victim, data + 1, size - 1, 0) == (ssize_t)size - 1);
	read_source(&reader_huggingface, &opt);
	return 0;
}

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	uint8_t *seed;
	size_t j = 0;

	if (i >= LEN(cases))
		return NULL;
	while (strcmp(good[j].name, cases[i].name))
		j++;
	*size = 1 + strlen(good[j].text);
	seed = malloc(*size);
	if (!seed)
		abort();
	seed[0] = (uint8_t)i;
	memcpy(seed + 1, good[j].text, *size - 1);
	return seed;
}
