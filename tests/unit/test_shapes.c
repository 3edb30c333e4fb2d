/* SPDX-License-Identifier: MIT */
/*
 * test_shapes.c - matrices of all shapes that a model may have, and those it
 * may not (R53 and R54 of spec/format.md); what such models can do
 */
#include "forge.h"
#include "test.h"

static struct tk_error err;

struct opened {
	struct image im;
	struct tk_container *c;
	struct tk_model *m;
};

/* Opens and ends the forge. */
static enum tk_status try_open(struct opened *o, struct forge *f)
{
	*o = (struct opened){.im = forge_image(f)};
	forge_end(f);
	assert_ok(tk_container_open_bytes(&o->c, image_bytes(&o->im), &err),
		  err);
	return tk_model_open(&o->m, o->c, &err);
}

static void close_opened(struct opened *o)
{
	tk_model_close(o->m);
	tk_container_close(o->c);
	image_free(&o->im);
}

static struct forge start(void)
{
	struct forge f;

	forge_start(&f);
	return f;
}

/* A matrix of d = 4, a vector if it has one row. */
static void add(struct forge *f, uint32_t kind, uint64_t rows, uint64_t cols)
{
	struct rng r = {kind};

	forge_random(f, kind, TK_F32, rows, cols, &r);
}

static void expect(const char *name, struct forge *f, enum tk_status status)
{
	struct opened o;
	enum tk_status is = try_open(&o, f);

	if (is != status)
		fail_msg("%s: %s", name, is ? err.message : "opens");
	close_opened(&o);
}

/* ---- R53 ---- */

static void test_tied(void **state)
{
	struct forge f = start();

	(void)state;
	f.hp.tied = true;
	add(&f, TK_KIND_W_E, 6, 4);
	expect("legal: tied", &f, TK_OK);
	f = start();
	f.hp.tied = true;
	add(&f, TK_KIND_W_E, 6, 4);
	add(&f, TK_KIND_W_U, 6, 4);
	expect("R53 tied, with a w_u", &f, TK_E_SECTION);
	f = start();
	f.hp.tied = true;
	add(&f, TK_KIND_W_U, 6, 4);
	expect("R53 tied, with a w_u, without a w_e", &f, TK_E_SECTION);
	f = start();
	f.hp.tied = true;
	expect("R53 tied, without a w_e", &f, TK_E_SECTION);
}

static void test_norms(void **state)
{
	static const struct {
		uint32_t kind;
		bool final;
	} parts[] = {
		{TK_KIND_EMBED_NORM_WEIGHT, false},
		{TK_KIND_EMBED_NORM_BIAS, false},
		{TK_KIND_FINAL_NORM_WEIGHT, true},
		{TK_KIND_FINAL_NORM_BIAS, true},
	};

	(void)state;
	for (size_t i = 0; i < LEN(parts); i++)
		for (int norm = 0; norm < 4; norm++) {
			struct forge f = start();

			/* The other norm makes no difference. */
			if (parts[i].final == (norm > 1))
				f.hp.final_norm = TK_NORM_RMS;
			if (parts[i].final == (norm < 2))
				f.hp.embed_norm = TK_NORM_RMS;
			add(&f, TK_KIND_W_E, 6, 4);
			add(&f, parts[i].kind, 1, 4);
			expect("R53 norm", &f,
			       norm > 1 ? TK_OK : TK_E_SECTION);
			f = start();
			f.hp.final_norm = f.hp.embed_norm = TK_NORM_RMS;
			add(&f, parts[i].kind, 1, 4);
			if (norm == 0)
				expect("R54 no matrix", &f, TK_E_SHAPE);
			else
				forge_end(&f);
		}
}

static void add_d_model(struct forge *f)
{
	f->others = tk_kv_builder_new();
	tk_kv_set_u64(f->others, "d_model", 4, false);
}

static void test_d_model(void **state)
{
	struct forge f = start();
	struct opened o;

	(void)state;
	add_d_model(&f);
	assert_ok(try_open(&o, &f), err);
	assert_int_equal(tk_model_hparams(o.m).d_model, 4);
	close_opened(&o);
	f = start();
	add_d_model(&f);
	add(&f, TK_KIND_W_E, 6, 4);
	expect("R53 d_model and w_e", &f, TK_E_SECTION);
	f = start();
	add_d_model(&f);
	add(&f, TK_KIND_W_U, 6, 4);
	expect("R53 d_model and w_u", &f, TK_E_SECTION);
}

