/* SPDX-License-Identifier: MIT */
/*
 * edges.c - opening files at the limits: bench-edges DIR
 *
 * Each file is at a limit of spec/format.md 10, and made to be slow to open or
 * to look up in; another is half as large.  They are made in DIR, one at a
 * time, of at most 0.3 GB, and removed.  Times are those of the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include <libformat.h>

#include "measure.h"

#define ROUNDS 15
#define LONGEST 65535
#define MOST_TOKENS ((1U << 24) - 1)
#define MOST_OPEN 0.050 /* seconds */

static char path[4096];
static struct tk_error err;

static void check(enum tk_status status)
{
	if (!status)
		return;
	fprintf(stderr, "bench-edges: %s: %s\n", path, err.message);
	exit(2);
}

static void store(uint8_t *p, uint64_t x, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(x >> 8 * i);
}

/* ---- pieces of sections ---- */

static void put(struct tk_writer *w, const void *p, size_t len)
{
	check(tk_writer_write(w, (struct tk_bytes){p, len}, &err));
}

static void put_zeros(struct tk_writer *w, uint64_t len)
{
	static const uint8_t zeros[64];

	put(w, zeros, (size_t)(-len & 63));
}

/* n numbers, made by of(i, arg). */
static void put_numbers(struct tk_writer *w, uint32_t n,
			uint32_t (*of)(uint32_t i, uint64_t arg), uint64_t arg)
{
	static uint8_t buffer[65536];

	for (uint32_t i = 0, fill = 0; i < n; i++) {
		store(buffer + 4 * (size_t)fill, of(i, arg), 4);
		if (++fill == sizeof(buffer) / 4 || i == n - 1) {
			put(w, buffer, 4 * (size_t)fill);
			fill = 0;
		}
	}
	put_zeros(w, 4 * (uint64_t)n);
}

static uint64_t up(uint64_t x)
{
	return (x + 63) & ~UINT64_C(63);
}

/* n tokens that end where of() says, in a blob of 'a'. */
static struct tk_digest put_vocab(struct tk_writer *w, uint32_t n,
				  uint32_t blob, uint32_t longest,
				  uint32_t (*of)(uint32_t, uint64_t),
				  uint64_t arg)
{
	struct tk_section_spec spec = {.kind = TK_KIND_VOCAB};
	uint8_t head[64] = {0};
	struct tk_digest digest;
	char *text = must(malloc(up(blob) + 1));

	spec.size = 64 + up(4 * ((uint64_t)n + 1)) + up(blob);
	store(head, n, 4);
	store(head + 4, blob, 4);
	store(head + 8, longest, 4);
	store(head + 12, n, 4);
	check(tk_writer_begin(w, &spec, &err));
	put(w, head, sizeof(head));
	put_numbers(w, n + 1, of, arg);
	memset(text, 'a', blob);
	put(w, text, blob);
	put_zeros(w, blob);
	check(tk_writer_end(w, &digest, &err));
	free(text);
	return digest;
}

struct slots {
	uint64_t hash; /* of the word that is looked up */
	uint32_t mask;
	uint32_t n;    /* tokens */
	uint32_t low;
	bool is_chain; /* every slot on its way has its tag */
};

static uint32_t slot_of(uint32_t i, uint64_t arg)
{
	const struct slots *s = (const void *)(uintptr_t)arg;
	uint32_t far = (i - (uint32_t)s->hash) & s->mask;

	if (!s->is_chain || far >= s->n)
		return 1;
	return ((uint32_t)(s->hash >> 32) & ~s->low) + far + 1;
}

