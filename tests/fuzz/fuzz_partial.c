/* SPDX-License-Identifier: MIT */
/*
 * fuzz_partial.c - any lines as parts of an answer that are to be joined, each
 * that ends as an object does with its right checksum
 *
 * Where tkpredict would end with a message, the linker puts __wrap_cli_die(),
 * which goes on with the next input.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "join.h"
#include "seal.h"
#include "target.h"

#define SEAL_ROOM 64

static jmp_buf at_start;
static struct joined joined;

/* ---- memory that is freed wherever an input has ended ---- */

static struct block {
	struct block *next, *before;
	_Alignas(max_align_t) char data[];
} all = {&all, &all};

static void *tracked(size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b)
		abort();
	b->next = all.next;
	b->before = &all;
	all.next->before = b;
	all.next = b;
	return b->data;
}

static void release(void *p)
{
	struct block *b;

	if (!p)
		return;
	b = (void *)((char *)p - offsetof(struct block, data));
	b->next->before = b->before;
	b->before->next = b->next;
	free(b);
}

static void finish(void)
{
	/* Its objects may be half made: they go with all that is left. */
	for (size_t i = 0; i < joined.n_parts; i++)
		joined.parts[i].json = NULL;
	joined_free(&joined);
	memset(&joined, 0, sizeof(joined));
	while (all.next != &all)
		release(all.next->data);
}

/* ---- an input ---- */

void __wrap_cli_die(const char *format, ...);

void __wrap_cli_die(const char *format, ...)
{
	(void)format;
	longjmp(at_start, 1);
}

static void add_line(const uint8_t *line, size_t len)
{
	char *text = tracked(len + SEAL_ROOM), digest[33];

	memcpy(text, line, len);
	if (len && text[len - 1] == '}') {
		seal_digest(digest, text, --len);
		len += (size_t)snprintf(text + len, SEAL_ROOM,
					", \"xxh3\": \"%s\"}", digest);
	}
	joined_add(&joined, text, len, "line");
}

static void join(const uint8_t *data, size_t size)
{
	json_t *answer;
	size_t len;

	for (; size; data += len, size -= len) {
		const uint8_t *lf = memchr(data, '\n', size);

		len = lf ? (size_t)(lf - data) + 1 : size;
		add_line(data, lf ? len - 1 : len);
	}
	if (!joined.n_parts)
		return;
	joined_finish(&joined);
	answer = joined_json(&joined);
	release(json_dumps(answer, 0));
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_set_alloc_funcs(tracked, release);
	if (!setjmp(at_start))
		join(data, size);
	finish();
	return 0;
}

/* ---- seeds: of two parts, of one with all that there may be, of many ---- */

#define QUESTION(rank)                                                        \
	"{\"schema\": \"tkpredict-partial/1\", \"question\": {\"file\": "     \
	"\"e8\", \"input\": {\"ids\": [4]}, \"vector\": \"c0\", "             \
	"\"temperature\": 1.0, \"probs\": \"exact\", \"top\": 3, "            \
	"\"rows\": 1028, \"rank\": " rank "}, "
#define PART "{\"schema\": \"tkpredict-partial/1\"}\n"
#define FOUR PART PART PART PART
#define WORK "\"rows_scanned\": 4, \"rows_rescored\": 0, \"bytes_read\": 9"

uint8_t *fuzz_seed(size_t i, size_t *size)
{
	static const char *const seeds[] = {
		QUESTION("null") "\"first_row\": 0, \"end_row\": 1024, "
		"\"best\": [{\"id\": 5, \"token\": \"\\n\", \"key\": 2.5, "
		"\"logit\": 2}, {\"id\": 6, \"token\": null, \"bytes\": "
		"\"ff09\", \"key\": -2.0, \"logit\": -2.0}], " WORK
		", \"blocks\": [[0, 2.5, 2.1]]}\n"
		QUESTION("null") "\"first_row\": 1024, \"end_row\": 1028, "
		"\"best\": [{\"id\": 1025, \"token\": \"a\", \"key\": 0.5, "
		"\"logit\": 0.5}], " WORK ", \"blocks\": [[1, 0.5, 4]]}\n",
		QUESTION("3") "\"first_row\": 0, \"end_row\": 1028, \"best\": "
		"[{\"id\": 5, \"token\": \"b\", \"key\": 2, \"logit\": 2}], "
		"\"ranked\": {\"id\": 3, \"token\": null, \"bytes\": \"80\", "
		"\"key\": null, \"logit\": null, \"better\": 6}, " WORK
		", \"blocks\": [[0, 2, 2.5], [1, null, 0]]}",
		FOUR FOUR FOUR FOUR,
	};

	if (i >= sizeof(seeds) / sizeof(seeds[0]))
		return NULL;
	*size = strlen(seeds[i]);
	return fuzz_copy(seeds[i], *size);
}
