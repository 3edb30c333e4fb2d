/* SPDX-License-Identifier: MIT */
/*
 * prop_damage.c - bytes and blocks of a file are overwritten, exchanged,
 * doubled: it is noticed, if anything has changed by it
 */
#include "archived.h"
#include "samples.h"
#include "test.h"

static struct tk_error err;

/* A copy of the sample, to be damaged. */
struct victim {
	struct image good, bad;
	size_t changed; /* damages that changed something */
};

static void victim_make(struct victim *v, struct image im)
{
	v->good = im;
	v->bad = image_copy(&im, im.size);
	v->changed = 0;
	assert_ok(sample_check(im.data, im.size, &err), err);
}

static void victim_free(struct victim *v)
{
	image_free(&v->good);
	image_free(&v->bad);
}

/* Looks at the file with 'len' bytes at 'at' changed, and repairs them. */
static void check(struct victim *v, const char *what, size_t at, size_t len)
{
	bool is_same = !memcmp(v->bad.data + at, v->good.data + at, len);
	enum tk_status status =
		sample_check(v->bad.data, v->bad.size, &err);

	if (is_same ? status != TK_OK : !is_damage(status))
		fail_msg("%zu bytes at %zu %s: %s", len, at, what,
			 tk_status_text(status));
	v->changed += !is_same;
	memcpy(v->bad.data + at, v->good.data + at, len);
}

static void check_byte(struct victim *v, size_t i)
{
	uint8_t *p = v->bad.data + i;

	*p = 0;
	check(v, "zeroed", i, 1);
	*p = 0xff;
	check(v, "set", i, 1);
	++*p;
	check(v, "counted up", i, 1);
	if (i + 1 == v->bad.size)
		return;
	p[0] = v->good.data[i + 1];
	p[1] = v->good.data[i];
	check(v, "exchanged", i, 2);
}

/* Takes 'im'. */
static void check_bytes(const char *name, struct image im, size_t step)
{
	struct victim v;
	size_t n = 0;

	victim_make(&v, im);
	for (size_t i = 0; i < v.good.size; i += step, n++)
		check_byte(&v, i);
	assert_true(v.changed > 3 * n);
	sample_report("%s: %zu of %zu bytes changed in four ways, each is "
		      "found\n", name, n, v.good.size);
	victim_free(&v);
}

static void test_bytes(void **state)
{
	struct image plain = sample_every(SAMPLE_16K);

	(void)state;
	check_bytes("typical", sample_typical(), 1);
	check_bytes("every kind", sample_every(SAMPLE_64K),
		    sample_step(31, 1));
	check_bytes("archive", archived_image(&plain), sample_step(97, 1));
	image_free(&plain);
}

/* Blocks as a disk has them, exchanged with 'step' and its multiples. */
static void check_blocks(struct victim *v, size_t block, size_t step)
{
	size_t n = v->good.size / block;

	for (size_t i = 0; i < n; i++) {
		uint8_t *p = v->bad.data + i * block;

		memset(p, 0, block);
		check(v, "zeroed", i * block, block);
		if (i + 1 == n)
			break;
		memcpy(p + block, p, block);
		check(v, "doubled", (i + 1) * block, block);
		for (size_t j = i + 1; j < n; j += step) {
			memcpy(p, v->good.data + j * block, block);
			memcpy(v->bad.data + j * block, v->good.data +
			       i * block, block);
			check(v, "exchanged", i * block, (j - i + 1) * block);
		}
	}
	assert_true(v->changed >= 2 * n - 2);
	sample_report("%zu blocks of %zu bytes: %zu damages, each is found\n",
		      n, block, v->changed);
}

static void test_blocks(void **state)
{
	struct victim v;

	(void)state;
	victim_make(&v, sample_every(SAMPLE_64K));
	check_blocks(&v, 4096, 1);
	v.changed = 0;
	check_blocks(&v, 512, sample_step(7, 1));
	victim_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
