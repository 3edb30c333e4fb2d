/* SPDX-License-Identifier: MIT */
/*
 * test_rewritten.c - a file that is written over while it is open
 *
 * What was checked at open is held in the heap: the structure stays what it
 * was.  Contents may be anything; nothing is read outside of the file.
 */
#include "archived.h"
#include "guard.h"
#include "modelrows.h"
#include "samples.h"
#include "test.h"

static struct tk_error err;

static struct guard guarded(const struct image *im)
{
	return guard_copy(im->data, im->size, 64);
}

static struct tk_bytes bytes_in(const struct guard *g)
{
	return (struct tk_bytes){g->data, g->size};
}

/* Header and table are gone, and nobody misses them. */
static void test_head(void **state)
{
	struct image im = forge_whole();
	struct guard g = guarded(&im);
	struct tk_file_info before, after;
	struct tk_section old[FORGE_MAX], now;
	struct tk_container *c;
	struct tk_model *m;
	size_t n;

	(void)state;
	assert_ok(tk_container_open_bytes(&c, bytes_in(&g), &err), err);
	before = tk_container_info(c);
	n = tk_container_count(c);
	for (size_t i = 0; i < n; i++)
		old[i] = tk_container_section(c, i);
	memset(g.data, 0xff, sample_head(&im));
	after = tk_container_info(c);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.content.b, after.content.b, 16);
	assert_int_equal(tk_container_count(c), n);
	for (size_t i = 0; i < n; i++) {
		now = tk_container_section(c, i);
		assert_memory_equal(&old[i], &now, sizeof(now));
		assert_ok(tk_container_verify(c, i, &err), err);
	}
	assert_ok(tk_model_open(&m, c, &err), err);
	tk_model_close(m);
	tk_container_close(c);
	guard_free(&g);
	image_free(&im);
}

/* The view of an archive is made of header and table as they were. */
static void test_view(void **state)
{
	struct image plain = archived_plain();
	struct image im = archived_image(&plain);
	struct guard g = guarded(&im);
	struct tk_container *a, *v, *p;
	size_t w_u;

	(void)state;
	assert_ok(tk_container_open_bytes(&p, image_bytes(&plain), &err), err);
	assert_ok(tk_container_open_bytes(&a, bytes_in(&g), &err), err);
	memset(g.data, 0xff, sample_head(&im));
	assert_ok(tk_archive_view(&v, a, &err), err);
	assert_memory_equal(tk_container_info(v).file.b,
			    tk_container_info(p).file.b, 16);
	w_u = tk_container_find(v, TK_KIND_W_U);
	assert_ok(tk_archive_load(v, a, w_u, 0,
				  tk_container_section(v, w_u).size, &err),
		  err);
	assert_memory_equal(tk_container_stored(v, w_u).ptr,
			    tk_container_stored(p, w_u).ptr,
			    tk_container_stored(p, w_u).len);
	tk_container_close(v);
	tk_container_close(a);
	tk_container_close(p);
	guard_free(&g);
	image_free(&im);
	image_free(&plain);
}

/* All that is asked of a model that was opened before. */
static void ask(const struct tk_model *m, const struct tk_sketch *sketch,
		const struct tk_selftest *test, void *scratch)
{
	static const uint32_t ids[] = {5, 0, 3};
	struct tk_candidate best[4];
	float h[64], x[64], keys[16];
	struct tk_bytes token, key;
	uint32_t id, n_bad;
	size_t n;

	for (uint32_t i = 0; i < 8; i++) {
		tk_model_token_kind(m, i);
		tk_model_token_score(m, i);
		if (!tk_model_token(&token, m, i, NULL))
			tk_model_find(&id, m, token, NULL);
		tk_model_verify_row(m, TK_KIND_W_U, i, NULL);
	}
	for (int s = 0; s < TK_N_SPECIAL; s++)
		tk_tokenizer_special(m, (enum tk_special)s);
	key = tk_model_unknown_key(m);
	assert_false(key.len);
	if (!tk_context(h, x, m, ids, LEN(ids), NULL) &&
	    !tk_final_norm(h, m, NULL)) {
		tk_keys(keys, m, h, 0, tk_model_n_predictable(m), NULL);
		tk_sketch_top_k(best, &n, LEN(best), sketch, h, scratch, NULL,
				NULL, NULL);
	}
	tk_selftest_verify(&n_bad, test, m, NULL, count_failure, NULL, NULL);
}

static void test_contents(void **state)
{
	struct image im = sample_every(1000);
	struct guard g = guarded(&im);
	struct rng r = {2026};
	struct tk_selftest test;
	struct tk_sketch sketch;
	struct tk_container *c;
	struct tk_model *m;
	void *scratch;

	(void)state;
	assert_ok(tk_container_open_bytes(&c, bytes_in(&g), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	assert_ok(tk_sketch_open(&sketch, m, &err), err);
	assert_ok(tk_selftest_open(&test, m, &err), err);
	scratch = aligned_alloc(64, (tk_sketch_scratch(&sketch) + 63) & ~63UL);
	assert_non_null(scratch);
	ask(m, &sketch, &test, scratch);
	for (size_t round = 0; round < sample_step(1500, 100000); round++) {
		for (uint64_t k = rng_below(&r, 40); k; k--)
			g.data[rng_below(&r, im.size)] = (uint8_t)(
				rng_below(&r, 3) ? rng_u64(&r) : 0xff);
		ask(m, &sketch, &test, scratch);
		if (round % 50 == 0)
			memcpy(g.data, im.data, im.size);
	}
	free(scratch);
	tk_model_close(m);
	tk_container_close(c);
	guard_free(&g);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
