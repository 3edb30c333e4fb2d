/* SPDX-License-Identifier: MIT */
/*
 * test_sketch.c - the sketch in a file: written, found, verified, searched
 */
#include <math.h>

#include "base/endian.h"
#include "container/layout.h"
#include "rng.h"
#include "test.h"
#include "tmpdir.h"

#define ROWS 1500 /* in W_U; the last 20 have no token */
#define TOKENS 1480
#define COLS 96
#define STRIDE (4 * COLS)

static struct tmpdir dir;
static uint8_t matrix[ROWS * STRIDE];
static uint8_t bias[4 * ROWS];
static float hidden[COLS];

/* What a file is to be like. */
struct wish {
	bool tied;
	bool bias;
	bool stale;
	struct tk_bytes sketch; /* in the place of the right one */
};

static const uint8_t *read_rows(void *context, uint64_t first, uint64_t n)
{
	(void)context;
	return first + n <= TOKENS ? matrix + first * STRIDE : NULL;
}

static const uint8_t *read_nothing(void *context, uint64_t first, uint64_t n)
{
	(void)context;
	return first + n <= 64 ? matrix + first * STRIDE : NULL;
}

static struct tk_row_source the_rows(void)
{
	return (struct tk_row_source){.rows = TOKENS,
				      .cols = COLS,
				      .dtype = TK_F32,
				      .read = read_rows};
}

static void fill(void)
{
	struct rng r = {7};

	for (size_t i = 0; i < sizeof(matrix) / 4; i++)
		tk_store_f32(matrix + 4 * i, rng_float(&r));
	for (size_t i = 0; i < ROWS; i++)
		tk_store_f32(bias + 4 * i,
			     i % 9 ? rng_float(&r) : -INFINITY);
	for (size_t i = 0; i < COLS; i++)
		hidden[i] = rng_float(&r);
}

static void add_vocab(struct tk_writer *w)
{
	static struct tk_bytes tokens[TOKENS];
	static char names[TOKENS][8];
	struct tk_vocab_parts parts = {.n_tokens = TOKENS, .tokens = tokens};

	for (int i = 0; i < TOKENS; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		tokens[i] = bytes_of(names[i]);
	}
	assert_status(tk_vocab_write(w, &parts, NULL), TK_OK);
}

static void add_matrix(struct tk_writer *w, uint32_t kind, const void *data,
		       uint64_t rows, uint64_t cols, struct tk_digest *digest)
{
	struct tk_section_spec spec = {.kind = kind,
				       .dtype = TK_F32,
				       .rows = rows,
				       .cols = cols};
	struct tk_bytes bytes = {data,
				 (size_t)(rows * tk_row_stride(TK_F32, cols))};

	assert_status(tk_writer_begin(w, &spec, NULL), TK_OK);
	assert_status(tk_writer_write(w, bytes, NULL), TK_OK);
	assert_status(tk_writer_end(w, digest, NULL), TK_OK);
}

static struct tk_model *make(struct tk_container **c, struct wish wish)
{
	const char *path = tmpdir_file(&dir, "x.tk");
	struct tk_hparams hp = tk_hparams_default();
	struct tk_row_source rows = the_rows();
	struct tk_digest digest;
	struct tk_writer *w;
	struct tk_model *m;
	struct tk_error err;
	static uint8_t padded[(4 * ROWS + 63) / 64 * 64];

	hp.tied = wish.tied;
	memcpy(padded, bias, sizeof(bias));
	assert_ok(tk_writer_open(&w, path, 5U + wish.bias, true, &err), err);
	assert_ok(tk_hparams_write(w, &hp, false, NULL, &err), err);
	add_vocab(w);
	if (wish.bias)
		add_matrix(w, TK_KIND_B_U, padded, 1, ROWS, NULL);
	add_matrix(w, wish.tied ? TK_KIND_W_E : TK_KIND_W_U, matrix, ROWS,
		   COLS, &digest);
	digest.b[3] ^= wish.stale;
	if (wish.sketch.len)
		assert_ok(tk_writer_add(w, TK_KIND_SKETCH, wish.sketch, NULL,
					&err), err);
	else
		assert_ok(tk_sketch_write(w, &rows, &digest, &err), err);
	assert_ok(tk_writer_commit(w, &err), err);
	assert_ok(tk_container_open(c, path, &err), err);
	assert_ok(tk_model_open(&m, *c, &err), err);
	return m;
}

