/* SPDX-License-Identifier: MIT */
/*
 * test_spec.c - runs every line of spec/vectors.txt: the specification is
 * the test
 *
 * Each verb makes words from the library; they must be those after the `=`.
 */
#include "spec_files.h"
#include "spec_predict.h"
#include "spec_sample.h"
#include "spec_selftest.h"
#include "spec_sketch.h"
#include "spec_values.h"
#include "spec_words.h"

#include <unistd.h>

char scratch_path[64];
static char scratch_dir[32];

void scratch_make(void)
{
	snprintf(scratch_dir, sizeof(scratch_dir), "/tmp/tk-spec-XXXXXX");
	assert_non_null(mkdtemp(scratch_dir));
	snprintf(scratch_path, sizeof(scratch_path), "%s/x.tk", scratch_dir);
}

void scratch_remove(void)
{
	unlink(scratch_path);
	assert_int_equal(rmdir(scratch_dir), 0);
}

static const struct {
	const char *name;
	verb_fn *run;
} verbs[] = {
	{"accepted", verb_accepted},
	{"align", verb_align},
	{"badkv", verb_badkv},
	{"badselftest", verb_badselftest},
	{"bound", verb_bound},
	{"bytes", verb_bytes},
	{"context", verb_context},
	{"cut", verb_cut},
	{"cuts", verb_cuts},
	{"damaged", verb_damaged},
	{"delta", verb_delta},
	{"digest", verb_digest},
	{"dot", verb_dot},
	{"embed", verb_embed},
	{"exp", verb_exp},
	{"f16", verb_f16},
	{"file", verb_file},
	{"find", verb_find},
	{"identity", verb_identity},
	{"index", verb_index},
	{"keys", verb_keys},
	{"kv", verb_kv},
	{"leaf", verb_leaf},
	{"logit", verb_logit},
	{"nocontext", verb_nocontext},
	{"norm", verb_norm},
	{"normalizer", verb_normalizer},
	{"pack", verb_pack},
	{"predict", verb_predict},
	{"refused", verb_refused},
	{"rewrite", verb_rewrite},
	{"rng", verb_rng},
	{"sample", verb_sample},
	{"selftest", verb_selftest},
	{"sketch", verb_sketch},
	{"stride", verb_stride},
	{"tanh", verb_tanh},
	{"token", verb_token},
	{"vocab", verb_vocab},
	{"widen", verb_widen},
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static size_t n_lines[N_VERBS];
static int line_under_way; /* 0: none */

/* Cuts the line into verb, arguments and expected result. */
static char *split(struct line *l, char *text, char **verb)
{
	char *expected = strstr(text, " = ");
	char *p;

	if (expected) {
		*expected = 0;
		expected += 3;
	}
	l->n = l->used = 0;
	l->result[0] = 0;
	*verb = strtok(text, " ");
	while ((p = strtok(NULL, " "))) {
		assert_true(l->n < MAX_WORDS);
		l->word[l->n++] = p;
	}
	return expected ? expected : text + strlen(text);
}

/* False, after saying why, if the library says something else. */
static bool run_line(char *text, int number_of_line)
{
	static struct line l;
	char copy[120];
	char *verb;
	char *expected;
	size_t i = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	expected = split(&l, text, &verb);
	while (i < N_VERBS && strcmp(verbs[i].name, verb))
		i++;
	if (i == N_VERBS) {
		print_error("vectors.txt:%d: unknown verb: %s\n",
			    number_of_line, copy);
		return false;
	}
	n_lines[i]++;
	verbs[i].run(&l);
	if (!strcmp(l.result, expected))
		return true;
	print_error("vectors.txt:%d: %s\n  library: %s\n", number_of_line,
		    copy, l.result);
	return false;
}

static void test_vectors(void **state)
{
	FILE *f = fopen(TK_SRC "/spec/vectors.txt", "r");
	static char text[16384];
	int n = 0, wrong = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(text, sizeof(text), f)) {
		size_t len = strlen(text);

		line_under_way = ++n;
		assert_true(len && text[len - 1] == '\n');
		text[len - 1] = 0;
		if (text[0] && text[0] != '#')
			wrong += !run_line(text, n);
	}
	line_under_way = 0;
	fclose(f);
	images_free();
	assert_int_equal(wrong, 0);
	for (size_t i = 0; i < N_VERBS; i++)
		if (!n_lines[i])
			fail_msg("no line tests %s", verbs[i].name);
}

/* An assertion has left the test in the middle of a line. */
static int say_where(void **state)
{
	(void)state;
	if (line_under_way)
		print_error("vectors.txt:%d: failed here\n", line_under_way);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_vectors, say_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
