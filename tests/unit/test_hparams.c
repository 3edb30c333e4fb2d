/* SPDX-License-Identifier: MIT */
/*
 * test_hparams.c - hyperparameters: what a reader refuses (R52 of
 * spec/format.md), and that what is written is read
 */
#include <float.h>
#include <math.h>

#include "forge.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

/* Opens a vocabulary-only file with that hparams section. */
static enum tk_status open_with(struct tk_bytes section,
				struct tk_hparams *hp)
{
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;
	enum tk_status status;
	struct image im;
	struct forge f;

	forge_start(&f);
	forge_bytes(&f, TK_KIND_HPARAMS, section);
	im = forge_image(&f);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	status = tk_model_open(&m, c, &err);
	if (!status && hp)
		*hp = tk_model_hparams(m);
	if (status)
		assert_null(m);
	else
		tk_model_close(m);
	tk_container_close(c);
	image_free(&im);
	forge_end(&f);
	return status;
}

#define MUST true
#define MAY false

static const struct {
	const char *key;
	enum tk_kv_type type;
	double number;
	const char *text;
	bool must;
	bool legal;
} values[] = {
	{"n_ctx", TK_KV_U64, 1024, NULL, MAY, true},
	{"n_ctx", TK_KV_U64, 0, NULL, MAY, false},
	{"n_ctx", TK_KV_U64, 1024, NULL, MUST, false},
	{"n_ctx", TK_KV_F64, 1024, NULL, MAY, false},
	{"d_model", TK_KV_U64, 1, NULL, MAY, true},
	{"d_model", TK_KV_U64, 131072, NULL, MAY, true},
	{"d_model", TK_KV_U64, 131073, NULL, MAY, false},
	{"d_model", TK_KV_U64, 0x1p63, NULL, MAY, false},
	{"d_model", TK_KV_U64, 0, NULL, MAY, false},
	{"d_model", TK_KV_U64, 8, NULL, MUST, false},
	{"tied", TK_KV_BOOL, 0, NULL, MUST, false},
	{"tied", TK_KV_U64, 1, NULL, MUST, false},
	{"tied", TK_KV_BOOL, 1, NULL, MAY, false},
	{"embed_scale", TK_KV_F64, 0.5, NULL, MUST, true},
	{"embed_scale", TK_KV_F64, -2, NULL, MUST, true},
	{"embed_scale", TK_KV_F64, 0, NULL, MUST, true},
	{"embed_scale", TK_KV_F64, (double)FLT_MAX, NULL, MUST, true},
	{"embed_scale", TK_KV_F64, 0x1p-149, NULL, MUST, true},
	{"embed_scale", TK_KV_F64, 0x1p-150, NULL, MUST, false},
	{"embed_scale", TK_KV_F64, 1, NULL, MUST, false},
	{"embed_scale", TK_KV_F64, 0.1, NULL, MUST, false},
	{"embed_scale", TK_KV_F64, 1e300, NULL, MUST, false},
	{"embed_scale", TK_KV_F64, 0.5, NULL, MAY, false},
	{"embed_scale", TK_KV_U64, 2, NULL, MUST, false},
	{"logit_scale", TK_KV_F64, 2, NULL, MUST, true},
	{"logit_scale", TK_KV_F64, 1, NULL, MUST, false},
	{"logit_scale", TK_KV_F64, 0, NULL, MUST, false},
	{"logit_scale", TK_KV_F64, -1, NULL, MUST, false},
	{"logit_softcap", TK_KV_F64, 30, NULL, MUST, true},
	{"logit_softcap", TK_KV_F64, 0, NULL, MUST, false},
	{"logit_softcap", TK_KV_F64, -0.0, NULL, MUST, false},
	{"logit_softcap", TK_KV_F64, -30, NULL, MUST, false},
	{"final_norm", TK_KV_TEXT, 0, "layernorm", MUST, true},
	{"final_norm", TK_KV_TEXT, 0, "rmsnorm", MUST, true},
	{"final_norm", TK_KV_TEXT, 0, "none", MUST, false},
	{"final_norm", TK_KV_TEXT, 0, "", MUST, false},
	{"final_norm", TK_KV_TEXT, 0, "layernor", MUST, false},
	{"final_norm", TK_KV_TEXT, 0, "layernorm2", MUST, false},
	{"final_norm", TK_KV_TEXT, 0, "LayerNorm", MUST, false},
	{"final_norm", TK_KV_TEXT, 0, "rmsnorm", MAY, false},
	{"final_norm", TK_KV_BYTES, 0, "rmsnorm", MUST, false},
	{"final_norm_eps", TK_KV_F64, 1e-5, NULL, MUST, true},
	{"final_norm_eps", TK_KV_F64, 0, NULL, MUST, false},
	{"final_norm_eps", TK_KV_F64, -1e-5, NULL, MUST, false},
	{"final_norm_offset", TK_KV_F64, 1, NULL, MUST, true},
	{"final_norm_offset", TK_KV_F64, 0.3, NULL, MUST, false},
	{"final_norm_offset", TK_KV_F64, 0, NULL, MUST, false},
	{"embed_norm", TK_KV_TEXT, 0, "rmsnorm", MUST, true},
	{"embed_norm", TK_KV_TEXT, 0, "none", MUST, false},
	{"embed_norm", TK_KV_TEXT, 0, "batchnorm", MUST, false},
	{"embed_norm_eps", TK_KV_F64, 1e-12, NULL, MUST, true},
	{"embed_norm_eps", TK_KV_F64, -1, NULL, MUST, false},
	{"somebodys.own", TK_KV_BYTES, 0, "x", MAY, true},
	{"somebodys.own", TK_KV_BYTES, 0, "x", MUST, true},
};