static void put_index(struct tk_writer *w, struct slots *s,
		      const struct tk_digest *vocab)
{
	struct tk_section_spec spec = {.kind = TK_KIND_VOCAB_INDEX};
	uint32_t bits = 0, size = 16;
	uint8_t head[64] = {0};

	while (s->n >> bits)
		bits++;
	while (size < 2 * (uint64_t)s->n)
		size *= 2;
	s->low = (1U << bits) - 1;
	s->mask = size - 1;
	spec.size = 64 + 4 * (uint64_t)size;
	memcpy(head, vocab->b, 16);
	store(head + 0x20, size, 4);
	store(head + 0x24, 255, 4);
	store(head + 0x30, bits, 4);
	check(tk_writer_begin(w, &spec, &err));
	put(w, head, sizeof(head));
	put_numbers(w, size, slot_of, (uintptr_t)s);
	check(tk_writer_end(w, NULL, &err));
}

/* ---- files ---- */

/* What is looked up: no token, and not so before its last byte. */
static uint8_t word[LONGEST];
static struct tk_bytes asked;

static void ask(size_t len)
{
	memset(word, 'a', sizeof(word));
	word[len - 1] = 'b';
	asked = (struct tk_bytes){word, len};
}

static uint32_t short_tokens(uint32_t i, uint64_t arg)
{
	(void)arg;
	return 4 * i;
}

static uint32_t long_tokens(uint32_t i, uint64_t arg)
{
	(void)arg;
	return LONGEST * i;
}

/* Every other one has 65,535 bytes, all of them nearly the same. */
static uint32_t overlapping_tokens(uint32_t i, uint64_t arg)
{
	(void)arg;
	return (i / 2) % LONGEST + (i % 2 ? LONGEST : 0);
}

static void put_hparams(struct tk_writer *w)
{
	const uint8_t none[8] = {0};

	check(tk_writer_add(w, TK_KIND_HPARAMS,
			    (struct tk_bytes){none, sizeof(none)}, NULL,
			    &err));
}

static void make_sections(struct tk_writer *w, uint32_t n)
{
	char name[16];

	put_hparams(w);
	put_vocab(w, 1, 4, 4, short_tokens, 0);
	for (uint32_t i = 3; i < n; i++) {
		struct tk_section_spec spec = {
			.kind = TK_KIND_FREE, .name = name, .size = 1};

		snprintf(name, sizeof(name), "x.%03u", i);
		check(tk_writer_begin(w, &spec, &err));
		put(w, "x", 1);
		check(tk_writer_end(w, NULL, &err));
	}
	ask(4);
}

static void make_tokens(struct tk_writer *w, uint32_t n)
{
	struct slots s = {.n = n};
	struct tk_digest vocab;

	put_hparams(w);
	vocab = put_vocab(w, n, 4 * n, 4, short_tokens, 0);
	put_index(w, &s, &vocab);
	ask(4);
}

static void make_without_index(struct tk_writer *w, uint32_t n)
{
	put_hparams(w);
	put_vocab(w, n, 4 * n, 4, short_tokens, 0);
	ask(4);
}

static void make_overlapping(struct tk_writer *w, uint32_t n)
{
	put_hparams(w);
	put_vocab(w, n, 2 * LONGEST, LONGEST, overlapping_tokens, 0);
	ask(LONGEST);
}

static void make_chain(struct tk_writer *w, uint32_t n)
{
	struct slots s = {.n = n, .is_chain = true};
	struct tk_digest vocab;

	ask(LONGEST);
	s.hash = XXH3_64bits_withSeed(word, LONGEST, 0);
	put_hparams(w);
	vocab = put_vocab(w, n, LONGEST * n, LONGEST, long_tokens, 0);
	put_index(w, &s, &vocab);
}

/* Characters of one to four bytes, so that no branch can be foretold. */
static void fill_text(uint8_t *text, size_t len)
{
	static const char *const characters[] = {"a", "\xc3\xa9",
						 "\xe2\x82\xac",
						 "\xf0\x9f\x98\x80"};
	size_t at = 0;

	for (uint32_t x = 1; at + 4 <= len;) {
		const char *c;

		x = x * 1664525 + 1013904223;
		for (c = characters[x >> 30]; *c; c++)
			text[at++] = *c;
	}
	memset(text + at, 'a', len - at);
}

