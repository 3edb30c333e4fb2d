/* SPDX-License-Identifier: MIT */
/*
 * modelfiles.c - the files of a Hugging Face model, made by a test
 */
#include "modelfiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char made_tokenizer[] =
	"{\"version\":\"1.0\",\"added_tokens\":[{\"id\":4,\"content\":"
	"\"<end>\",\"special\":true}],\"pre_tokenizer\":{\"type\":"
	"\"ByteLevel\"},\"decoder\":{\"type\":\"ByteLevel\"},\"model\":{"
	"\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"\xc4\xa0"
	"c\":2,\"\xc4\x8a\":3},\"merges\":[\"\xc4\xa0 c\"]}}";

static size_t element_size(const char *dtype)
{
	if (strstr(dtype, "64"))
		return 8;
	if (strstr(dtype, "32"))
		return 4;
	return strstr(dtype, "16") ? 2 : 1;
}

static size_t size_of(const struct made_tensor *t)
{
	return (size_t)(t->rows * (t->cols ? t->cols : 1)) *
	       element_size(t->dtype);
}

static void fill(uint8_t *dst, const struct made_tensor *t)
{
	size_t n = size_of(t), period = strlen(t->name);

	if (t->data)
		memcpy(dst, t->data, n);
	for (size_t i = 0; !t->data && i < n; i++)
		dst[i] = (uint8_t)t->name[i % period] & 0x3f;
}

static size_t put_entry(char *out, size_t room, const struct made_tensor *t,
			size_t begin)
{
	char shape[64];

	snprintf(shape, sizeof(shape), t->cols ? "%llu,%llu" : "%llu",
		 (unsigned long long)t->rows, (unsigned long long)t->cols);
	return (size_t)snprintf(out, room,
				"\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],"
				"\"data_offsets\":[%zu,%zu]}",
				t->name, t->dtype, shape, begin,
				begin + size_of(t));
}

uint8_t *made_image(const struct made_tensor *list, size_t *len)
{
	uint8_t *image = calloc(1, 65536);
	char *header = (char *)image + 8;
	size_t n = 1, at = 0;

	assert_non_null(image);
	header[0] = '{';
	for (const struct made_tensor *t = list; t->name; t++) {
		if (t != list)
			header[n++] = ',';
		n += put_entry(header + n, 32768 - n, t, at);
		at += size_of(t);
	}
	header[n++] = '}';
	assert_true(n + at < 65000);
	image[0] = (uint8_t)n;
	image[1] = (uint8_t)(n >> 8);
	*len = 8 + n;
	for (const struct made_tensor *t = list; t->name; t++) {
		fill(image + *len, t);
		*len += size_of(t);
	}
	return image;
}

void made_tensors(const char *file, const struct made_tensor *list)
{
	size_t len;
	uint8_t *image = made_image(list, &len);

	foreign_bytes(file, image, len);
	free(image);
}

void made_header(const char *file, const char *header, size_t len,
		 size_t data)
{
	uint8_t *image = calloc(1, 8 + len + data);

	assert_non_null(image);
	for (int i = 0; i < 8; i++)
		image[i] = (uint8_t)((uint64_t)len >> 8 * i);
	memcpy(image + 8, header, len);
	foreign_bytes(file, image, 8 + len + data);
	free(image);
}

void made_gpt2(void)
{
	static const struct made_tensor tensors[] = {
		{"ln_f.weight", "F32", 2, 0, NULL},
		{"ln_f.bias", "F32", 2, 0, NULL},
		{"h.0.attn.bias", "U8", 3, 3, NULL},
		{"wte.weight", "F32", 6, 2, NULL},
		{NULL, NULL, 0, 0, NULL},
	};

	foreign_text("config.json",
		     "{\"model_type\":\"gpt2\",\"n_embd\":2,\"vocab_size\":5,"
		     "\"n_positions\":7,\"layer_norm_epsilon\":1e-4,"
		     "\"eos_token_id\":4}");
	foreign_text("tokenizer.json", made_tokenizer);
	made_tensors("model.safetensors", tensors);
}

void made_open(struct source *s)
{
	struct source_options opt = {.input = foreign_path(".")};

	foreign_open(s, NULL, &opt);
}

void made_refused(const char *part)
{
	struct source_options opt = {.input = foreign_path(".")};

	foreign_refused(NULL, &opt, part);
}

bool made_noted(const struct source *s, const char *part)
{
	for (size_t i = 0; i < s->n_notes; i++)
		if (strstr(s->notes[i], part))
			return true;
	return false;
}