static void set(struct tk_kv_builder *b, size_t i)
{
	const char *key = values[i].key;
	bool must = values[i].must;

	switch (values[i].type) {
	case TK_KV_BOOL:
		tk_kv_set_bool(b, key, values[i].number != 0, must);
		break;
	case TK_KV_U64:
		tk_kv_set_u64(b, key, (uint64_t)values[i].number, must);
		break;
	case TK_KV_F64:
		tk_kv_set_f64(b, key, values[i].number, must);
		break;
	case TK_KV_TEXT:
		tk_kv_set_text(b, key, bytes_of(values[i].text), must);
		break;
	default:
		tk_kv_set_bytes(b, key, bytes_of(values[i].text), must);
	}
}

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(values); i++) {
		struct tk_kv_builder *b = tk_kv_builder_new();
		struct tk_bytes section;
		enum tk_status status;

		set(b, i);
		assert_ok(tk_kv_builder_finish(&section, b, &err), err);
		status = open_with(section, NULL);
		if (status != (values[i].legal ? TK_OK : TK_E_VALUE))
			fail_msg("value %zu, of %s: %s", i, values[i].key,
				 tk_status_text(status));
		if (status && !strstr(err.message, values[i].key))
			fail_msg("%s is not named: %s", values[i].key,
				 err.message);
		tk_kv_builder_free(b);
	}
}

/* ---- writing ---- */

static struct image image_with(const struct tk_hparams *hp)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	f.hp = *hp;
	im = forge_image(&f);
	forge_end(&f);
	return im;
}

static struct tk_hparams read_back(const struct tk_hparams *hp)
{
	struct image im = image_with(hp);
	size_t e = image_entry(&im, TK_KIND_HPARAMS);
	struct tk_bytes section = {
		im.data + image_section(&im, TK_KIND_HPARAMS),
		(size_t)image_get(&im, e + 0x38, 8),
	};
	struct tk_hparams is = {.n_ctx = 0};

	assert_ok(open_with(section, &is), err);
	image_free(&im);
	return is;
}

