/* SPDX-License-Identifier: MIT */
/*
 * spec_selftest.h - lines of spec/vectors.txt about self-tests
 */
#ifndef SPEC_SELFTEST_H
#define SPEC_SELFTEST_H

#include "compute/selftest.h"
#include "modelrows.h"
#include "spec_files.h"

#define MAX_INPUTS 4

/* "ids:ID,ID" or "h:F32,F32" into the memory given. */
static struct tk_selftest_input input_word(char *w, uint32_t ids[64],
					   float hidden[64])
{
	bool is_ids = !strncmp(w, "ids:", 4);
	struct tk_selftest_input in = {.hidden = hidden};
	size_t n = 0;

	for (char *p = strtok(strchr(w, ':') + 1, ","); p;
	     p = strtok(NULL, ",")) {
		uint32_t x = (uint32_t)number(p, is_ids ? 10 : 16);

		assert_true(n < 64);
		ids[n] = x;
		memcpy(&hidden[n++], &x, sizeof(x));
	}
	if (is_ids) {
		in.ids = ids;
		in.n_ids = n;
	}
	return in;
}

/* Whether what the section says is computed again. */
static enum tk_status judge_selftest(const struct tk_model *m,
				     struct tk_bytes section)
{
	struct tk_selftest s = {.section = section};
	enum tk_status status =
		tk_selftest_check(&s.n_cases, section, m, NULL);
	uint32_t n_bad;

	if (status)
		return status;
	assert_int_equal(tk_selftest_verify(&n_bad, &s, m, NULL,
					    count_failure, NULL, NULL),
			 TK_OK);
	return n_bad ? TK_E_CHECKSUM : TK_OK;
}

/* M K IN ... */
static void verb_selftest(struct line *l)
{
	static uint32_t ids[MAX_INPUTS][64];
	static float hidden[MAX_INPUTS][64];
	struct tk_selftest_input inputs[MAX_INPUTS];
	struct model_rows rows;
	struct tk_selftest_source source;
	struct tk_container *c, *file;
	struct tk_model *m = model_word(&c, l, 0);
	struct tk_bytes section;
	struct tk_writer *w;

	assert_true(l->n > 2 && l->n - 2 <= MAX_INPUTS);
	for (size_t i = 2; i < l->n; i++)
		inputs[i - 2] = input_word(l->word[i], ids[i - 2],
					   hidden[i - 2]);
	source = source_of_model(&rows, m);
	scratch_make();
	assert_int_equal(tk_writer_open(&w, scratch_path, 1, false, NULL),
			 TK_OK);
	assert_int_equal(tk_selftest_write(w, &source, inputs, l->n - 2,
					   number(word(l, 1), 10), NULL),
			 TK_OK);
	assert_int_equal(tk_writer_commit(w, NULL), TK_OK);
	assert_int_equal(tk_container_open(&file, scratch_path, NULL), TK_OK);
	section = tk_container_stored(file, 0);
	put_bytes(l, section.ptr, section.len);
	assert_int_equal(judge_selftest(m, section), TK_OK);
	tk_container_close(file);
	scratch_remove();
	close_model(m, c);
}

/* RULE M BYTES */
static void verb_badselftest(struct line *l)
{
	static uint8_t bytes[MAX_BYTES];
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 1);
	size_t len = bytes_word(bytes, word(l, 2));
	/* So that a sanitizer sees what is read beyond its end. */
	uint8_t *exact = malloc(len + !len);

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	put_status(l, judge_selftest(m, (struct tk_bytes){exact, len}));
	free(exact);
	close_model(m, c);
}

#endif /* SPEC_SELFTEST_H */