static void end(struct tk_container *c, struct tk_model *m)
{
	tk_model_close(m);
	tk_container_close(c);
}

/* ---- searching ---- */

/* The jobs backwards, as no thread would. */
static void run_backwards(void *pool, size_t n,
			  void (*work)(void *context, size_t i), void *context)
{
	size_t *ran = pool;

	while (n--) {
		work(context, n);
		++*ran;
	}
}

static void check_search(struct tk_model *m, struct tk_sketch *s, size_t k,
			 const struct tk_parallel *parallel)
{
	static float keys[TOKENS];
	static struct tk_candidate expected[TOKENS], best[TOKENS];
	void *scratch = aligned_alloc(64, tk_sketch_scratch(s));
	size_t n = 0, n_expected;
	struct tk_scan_stats stats;
	struct tk_normalizer nz;
	struct tk_interval z, p;
	struct tk_error err;
	double ln;

	assert_non_null(scratch);
	assert_ok(tk_keys(keys, m, hidden, 0, TOKENS, &err), err);
	n_expected = tk_top_k(expected, k, keys, TOKENS, 0);
	assert_ok(tk_sketch_top_k(best, &n, k, s, hidden, scratch, parallel,
				  &stats, &err), err);
	assert_int_equal(n, n_expected);
	assert_memory_equal(best, expected, n * sizeof(*best));
	assert_true(stats.scan == TK_SCAN_FULL
			    ? stats.rows_rescored >= TOKENS
			    : stats.rows_rescored < TOKENS / 2);
	assert_true(stats.bytes_read >= stats.rows_rescored * STRIDE);
	nz = tk_normalize(m, keys, TOKENS, 0.5);
	ln = tk_log_normalizer(&nz);
	z = tk_sketch_log_normalizer(s, scratch, 0.5);
	assert_true(z.lower <= ln && ln <= z.upper);
	assert_true(z.upper - z.lower < 3);
	for (size_t i = 0; i < n; i++) {
		double exact = tk_prob(&nz, tk_logit(m, best[i].key));

		p = tk_sketch_prob(s, z, best[i].key, 0.5);
		assert_true(p.lower <= exact && exact <= p.upper);
		assert_true(p.upper <= 1 && p.lower >= 0);
	}
	free(scratch);
}

static void test_search(void **state)
{
	size_t ran = 0;
	struct tk_parallel backwards = {run_backwards, &ran};
	struct tk_container *c;
	struct tk_sketch s;
	struct tk_error err;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct tk_model *m = make(&c, (struct wish){.tied = i % 2,
							    .bias = i / 2});

		assert_ok(tk_sketch_open(&s, m, &err), err);
		assert_int_equal(s.rows, TOKENS);
		check_search(m, &s, 1, NULL);
		check_search(m, &s, 10, &backwards);
		check_search(m, &s, 300, NULL);
		check_search(m, &s, TOKENS, &backwards);
		assert_ok(tk_sketch_verify(m, &err), err);
		end(c, m);
	}
	assert_true(ran > 0);
}

static void test_values(void **state)
{
	struct tk_candidate best[3];
	struct tk_container *c;
	struct tk_model *m = make(&c, (struct wish){0});
	float bad[COLS] = {0};
	struct tk_sketch s;
	struct tk_error err;
	size_t n = 99;
	void *scratch;

	(void)state;
	assert_ok(tk_sketch_open(&s, m, &err), err);
	scratch = aligned_alloc(64, tk_sketch_scratch(&s));
	assert_non_null(scratch);
	bad[5] = NAN;
	assert_status(tk_sketch_top_k(best, &n, 3, &s, bad, scratch, NULL,
				      NULL, &err), TK_E_VALUE);
	assert_non_null(strstr(err.message, "element 5 "));
	assert_int_equal(n, 99);
	/* No candidates wanted: none, and the keys were looked at. */
	assert_ok(tk_sketch_top_k(best, &n, 0, &s, hidden, scratch, NULL,
				  NULL, &err), err);
	assert_int_equal(n, 0);
	free(scratch);
	end(c, m);
}