static void expect_equal(const struct tk_hparams *a,
			 const struct tk_hparams *b)
{
	assert_true(a->n_ctx == b->n_ctx && a->tied == b->tied);
	assert_true(a->embed_scale == b->embed_scale);
	assert_true(a->logit_scale == b->logit_scale);
	assert_true(a->logit_softcap == b->logit_softcap);
	assert_int_equal(a->final_norm, b->final_norm);
	assert_true(a->final_norm_eps == b->final_norm_eps);
	assert_true(a->final_norm_offset == b->final_norm_offset);
	assert_int_equal(a->embed_norm, b->embed_norm);
	assert_true(a->embed_norm_eps == b->embed_norm_eps);
	assert_true(a->d_model == b->d_model);
}

static void test_round_trip(void **state)
{
	struct tk_hparams hp = tk_hparams_default(), is;

	(void)state;
	is = read_back(&hp);
	expect_equal(&hp, &is);
	assert_int_equal(is.n_tokens, 6);
	assert_int_equal(is.d_vocab, 0);
	hp = (struct tk_hparams){
		.n_ctx = UINT64_MAX,
		.embed_scale = 27.712812F,
		.logit_scale = 0.0625F,
		.logit_softcap = 30,
		.final_norm = TK_NORM_LAYER,
		.final_norm_eps = 1e-5,
		.final_norm_offset = 1,
		.embed_norm = TK_NORM_RMS,
		.embed_norm_eps = 1e-12,
		.d_model = 768,
	};
	is = read_back(&hp);
	expect_equal(&hp, &is);
}

/* One model has one encoding: what is not used is not written. */
static void test_left_out(void **state)
{
	struct tk_hparams hp = tk_hparams_default();
	struct image a = image_with(&hp), b;

	(void)state;
	hp.final_norm_eps = 1e-5;
	hp.final_norm_offset = 1;
	hp.embed_norm_eps = 1e-5;
	hp.d_vocab = hp.n_tokens = 1234; /* read only */
	b = image_with(&hp);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.data, b.data, a.size);
	image_free(&a);
	image_free(&b);
}

/* tk_hparams_check(), and no half a section from a writer. */
static void expect_unwritable(const struct tk_hparams *hp)
{
	struct tmpdir d = tmpdir_make();
	struct tk_writer *w;

	assert_status(tk_hparams_check(hp, &err), TK_E_VALUE);
	assert_ok(tk_writer_open(&w, tmpdir_file(&d, "x"), 1, false, &err),
		  err);
	assert_status(tk_hparams_write(w, hp, true, NULL, &err), TK_E_VALUE);
	assert_status(tk_writer_commit(w, &err), TK_E_ARGUMENT);
	assert_int_equal(tmpdir_count(&d), 0);
	tmpdir_remove(&d);
}

static void test_unwritable(void **state)
{
	(void)state;
#define BAD(member, value)                                                    \
	do {                                                                  \
		struct tk_hparams hp = tk_hparams_default();                  \
		hp.member = value;                                            \
		expect_unwritable(&hp);                                       \
	} while (0)
	BAD(embed_scale, NAN);
	BAD(embed_scale, -INFINITY);
	BAD(logit_scale, 0);
	BAD(logit_scale, -1);
	BAD(logit_scale, NAN);
	BAD(logit_scale, INFINITY);
	BAD(logit_softcap, -1);
	BAD(logit_softcap, NAN);
	BAD(logit_softcap, INFINITY);
	BAD(final_norm_eps, -1e-9);
	BAD(final_norm_eps, (double)NAN);
	BAD(final_norm_offset, INFINITY);
	BAD(embed_norm_eps, (double)INFINITY);
	BAD(final_norm, (enum tk_norm)3);
	BAD(embed_norm, (enum tk_norm)3);
	BAD(d_model, 131073);
#undef BAD
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
