/* SPDX-License-Identifier: MIT */
/*
 * guess.c - what a file is that is not what was asked for
 */
#include "guess.h"

#include <stdbool.h>
#include <string.h>

#define TENSORS "save its tensors as safetensors, and pack that"
#define AS_IT_IS "copy it again as it is"

/* ---- by the first bytes ---- */

static const struct {
	const char *magic;
	size_t len;
	struct guess guess;
} magics[] = {
#define MAGIC(bytes) bytes, sizeof(bytes) - 1
	{MAGIC("\x89TKF\r\n\x1a\n"),
	 {"is a .tk file", "see what is in it with: tkinfo FILE"}},
	{MAGIC("T\x89"
	       "FK\n\r\n\x1a"),
	 {"looks like .tk with every 2 bytes swapped", AS_IT_IS}},
	{MAGIC("FKT\x89\n\x1a\n\r"),
	 {"looks like .tk with every 4 bytes swapped", AS_IT_IS}},
	{MAGIC("\n\x1a\n\rFKT\x89"),
	 {"looks like .tk with every 8 bytes swapped", AS_IT_IS}},
	{MAGIC("tk-manifest "), {"is a tk-manifest, a model as text", NULL}},
	{MAGIC("GGUF"), {"looks like GGUF", NULL}},
	{MAGIC("FUGG"),
	 {"looks like big-endian GGUF", "convert it to little-endian"}},
	{MAGIC("\x93NUMPY"),
	 {"looks like a NumPy array",
	  "pack it with: tkpack --embed FILE --vocab VOCAB.txt -o OUT.tk"}},
	{MAGIC("\x89HDF\r\n\x1a\n"), {"looks like HDF5", TENSORS}},
	{MAGIC("PK\3\4"),
	 {"looks like a ZIP file (a PyTorch checkpoint, .npz?)",
	  "save its tensors as safetensors or .npy, and pack those"}},
	{MAGIC("\x80\2"), {"looks like a Python pickle, which is never loaded",
			   TENSORS}},
	{MAGIC("\x80\3"), {"looks like a Python pickle, which is never loaded",
			   TENSORS}},
	{MAGIC("\x80\4"), {"looks like a Python pickle, which is never loaded",
			   TENSORS}},
	{MAGIC("\x80\5"), {"looks like a Python pickle, which is never loaded",
			   TENSORS}},
	{MAGIC("\x1f\x8b"),
	 {"is compressed with gzip", "expand it with: gunzip FILE"}},
	{MAGIC("BZh"),
	 {"is compressed with bzip2", "expand it with: bunzip2 FILE"}},
	{MAGIC("\xfd"
	       "7zXZ\0"),
	 {"is compressed with xz", "expand it with: unxz FILE"}},
	{MAGIC("\x28\xb5\x2f\xfd"),
	 {"is compressed with zstd", "expand it with: unzstd FILE"}},
	{MAGIC("version https://git-lfs"),
	 {"is a Git LFS pointer, not the file itself",
	  "fetch that with: git lfs pull"}},
	{MAGIC("\x14\x16\x4f\x2f"),
	 {"looks like a fastText .bin", "pack its .vec file"}},
	{MAGIC("\xba\x16\x4f\x2f"),
	 {"looks like a fastText .bin", "pack its .vec file"}},
	{MAGIC("FiFu"),
	 {"looks like finalfusion", "convert it to word2vec, and pack that"}},
	{MAGIC("\x7f"
	       "ELF"),
	 {"is a program, not a model", "look for its data"}},
#undef MAGIC
};

/* ---- by what follows ---- */

/* The size of the JSON header, 8 bytes, then the JSON. */
static bool is_safetensors(const uint8_t *p, size_t n)
{
	return n > 8 && p[8] == '{' && !p[5] && !p[6] && !p[7];
}

/*
 * Protocol buffers: field 1, a piece of less than 128 bytes; in it field 1,
 * its text, then field 2, its score, or 3, its kind, if the score is 0.
 */