/* ---- R54 ---- */

static void test_parts_of_nothing(void **state)
{
	struct forge f = start();

	(void)state;
	add(&f, TK_KIND_W_E, 6, 4);
	add(&f, TK_KIND_B_U, 1, 6);
	expect("R54 b_u without a W_U", &f, TK_E_SHAPE);
	f = start();
	f.hp.tied = true;
	add(&f, TK_KIND_W_E, 6, 4);
	add(&f, TK_KIND_B_U, 1, 6);
	expect("legal: b_u, tied", &f, TK_OK);
	f = start();
	add(&f, TK_KIND_W_U, 6, 4);
	add(&f, TK_KIND_MIX, 2, 4);
	expect("R54 mix without a w_e", &f, TK_E_SHAPE);
	f = start();
	f.hp.embed_norm = TK_NORM_RMS;
	add(&f, TK_KIND_W_U, 6, 4);
	add(&f, TK_KIND_EMBED_NORM_WEIGHT, 1, 4);
	expect("R54 embed norm without a w_e", &f, TK_E_SHAPE);
}

static void test_mix(void **state)
{
	static const struct {
		uint64_t n_ctx, rows, cols;
		enum tk_status status;
	} mixes[] = {
		{0, 1, 4, TK_OK},	   {0, 9, 1, TK_OK},
		{3, 3, 4, TK_OK},	   {3, 4, 4, TK_E_SHAPE},
		{3, 4, 1, TK_E_SHAPE},	   {0, 2, 2, TK_E_SHAPE},
		{0, 2, 5, TK_E_SHAPE},	   {0, 65536, 1, TK_OK},
		{65535, 65536, 1, TK_E_SHAPE},
	};

	(void)state;
	for (size_t i = 0; i < LEN(mixes); i++) {
		struct forge f = start();

		f.hp.n_ctx = mixes[i].n_ctx;
		add(&f, TK_KIND_W_E, 6, 4);
		add(&f, TK_KIND_MIX, mixes[i].rows, mixes[i].cols);
		expect("mix", &f, mixes[i].status);
	}
}

/* ---- what there is, and what can be done with it ---- */

static void expect_can_predict(const struct opened *o, enum tk_status status)
{
	float keys[16], h[8] = {0};

	assert_status(tk_can_predict(o->m, &err), status);
	if (status)
		assert_status(tk_keys(keys, o->m, h, 0, 0, &err), status);
}

static void test_vocabulary_only(void **state)
{
	struct forge f = start();
	struct opened o;
	float x[8], y[8];
	uint32_t id = 0;

	(void)state;
	assert_ok(try_open(&o, &f), err);
	assert_null(tk_model_w_e(o.m).data);
	assert_null(tk_model_w_u(o.m).data);
	assert_int_equal(tk_model_n_predictable(o.m), 0);
	assert_int_equal(tk_model_hparams(o.m).d_model, 0);
	assert_int_equal(tk_model_hparams(o.m).d_vocab, 0);
	assert_status(tk_embed(x, o.m, 0, &err), TK_E_SECTION);
	assert_status(tk_context(x, y, o.m, &id, 1, &err), TK_E_SECTION);
	expect_can_predict(&o, TK_E_SECTION);
	assert_ptr_equal(tk_model_container(o.m), o.c);
	close_opened(&o);
}

/* Rows of W_E and W_U, tokens, what can be predicted. */
static void test_rows(void **state)
{
	static const struct {
		uint64_t e, u, d_vocab, predictable;
	} rows[] = {
		{6, 0, 6, 0}, {0, 6, 6, 6}, {6, 6, 6, 6},   {9, 6, 6, 6},
		{6, 9, 9, 6}, {9, 9, 9, 6}, {6, 4, 4, 4},   {2, 1, 1, 1},
		{1, 9, 9, 6}, {0, 1, 1, 1}, {7, 100, 100, 6},
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct forge f = start();
		struct opened o;
		float x[4];

		if (rows[i].e)
			add(&f, TK_KIND_W_E, rows[i].e, 4);
		if (rows[i].u)
			add(&f, TK_KIND_W_U, rows[i].u, 4);
		assert_ok(try_open(&o, &f), err);
		assert_int_equal(tk_model_hparams(o.m).d_vocab,
				 rows[i].d_vocab);
		assert_int_equal(tk_model_hparams(o.m).d_model, 4);
		assert_int_equal(tk_model_hparams(o.m).n_tokens, 6);
		assert_int_equal(tk_model_n_predictable(o.m),
				 rows[i].predictable);
		assert_int_equal(tk_model_w_e(o.m).rows, rows[i].e);
		assert_int_equal(tk_model_w_u(o.m).rows, rows[i].u);
		expect_can_predict(&o, rows[i].u ? TK_OK : TK_E_SECTION);
		for (uint64_t id = 0; rows[i].e && id < 12; id++)
			assert_status(tk_embed(x, o.m, id, &err),
				      id < rows[i].e ? TK_OK
						     : TK_E_NOT_FOUND);
		close_opened(&o);
	}
}

