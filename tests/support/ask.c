/* SPDX-License-Identifier: MIT */
/*
 * ask.c - everything that can be asked of a file, whatever is in it
 */
#include "ask.h"

#include "test.h"

#define MOST_COLS 131072

static struct tk_error err;
static float h[MOST_COLS], x[MOST_COLS], scratch[MOST_COLS];

static unsigned ask_vocab(const struct tk_model *m)
{
	static const char *const words[] = {"the", " cat", "", "nothing"};
	unsigned sum = 0;
	uint32_t id;

	for (uint64_t i = 0; i < 9; i++) {
		struct tk_bytes t = {NULL, 0};

		if (!tk_model_token(&t, m, i, &err))
			tk_model_find(&id, m, t, &err);
		for (size_t j = 0; j < t.len; j++)
			sum += t.ptr[j];
		sum += tk_model_token_kind(m, i);
		sum += tk_model_token_score(m, i) > 0;
	}
	for (size_t i = 0; i < LEN(words); i++) {
		enum tk_word_match how;

		tk_word_find(&id, &how, m, bytes_of(words[i]), &err);
	}
	for (int s = 0; s < TK_N_SPECIAL; s++)
		sum += tk_tokenizer_special(m, (enum tk_special)s) ==
		       TK_NO_ID;
	sum += tk_tokenizer_is_end(m, 4);
	sum += (unsigned)tk_tokenizer_reason(m).len;
	return sum;
}

static void ask_matrices(const struct tk_model *m)
{
	for (uint32_t kind = 0x20; kind < 0x32; kind++) {
		struct tk_matrix v = tk_model_matrix(m, kind);

		for (uint64_t r = 0; r < v.rows && v.data; r++) {
			/* Vectors as wide as B_U may be too long for 'x'. */
			if (v.cols <= MOST_COLS)
				tk_row_to_f32(x, v, r);
		}
	}
}

static void predict(struct asked *asked, const struct tk_model *m)
{
	static const uint32_t ids[] = {5, 4, 3, 2, 1, 0};
	uint64_t n = tk_model_n_predictable(m);
	struct tk_candidate best[5];
	struct tk_normalizer nz;
	float keys[64];

	for (uint64_t id = 0; id < 8; id++)
		tk_embed(x, m, id, &err);
	if (tk_context(h, scratch, m, ids, LEN(ids), &err))
		for (size_t i = 0; i < 256; i++)
			h[i] = 1;
	if (tk_final_norm(h, m, &err) || n > LEN(keys) ||
	    tk_keys(keys, m, h, 0, n, &err))
		return;
	nz = tk_normalize(m, keys, (size_t)n, 0.9);
	if (tk_top_k(best, LEN(best), keys, (size_t)n, 0))
		tk_logprob(&nz, tk_logit(m, best[0].key));
	asked->predicted++;
}

/* The best tokens by way of a sketch, and probabilities by its bounds. */
static void ask_sketch(const struct tk_model *m)
{
	struct tk_candidate best[3];
	struct tk_scan_stats stats;
	struct tk_sketch s;
	void *work;
	size_t n;

	if (tk_sketch_open(&s, m, &err))
		return;
	work = aligned_alloc(64, (tk_sketch_scratch(&s) + 63) / 64 * 64);
	if (!work)
		return;
	if (!tk_sketch_top_k(best, &n, LEN(best), &s, h, work, NULL, &stats,
			     &err) && n) {
		struct tk_interval z = tk_sketch_log_normalizer(&s, work, 1);

		tk_sketch_prob(&s, z, best[0].key, 1);
	}
	free(work);
	tk_sketch_verify(m, &err);
}

static void ignore_failure(void *context, const struct tk_selftest_failure *f)
{
	unsigned *sum = context;

	*sum += f->rank + f->error.status;
}

/* As it is, and walked unchecked: it may change behind us. */
static unsigned ask_selftest(const struct tk_model *m)
{
	const struct tk_container *c = tk_model_container(m);
	size_t i = tk_container_find(c, TK_KIND_SELFTEST), pos = 0;
	struct tk_selftest_case one;
	struct tk_selftest s;
	unsigned sum = 0;
	uint32_t n_bad;

	if (i == TK_NO_SECTION)
		return 0;
	tk_selftest_open(&s, m, &err);
	s.section = tk_container_stored(c, i);
	s.offset = 0;
	s.n_cases = 8;
	while (tk_selftest_next(&one, &s, &pos)) {
		for (size_t j = 0; j < one.n_in; j++)
			sum += tk_selftest_id(&one, j);
		for (size_t j = 0; j < one.n_out; j++)
			sum += tk_selftest_out(&one, j).id;
	}
	tk_selftest_verify(&n_bad, &s, m, NULL, ignore_failure, &sum, &err);
	return sum;
}

/* Frames of an archive, and its view. */
static void ask_archive(const struct tk_container *c)
{
	struct tk_container *view = NULL;
	struct tk_coder *coder = NULL;
	struct tk_bytes data;

	if (!tk_is_archive(c) || tk_coder_open(&coder, &err))
		return;
	for (size_t i = 0; i < tk_container_count(c); i++) {
		uint64_t n = tk_frame_count(tk_container_section(c, i).size);

		/* A table may speak of terabytes. */
		for (uint64_t f = 0; f < n && f < 3; f++)
			tk_coder_decode(coder, &data, c, i, f, &err);
	}
	tk_coder_close(coder);
	if (!tk_archive_view(&view, c, &err))
		tk_container_close(view);
}

static void ask_container(const struct tk_container *c)
{
	tk_container_info(c);
	for (size_t i = 0; i < tk_container_count(c); i++) {
		struct tk_bytes b = tk_container_stored(c, i);

		assert_true(b.ptr >= tk_container_file(c).ptr);
		assert_int_equal((uintptr_t)b.ptr % 64, 0);
		/* Of an archive it decodes all that the table speaks of. */
		if (!tk_is_archive(c))
			tk_container_verify(c, i, &err);
	}
	ask_archive(c);
}

void ask_file(struct asked *asked, struct tk_bytes file)
{
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;
	struct tk_digest value;

	if (!tk_container_open_bytes(&c, file, &err)) {
		asked->opened++;
		ask_container(c);
		if (!tk_model_open(&m, c, &err)) {
			asked->models++;
			asked->sum += ask_vocab(m);
			ask_matrices(m);
			predict(asked, m);
			ask_sketch(m);
			asked->sum += ask_selftest(m);
			tk_model_value(&value, m, NULL, &err);
		}
	}
	tk_model_close(m);
	tk_container_close(c);
}