/* ---- what is no sketch of this matrix ---- */

/* The right section, in a block of its own. */
static uint8_t *right_section(size_t *len)
{
	struct tk_container *c;
	struct tk_model *m = make(&c, (struct wish){0});
	struct tk_bytes b = tk_container_stored(
		c, tk_container_find(c, TK_KIND_SKETCH));
	uint8_t *copy = malloc(b.len);

	assert_non_null(copy);
	memcpy(copy, b.ptr, b.len);
	*len = b.len;
	end(c, m);
	return copy;
}

static void check_open(const uint8_t *section, size_t len,
		       enum tk_status opened, enum tk_status verified)
{
	struct tk_container *c;
	struct tk_model *m = make(&c, (struct wish){.sketch = {section, len}});
	struct tk_sketch s;

	assert_status(tk_sketch_open(&s, m, NULL), opened);
	assert_status(tk_sketch_verify(m, NULL), verified);
	end(c, m);
}

static void test_forms(void **state)
{
	static const struct {
		size_t at;
		enum tk_status status;
	} bad[] = {
		{0, TK_E_NOT_FOUND},	{15, TK_E_NOT_FOUND},
		{16, TK_E_NOT_FOUND},	{31, TK_E_NOT_FOUND},
		{0x20, TK_E_SECTION},	{0x27, TK_E_SECTION},
		{0x28, TK_E_SECTION},	{0x2c, TK_E_SECTION},
		{0x34, TK_E_RESERVED},	{0x3f, TK_E_RESERVED},
	};
	size_t len;
	uint8_t *section = right_section(&len);

	(void)state;
	check_open(section, len, TK_OK, TK_OK);
	for (size_t i = 0; i < LEN(bad); i++) {
		section[bad[i].at] ^= 1;
		check_open(section, len, bad[i].status, bad[i].status);
		section[bad[i].at] ^= 1;
	}
	check_open(section, 20, TK_E_SECTION, TK_E_SECTION);
	check_open(section, 63, TK_E_SECTION, TK_E_SECTION);
	check_open(section, len - 1, TK_E_SECTION, TK_E_SECTION);
	free(section);
}

/* A change in any array is found, and where it is. */
static void test_verify(void **state)
{
	struct rng r = {3};
	size_t len;
	uint8_t *section = right_section(&len);

	(void)state;
	for (int i = 0; i < 24; i++) {
		size_t at = i ? 64 + (size_t)rng_below(&r, len - 64) : 0x31;
		struct tk_container *c;
		struct tk_model *m;
		struct tk_error err;
		uint64_t where;

		if (i > 12) /* the norms are a small part */
			at = len - 1 - (size_t)rng_below(&r, 384 * 47);
		section[at] ^= 0x10;
		m = make(&c, (struct wish){.sketch = {section, len}});
		where = tk_container_section(
				c, tk_container_find(c, TK_KIND_SKETCH))
				.offset;
		assert_status(tk_sketch_verify(m, &err), TK_E_CHECKSUM);
		assert_int_equal(err.offset, where + at);
		end(c, m);
		section[at] ^= 0x10;
	}
	free(section);
}

static void test_stale(void **state)
{
	struct tk_container *c;
	struct tk_model *m = make(&c, (struct wish){.stale = true});
	struct tk_sketch s;

	(void)state;
	assert_status(tk_sketch_open(&s, m, NULL), TK_E_NOT_FOUND);
	end(c, m);
}

/* Rows that cannot be read end the writing. */
static void test_read_fails(void **state)
{
	struct tk_row_source rows = the_rows();
	struct tk_digest digest = {{0}};
	struct tk_writer *w;
	struct tk_error err;

	(void)state;
	rows.read = read_nothing;
	assert_ok(tk_writer_open(&w, tmpdir_file(&dir, "y.tk"), 1, false,
				 &err), err);
	assert_status(tk_sketch_write(w, &rows, &digest, &err), TK_E_IO);
	assert_non_null(strstr(err.message, "rows from 64 "));
	tk_writer_abort(w);
}

static int set_up(void **state)
{
	(void)state;
	dir = tmpdir_make();
	fill();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tmpdir_remove(&dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_read_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
