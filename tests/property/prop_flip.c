/* SPDX-License-Identifier: MIT */
/*
 * prop_flip.c - any one bit of a file is changed: it is noticed
 *
 * In header and table by open; elsewhere by full verification.  Whatever is
 * noticed later than it happens must do no harm: the model is opened and
 * asked as well.  The file lies between guard pages.
 */
#include "forge.h"
#include "guard.h"
#include "test.h"

static struct tk_error err;

static bool is_file_status(enum tk_status status)
{
	return status >= TK_E_MAGIC && status <= TK_E_CODEC;
}

/* Full verification, as tkinfo does it. */
static enum tk_status verify(const struct tk_container *c)
{
	for (size_t i = 0; i < tk_container_count(c); i++) {
		enum tk_status status = tk_container_verify(c, i, &err);

		if (status)
			return status;
	}
	return TK_OK;
}

/* Any answer is fine, as long as there is one. */
static void use(const struct tk_container *c)
{
	static float h[20], scratch[20], keys[8];
	uint32_t ids[] = {0, 1, 2, 3, 4, 5}, id;
	struct tk_model *m = NULL;
	struct tk_bytes t;

	if (tk_model_open(&m, c, &err))
		return;
	for (uint64_t i = 0; i < 7; i++)
		if (!tk_model_token(&t, m, i, &err))
			tk_model_find(&id, m, t, &err);
	if (tk_model_w_e(m).cols == 20 &&
	    !tk_context(h, scratch, m, ids, LEN(ids), &err) &&
	    !tk_final_norm(h, m, &err))
		tk_keys(keys, m, h, 0, tk_model_n_predictable(m), &err);
	tk_model_close(m);
}

static void check_flip(struct guard *g, size_t bit, size_t head)
{
	struct tk_bytes file = {g->data, g->size};
	struct tk_container *c = NULL;
	enum tk_status status;

	g->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	status = tk_container_open_bytes(&c, file, &err);
	if (bit / 8 < head && !is_file_status(status))
		fail_msg("bit %zu of byte %zu: %s", bit % 8, bit / 8,
			 tk_status_text(status));
	if (bit / 8 >= head) {
		if (status)
			fail_msg("byte %zu: not opened: %s", bit / 8,
				 err.message);
		status = verify(c);
		if (status != TK_E_CHECKSUM && status != TK_E_RESERVED)
			fail_msg("bit %zu of byte %zu: verified as %s",
				 bit % 8, bit / 8, tk_status_text(status));
		if (err.offset / 65536 > bit / 8 / 65536)
			fail_msg("byte %zu: found at %d", bit / 8,
				 (int)err.offset);
		use(c);
		tk_container_close(c);
	}
	g->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void test_every_bit(void **state)
{
	struct image im = forge_whole();
	struct guard g = guard_copy(im.data, im.size, 64);
	size_t head = 128 + 192 * (size_t)image_get(&im, 0x10, 4);

	(void)state;
	for (size_t bit = 0; bit < 8 * im.size; bit++)
		check_flip(&g, bit, head);
	assert_memory_equal(g.data, im.data, im.size);
	guard_free(&g);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
