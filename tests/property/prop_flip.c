/* SPDX-License-Identifier: MIT */
/*
 * prop_flip.c - any one bit of a file is changed: it is noticed
 *
 * In header and table by open; elsewhere by full verification.  Whatever is
 * noticed later than it happens must do no harm: the model is opened and
 * asked as well.  The file lies between guard pages.
 *
 * All bits of the small files; of the large ones some, spread over all places
 * in a byte, and all of them if TK_LONG is set.
 */
#include "archived.h"
#include "container/kinds.h"
#include "guard.h"
#include "samples.h"
#include "test.h"

#define MOST_COLS 512

static struct tk_error err;

/* Any answer is fine, as long as there is one. */
static void use(const struct tk_container *c)
{
	static float h[MOST_COLS], scratch[MOST_COLS], keys[8];
	uint32_t ids[] = {0, 1, 2, 3, 4, 5}, id;
	struct tk_model *m = NULL;
	struct tk_bytes t;

	if (tk_model_open(&m, c, &err))
		return;
	for (uint64_t i = 0; i < 7; i++)
		if (!tk_model_token(&t, m, i, &err))
			tk_model_find(&id, m, t, &err);
	if (tk_model_w_e(m).cols <= MOST_COLS && tk_model_w_e(m).data &&
	    !tk_context(h, scratch, m, ids, LEN(ids), &err) &&
	    !tk_final_norm(h, m, &err))
		tk_keys(keys, m, h, 0, tk_model_n_predictable(m), &err);
	tk_model_close(m);
}

static void check_body(const struct guard *g, size_t bit)
{
	struct tk_bytes file = {g->data, g->size};
	struct tk_container *c = NULL;
	enum tk_status status = tk_container_open_bytes(&c, file, &err);

	if (status)
		fail_msg("byte %zu: not opened: %s", bit / 8, err.message);
	for (size_t i = 0; !status && i < tk_container_count(c); i++)
		status = tk_container_verify(c, i, &err);
	if (status != TK_E_CHECKSUM && status != TK_E_RESERVED &&
	    (status != TK_E_CODEC || !tk_is_archive(c)))
		fail_msg("bit %zu of byte %zu: verified as %s", bit % 8,
			 bit / 8, tk_status_text(status));
	if (err.offset / 65536 > bit / 8 / 65536)
		fail_msg("byte %zu: found at %d", bit / 8, (int)err.offset);
	use(c);
	tk_container_close(c);
}

static void check_flip(struct guard *g, size_t bit, size_t head)
{
	g->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	if (bit / 8 >= head) {
		check_body(g, bit);
	} else {
		struct tk_bytes file = {g->data, g->size};
		struct tk_container *c = NULL;
		enum tk_status status =
			tk_container_open_bytes(&c, file, &err);

		if (!is_damage(status))
			fail_msg("bit %zu of byte %zu: %s", bit % 8, bit / 8,
				 tk_status_text(status));
	}
	g->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* Takes 'im'. */
static void check_bits(const char *name, struct image im, size_t least,
		       size_t most, size_t step)
{
	struct guard g = guard_copy(im.data, im.size, 64);
	size_t head = sample_head(&im), n = 0;

	if (im.size < least || im.size > most)
		fail_msg("the sample has %zu bytes", im.size);
	assert_ok(sample_check(im.data, im.size, &err), err);
	for (size_t bit = 0; bit < 8 * im.size; bit += step, n++)
		check_flip(&g, bit, head);
	assert_memory_equal(g.data, im.data, im.size);
	sample_report("%s: %zu of %zu bits changed, each is found\n", name, n,
		      8 * im.size);
	guard_free(&g);
	image_free(&im);
}

static void test_minimal(void **state)
{
	(void)state;
	check_bits("minimal", sample_minimal(), 1024, 2048, 1);
}

static void test_typical(void **state)
{
	(void)state;
	check_bits("typical", sample_typical(), 16384, 20480, 1);
}

static void test_whole(void **state)
{
	(void)state;
	check_bits("whole", forge_whole(), 4096, 16384, 1);
}

static void test_every_kind(void **state)
{
	struct image im = sample_every(SAMPLE_64K);

	(void)state;
	/* It fails if there is none. */
	for (uint32_t kind = 1; kind <= TK_KIND_FREE; kind++)
		if (kind == TK_KIND_FREE || tk_kind_rule(kind))
			image_entry(&im, kind);
	check_bits("every kind", im, 65536, 73728, sample_step(7, 1));
}

static void test_archive(void **state)
{
	struct image plain = sample_every(SAMPLE_16K);

	(void)state;
	check_bits("archive", archived_image(&plain), 14000, 20480,
		   sample_step(53, 1));
	image_free(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_typical),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
