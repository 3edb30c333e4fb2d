/* SPDX-License-Identifier: MIT */
/*
 * modelfiles.h - the files of a Hugging Face model, made by a test in the
 * directory of foreign.h
 */
#ifndef TESTS_MODELFILES_H
#define TESTS_MODELFILES_H

#include "foreign.h"

/* A tensor of a file to be made. */
struct made_tensor {
	const char *name;
	const char *dtype;
	uint64_t rows;
	uint64_t cols;	  /* 0: a vector of 'rows' elements */
	const void *data; /* NULL: its name's bytes, over and over */
};

/* Makes a .safetensors file; a NULL name ends the list. */
void made_tensors(const char *file, const struct made_tensor *list);

/* The same in memory, freed by the caller. */
uint8_t *made_image(const struct made_tensor *list, size_t *len);

/* A file of 8 bytes N, the header's N bytes, and 'data' zero bytes. */
void made_header(const char *file, const char *header, size_t len,
		 size_t data);

/* tokenizer.json, byte-level: "a", "b", " c", "\n", "<end>" (control). */
extern const char made_tokenizer[];

/*
 * A whole small model in GPT-2's manner: config.json, tokenizer.json and
 * model.safetensors with wte [6, 2], ln_f.
 */
void made_gpt2(void);

/* Opens the directory; the caller frees 's'. */
void made_open(struct source *s);

/* It must be refused so. */
void made_refused(const char *part);

/* True if a note of the source contains 'part'. */
bool made_noted(const struct source *s, const char *part);

#endif /* TESTS_MODELFILES_H */