/* W_U's columns are d_model; then there is no way from W_E to it. */
static void test_two_widths(void **state)
{
	float h[4] = {1, 1, 1, 1}, x[8], y[8], keys[6];
	uint32_t ids[] = {0, 1};

	(void)state;
	for (int mix = 0; mix < 2; mix++) {
		struct forge f = start();
		struct opened o;

		add(&f, TK_KIND_W_E, 6, 8);
		add(&f, TK_KIND_W_U, 6, 4);
		if (mix)
			add(&f, TK_KIND_MIX, 2, 8);
		assert_ok(try_open(&o, &f), err);
		assert_int_equal(tk_model_hparams(o.m).d_model, 4);
		memset(x, 0x55, sizeof(x));
		memcpy(y, x, sizeof(y));
		assert_status(tk_context(x, x, o.m, ids, 2, &err),
			      TK_E_SHAPE);
		assert_memory_equal(x, y, sizeof(x));
		assert_ok(tk_keys(keys, o.m, h, 0, 6, &err), err);
		close_opened(&o);
	}
}

/* A key that must be understood stops prediction, and nothing else. */
static void test_unknown_key(void **state)
{
	struct forge f = start();
	struct opened o;
	uint32_t id;
	float x[4];

	(void)state;
	f.others = tk_kv_builder_new();
	tk_kv_set_u64(f.others, "a.may", 1, false);
	tk_kv_set_u64(f.others, "b.must", 1, true);
	tk_kv_set_u64(f.others, "c.must", 1, true);
	add(&f, TK_KIND_W_E, 6, 4);
	add(&f, TK_KIND_W_U, 6, 4);
	assert_ok(try_open(&o, &f), err);
	assert_int_equal(tk_model_unknown_key(o.m).len, 6);
	assert_memory_equal(tk_model_unknown_key(o.m).ptr, "b.must", 6);
	expect_can_predict(&o, TK_E_FEATURE);
	assert_non_null(strstr(err.message, "b.must"));
	assert_ok(tk_embed(x, o.m, 0, &err), err);
	assert_ok(tk_model_find(&id, o.m, bytes_of("the"), &err), err);
	close_opened(&o);
}

/* Each matrix, as it was given. */
static void test_views(void **state)
{
	struct image im = forge_whole();
	struct tk_container *c;
	struct tk_model *m;

	(void)state;
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	for (uint32_t kind = 0; kind < 0x50; kind++) {
		struct tk_matrix v = tk_model_matrix(m, kind);
		size_t i = tk_container_find(c, kind);
		struct tk_section s;

		if (i == TK_NO_SECTION || kind < 0x20) {
			assert_null(v.data);
			continue;
		}
		s = tk_container_section(c, i);
		assert_ptr_equal(v.data, im.data + s.offset);
		assert_true(v.rows == s.rows && v.cols == s.cols &&
			    v.row_stride == s.row_stride &&
			    v.dtype == s.dtype);
	}
	assert_null(tk_model_matrix(m, UINT32_MAX).data);
	assert_true(tk_has_mix(m));
	assert_int_equal(tk_model_keyvalues(m, TK_KIND_W_E).len, 0);
	assert_true(tk_model_keyvalues(m, TK_KIND_NOTE).len > 8);
	tk_model_close(m);
	tk_model_close(NULL);
	tk_container_close(c);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tied),
		cmocka_unit_test(test_norms),
		cmocka_unit_test(test_d_model),
		cmocka_unit_test(test_parts_of_nothing),
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_vocabulary_only),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_two_widths),
		cmocka_unit_test(test_unknown_key),
		cmocka_unit_test(test_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