static bool is_sentencepiece(const uint8_t *p, size_t n)
{
	const size_t next = n > 4 ? 4 + (size_t)p[3] : n;

	return next < n && p[0] == 0x0a && p[2] == 0x0a && p[1] < 0x80 &&
	       p[3] + 4 <= p[1] && (p[next] == 0x15 || p[next] == 0x18);
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

/* Little-endian, as fastText writes them; below 2^31. */
static bool take_count(uint32_t *out, const uint8_t *p)
{
	*out = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
	return p[3] < 0x80;
}

/*
 * fastText's .bin had no magic at first: 12 settings, a threshold of double
 * precision, the size of the dictionary, its words and labels.
 */
static bool is_old_fasttext(const uint8_t *p, size_t n)
{
	enum { DIM, LOSS = 6, MODEL, MINN = 9, MAXN, SIZE = 14, WORDS, LABELS,
	       ALL };
	uint32_t v[ALL];

	if (n < sizeof(v))
		return false;
	for (size_t i = 0; i < ALL; i++)
		if (!take_count(&v[i], p + 4 * i) && i != 12)
			return false;
	/* The threshold is above 2^-33 and below 2. */
	return v[DIM] && v[DIM] <= 1 << 17 && v[LOSS] - 1 < 4 &&
	       v[MODEL] - 1 < 3 && v[MINN] <= v[MAXN] && v[MAXN] < 256 &&
	       v[13] >> 20 > 0x3de && v[13] >> 20 < 0x400 && v[SIZE] &&
	       v[WORDS] <= v[SIZE] && v[SIZE] - v[WORDS] == v[LABELS];
}

/*
 * A word and two numbers or more on the first line, 'between' them: GloVe, if
 * that is a space.
 */
static bool is_glove(const uint8_t *p, size_t n, uint8_t between)
{
	size_t fields = 0;
	size_t i = 0;

	while (i < n && p[i] > ' ')
		i++;
	if (!i)
		return false;
	while (i < n && p[i] == between) {
		size_t start = ++i;

		while (i < n && p[i] > ' ' && strchr("0123456789.eE+-", p[i]))
			i++;
		if (i == start)
			return false;
		fields++;
	}
	return fields >= 2 && (i == n || p[i] == '\n' || p[i] == '\r');
}

/* The first thing that is no white space is 'text', in any case. */
static bool begins(const uint8_t *p, size_t n, const char *text)
{
	size_t len = strlen(text);
	size_t i = 0;

	while (i < n && (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')))
		i++;
	if (n - i < len)
		return false;
	for (size_t j = 0; j < len; j++) {
		uint8_t c = p[i + j];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 'a' - 'A');
		if (c != (uint8_t)text[j])
			return false;
	}
	return true;
}

struct guess guess_file(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (n >= magics[i].len &&
		    !memcmp(p, magics[i].magic, magics[i].len))
			return magics[i].guess;
	if (is_safetensors(p, n))
		return (struct guess){"looks like safetensors", NULL};
	if (is_sentencepiece(p, n))
		return (struct guess){
			"looks like a SentencePiece .model",
			"pack the model's directory, with a tokenizer.json, "
			"or a GGUF of it"};
	if (is_word2vec(p, n))
		return (struct guess){"looks like word2vec", NULL};
	if (is_old_fasttext(p, n))
		return (struct guess){"looks like an old fastText .bin",
				      "pack its .vec file"};
	if (is_glove(p, n, ' '))
		return (struct guess){"looks like word vectors as text (GloVe)",
				      NULL};
	if (is_glove(p, n, '\t'))
		return (struct guess){
			"looks like word vectors as text, but their numbers "
			"are separated by tabs",
			"put spaces there (type: tr '\\t' ' ' <FILE >NEW), and "
			"pack that"};
	if (begins(p, n, "<!doctype html") || begins(p, n, "<html"))
		return (struct guess){"is a web page, as of a download that "
				      "failed",
				      "download it again"};
	if (begins(p, n, "{"))
		return (struct guess){"looks like JSON",
				      "give tkpack the directory it is in: "
				      "tkpack DIRECTORY -o OUT.tk"};
	return (struct guess){NULL, NULL};
}
