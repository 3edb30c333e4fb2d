/* SPDX-License-Identifier: MIT */
/*
 * test_guess.c - what a foreign file is
 */
#include "guess.h"
#include "test.h"

#define FILE_OF(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *bytes;
	size_t len;
	const char *what;   /* a part of it; NULL: no idea */
	const char *advice; /* likewise; NULL: tkpack packs it */
} files[] = {
	{FILE_OF("\x89TKF\r\n\x1a\n"), "is a .tk file", "tkinfo FILE"},
	{FILE_OF("T\x89" "FK\n\r\n\x1a"), "every 2 bytes swapped", "again"},
	{FILE_OF("FKT\x89\n\x1a\n\r"), "every 4 bytes swapped", "again"},
	{FILE_OF("\n\x1a\n\rFKT\x89"), "every 8 bytes swapped", "again"},
	{FILE_OF("tk-manifest 1\ntoken"), "a tk-manifest", NULL},
	{FILE_OF("GGUF\3\0\0\0"), "looks like GGUF", NULL},
	{FILE_OF("FUGG\0\0\0\3"), "big-endian GGUF", "little-endian"},
	{FILE_OF("\x93NUMPY\1\0"), "a NumPy array", "--embed FILE"},
	{FILE_OF("\x89HDF\r\n\x1a\n\0"), "HDF5", "safetensors"},
	{FILE_OF("PK\3\4\24\0"), "PyTorch checkpoint, .npz?", "safetensors"},
	{FILE_OF("\x80\2}q"), "Python pickle", "safetensors"},
	{FILE_OF("\x80\3}q"), "Python pickle", "safetensors"},
	{FILE_OF("\x80\4\x95"), "Python pickle", "safetensors"},
	{FILE_OF("\x80\5\x95"), "Python pickle", "safetensors"},
	{FILE_OF("\x80\6\x95"), NULL, NULL},
	{FILE_OF("\x1f\x8b\x08"), "gzip", "gunzip FILE"},
	{FILE_OF("BZh91AY"), "bzip2", "bunzip2 FILE"},
	{FILE_OF("\xfd" "7zXZ\0\0\4"), "xz", "unxz FILE"},
	{FILE_OF("\x28\xb5\x2f\xfd\4"), "zstd", "unzstd FILE"},
	{FILE_OF("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
	 "Git LFS pointer", "git lfs pull"},
	{FILE_OF("\xba\x16\x4f\x2f\x0c"), "fastText .bin", ".vec"},
	/* Settings, threshold, words and labels; the last is not as many. */
#define OLD_FASTTEXT(labels)                                                  \
	FILE_OF("\2\0\0\0\5\0\0\0\5\0\0\0\5\0\0\0\5\0\0\0\1\0\0\0"      \
		"\2\0\0\0\2\0\0\0\xe8\3\0\0\2\0\0\0\4\0\0\0\x10\x27\0\0" \
		"\x2d\x43\x1c\xeb\xe2\x36\x1a\x3f\xab\0\0\0\xa9\0\0\0"      \
		labels "\0\0\0")
	{OLD_FASTTEXT("\2"), "an old fastText .bin", ".vec"},
	{OLD_FASTTEXT("\1"), NULL, NULL},
	{FILE_OF("FiFu\0"), "finalfusion", "word2vec"},
	{FILE_OF("\x7f" "ELF\2"), "a program", ""},
	/* The size of the header may begin with a brace as well. */
	{FILE_OF("\x10\0\0\0\0\0\0\0{\"a\":{}}"), "safetensors", NULL},
	{FILE_OF("{\0\0\0\0\0\0\0{\"a\":{}}"), "safetensors", NULL},
	{FILE_OF("\x10\0\0\0\0\0\0\0"), NULL, NULL},
	/* The first piece of two well-known models. */
	{FILE_OF("\n\x0e\n\5<unk>\x15\0\0\0\0\x18\2\n"), "SentencePiece",
	 "tokenizer.json"},
	{FILE_OF("\n\x0e\n\5<pad>\x15\0\0\0\0\x18\3\n"), "SentencePiece", ""},
	{FILE_OF("\n\x09\n\5<unk>\x18\2\n"), "SentencePiece", ""},
	{FILE_OF("\n\x0e\n\5<unk>"), NULL, NULL},
	{FILE_OF("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"), NULL, NULL},
	{FILE_OF("\n\n\n"), NULL, NULL},
	{FILE_OF("400000 300\nthe 0.1"), "word2vec", NULL},
	{FILE_OF("400000 300"), NULL, NULL},
	{FILE_OF("the 0.1 -2e-3\n"), "GloVe", NULL},
	{FILE_OF("{ 0.1 -2e-3\n"), "GloVe", NULL},
	{FILE_OF("the 0.1\n"), NULL, NULL},
	{FILE_OF("the\t0.1\t-2e-3\r\n"), "separated by tabs", "<FILE >NEW"},
	{FILE_OF("the\t0.1\n"), NULL, NULL},
	{FILE_OF("the\t0.1 2\n"), NULL, NULL},
	{FILE_OF("<!DOCTYPE html><html>"), "a web page", "download"},
	{FILE_OF("\n <HTML lang=en>"), "a web page", "download"},
	{FILE_OF("<unk>\n<s>\n"), NULL, NULL},
	{FILE_OF("{\n  \"architectures\": ["), "JSON", "DIRECTORY"},
	{FILE_OF(" \t{"), "JSON", "DIRECTORY"},
	{FILE_OF("A letter to my aunt.\n"), NULL, NULL},
	{FILE_OF("\n"), NULL, NULL},
	{FILE_OF(""), NULL, NULL},
};

static bool has(const char *text, const char *part)
{
	return part ? text && strstr(text, part) : !text;
}

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(files); i++) {
		/* Nothing is read behind the end. */
		uint8_t *copy = malloc(files[i].len + !files[i].len);
		struct guess g;

		assert_non_null(copy);
		memcpy(copy, files[i].bytes, files[i].len);
		g = guess_file(copy, files[i].len);
		if (!has(g.what, files[i].what) ||
		    !has(g.advice, files[i].advice))
			fail_msg("file %zu: %s; %s", i, g.what ? g.what : "-",
				 g.advice ? g.advice : "-");
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