/* n keys of 4,072 bytes of text. */
static void put_texts(struct tk_writer *w, uint32_t kind, uint32_t n)
{
	struct tk_kv_builder *b = must(tk_kv_builder_new());
	struct tk_bytes section;
	uint8_t text[4072];
	char key[16];

	fill_text(text, sizeof(text));
	for (uint32_t i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "x.%04u", i);
		tk_kv_set_text(b, key,
			       (struct tk_bytes){text, sizeof(text)}, false);
	}
	check(tk_kv_builder_finish(&section, b, &err));
	check(tk_writer_add(w, kind, section, NULL, &err));
	tk_kv_builder_free(b);
}

static void make_keys(struct tk_writer *w, uint32_t n)
{
	put_texts(w, TK_KIND_HPARAMS, n);
	put_texts(w, TK_KIND_NOTE, n);
	put_vocab(w, 1, 4, 4, short_tokens, 0);
	put_texts(w, TK_KIND_TOKENIZER, n);
	ask(4);
}

/* ---- measuring ---- */

struct edge {
	const char *name;
	void (*make)(struct tk_writer *w, uint32_t n);
	uint32_t n;		/* the limit */
	uint32_t sections;	/* to write; 0: n - 1 */
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Seconds of this process: what others do at the time does not count. */
static double spent(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Medians of opening and of one look-up, which finds nothing. */
static void measure_one(const struct edge *e, uint32_t n, double out[2])
{
	double opened[ROUNDS], found[ROUNDS];
	struct tk_writer *w = NULL;
	uint32_t id;

	check(tk_writer_open(&w, path, e->sections ? e->sections : n - 1, true,
			     &err));
	e->make(w, n);
	check(tk_writer_commit(w, &err));
	for (int i = -1; i < ROUNDS; i++) {
		struct tk_container *c = NULL;
		struct tk_model *m = NULL;
		double begin = spent(), middle;

		check(tk_container_open(&c, path, &err));
		check(tk_model_open(&m, c, &err));
		middle = spent();
		if (tk_model_find(&id, m, asked, NULL) != TK_E_NOT_FOUND)
			exit(2);
		if (i >= 0) {
			opened[i] = middle - begin;
			found[i] = spent() - middle;
		}
		tk_model_close(m);
		tk_container_close(c);
	}
	unlink(path);
	qsort(opened, ROUNDS, sizeof(*opened), by_size);
	qsort(found, ROUNDS, sizeof(*found), by_size);
	out[0] = opened[ROUNDS / 2];
	out[1] = found[ROUNDS / 2];
}

static bool print_edge(const struct edge *e)
{
	double half[2], full[2];

	measure_one(e, e->n / 2, half);
	measure_one(e, e->n, full);
	printf("| %s | %u | %.3f ms | %.2f | %.3f ms | %.2f |\n", e->name,
	       e->n, 1e3 * full[0], full[0] / half[0], 1e3 * full[1],
	       full[1] / half[1]);
	fflush(stdout);
	return full[0] <= MOST_OPEN;
}

int main(int argc, char **argv)
{
	static const struct edge edges[] = {
		{"sections", make_sections, 256, 0},
		{"tokens, each look-up of 256 probes", make_tokens,
		 MOST_TOKENS, 3},
		{"tokens of 65,535 bytes in one chain", make_chain, 256,
		 3},
		{"tokens, no index", make_without_index, MOST_TOKENS, 2},
		{"tokens of 65,535 bytes that overlap, no index",
		 make_overlapping, MOST_TOKENS, 2},
		{"keys, 16 MiB of text, three times", make_keys, 4096, 4},
	};
	bool reached = true;

	if (argc != 2) {
		fprintf(stderr, "usage: bench-edges DIR\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/edge.tk", argv[1]);
	printf("| a file at the limit of | n | open | time(n) / time(n / 2) | "
	       "look-up | time(n) / time(n / 2) |\n"
	       "| --- | --: | --: | --: | --: | --: |\n");
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		reached &= print_edge(&edges[i]);
	printf("\nOpening takes at most 50 ms: %s\n",
	       reached ? "reached" : "missed");
	return reached ? 0 : 1;
}
