/* SPDX-License-Identifier: MIT */
/*
 * test_writer.c - what a writer takes, and where sections come to lie
 */
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;
static struct tmpdir dir;

static int setup(void **state)
{
	(void)state;
	dir = tmpdir_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tmpdir_remove(&dir);
	return 0;
}

static const char *path(void)
{
	return tmpdir_file(&dir, "out.tk");
}

static struct tk_writer *start(size_t count)
{
	struct tk_writer *w = NULL;

	assert_ok(tk_writer_open(&w, path(), count, true, &err), err);
	return w;
}

/* Adds a free section of 'size' bytes of value 'fill'. */
static void add(struct tk_writer *w, const char *name, size_t size, int fill)
{
	struct tk_section_spec spec = {
		.kind = TK_KIND_FREE,
		.name = name,
		.size = size,
	};
	size_t piece = size < 100000 ? size : 100000;
	uint8_t *p = malloc(piece);

	assert_non_null(p);
	memset(p, fill, piece);
	assert_ok(tk_writer_begin(w, &spec, &err), err);
	for (; size; size -= piece) {
		if (size < piece)
			piece = size;
		assert_ok(tk_writer_write(w, (struct tk_bytes){p, piece},
					  &err),
			  err);
	}
	assert_ok(tk_writer_end(w, NULL, &err), err);
	free(p);
}

/* ---- what it takes ---- */

#define ROWS(r, c) .rows = (r), .cols = (c)

static const struct {
	struct tk_section_spec spec;
	enum tk_status status;
} specs[] = {
	{{.kind = TK_KIND_VOCAB}, TK_E_ARGUMENT}, /* empty */
	{{.kind = TK_KIND_VOCAB, .size = UINT64_MAX}, TK_E_LIMIT},
	{{.kind = TK_KIND_VOCAB, .size = UINT64_C(1) << 47}, TK_E_LIMIT},
	{{.kind = TK_KIND_VOCAB, .size = (UINT64_C(1) << 47) - 1}, TK_E_LIMIT},
	{{.kind = TK_KIND_VOCAB, .size = 1, .name = "words"}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_VOCAB, .size = 1, .flags = 2}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_VOCAB, .dtype = TK_F32, ROWS(1, 1)}, TK_E_ARGUMENT},
	{{.kind = 0, .size = 1}, TK_E_ARGUMENT},
	{{.kind = 5, .size = 1}, TK_E_ARGUMENT}, /* unknown */
	{{.kind = 5, .size = 1, .name = "a b"}, TK_E_ARGUMENT},
	{{.kind = 0, .size = 1, .name = "a.b"}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_DIGESTS, .size = 16}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_W_E, .size = 64}, TK_E_ARGUMENT}, /* no matrix */
	{{.kind = TK_KIND_W_E, .dtype = TK_F32, ROWS(0, 1)}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_W_E, .dtype = TK_F32, ROWS(1, 0)}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_W_E, .dtype = 5, ROWS(1, 1)}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_W_E, .dtype = TK_F32, ROWS((1 << 24) + 1, 1)},
	 TK_E_LIMIT},
	{{.kind = TK_KIND_W_E, .dtype = TK_F32, ROWS(1, (1 << 17) + 1)},
	 TK_E_LIMIT},
	{{.kind = TK_KIND_W_E, .dtype = TK_F32, ROWS(UINT64_MAX, UINT64_MAX)},
	 TK_E_LIMIT},
	{{.kind = TK_KIND_B_U, .dtype = TK_F32, ROWS(2, 1)}, TK_E_LIMIT},
	{{.kind = TK_KIND_B_U, .dtype = TK_Q8, ROWS(1, 1)}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_MIX, .dtype = TK_BF16, ROWS(1, 1)}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_MIX, .dtype = TK_F32, ROWS(65537, 1)}, TK_E_LIMIT},
	{{.kind = TK_KIND_FREE, .size = 1}, TK_E_ARGUMENT}, /* no name */
	{{.kind = TK_KIND_FREE, .size = 1, .name = ""}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_FREE, .size = 1, .name = "nodot"}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_FREE, .size = 1, .name = "A.b"}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_FREE, .size = 1, .name = "a. "}, TK_E_ARGUMENT},
	{{.kind = TK_KIND_FREE, .size = 1, .name = "a.\xc3\xa9"},
	 TK_E_ARGUMENT},
	{{.kind = TK_KIND_FREE,
	  .size = 1,
	  .name = "a.34567890123456789012345678901x"},
	 TK_E_ARGUMENT},
	{{.kind = TK_KIND_FREE, .size = 1, .name = "a.b", .flags = 8},
	 TK_E_ARGUMENT},
};

/* A refused section leaves the writer as it was. */
static void test_refused_sections(void **state)
{
	struct tk_writer *w = start(1);
	struct tk_container *c;

	(void)state;
	for (size_t i = 0; i < LEN(specs); i++) {
		enum tk_status status =
			tk_writer_begin(w, &specs[i].spec, &err);

		if (status != specs[i].status)
			fail_msg("section %zu: %s", i, tk_status_text(status));
	}
	add(w, "a.345678901234567890123456789_-", 1, 1);
	assert_ok(tk_writer_commit(w, &err), err);
	assert_ok(tk_container_open(&c, path(), &err), err);
	assert_int_equal(tk_container_count(c), 2);
	tk_container_close(c);
}

static void test_order(void **state)
{
	struct tk_section_spec spec = {.kind = TK_KIND_FREE, .size = 1};
	struct tk_writer *w = start(4);
	struct tk_bytes x = bytes_of("x");

	(void)state;
	assert_ok(tk_writer_add(w, TK_KIND_VOCAB, x, NULL, &err), err);
	assert_status(tk_writer_add(w, TK_KIND_VOCAB, x, NULL, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_writer_add(w, TK_KIND_HPARAMS, x, NULL, &err),
		      TK_E_ARGUMENT);
	assert_ok(tk_writer_add(w, TK_KIND_TOKENIZER, x, NULL, &err), err);
	add(w, "b.b", 1, 0);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"b.b", "a.b", "b.a"};

		spec.name = names[i];
		assert_status(tk_writer_begin(w, &spec, &err), TK_E_ARGUMENT);
	}
	assert_status(tk_writer_commit(w, &err), TK_E_ARGUMENT);
	assert_int_equal(tmpdir_count(&dir), 0);
}

/* ---- how many bytes ---- */

static void test_sizes(void **state)
{
	struct tk_section_spec spec = {.kind = TK_KIND_VOCAB, .size = 3};
	struct tk_bytes four = bytes_of("four"), one = bytes_of("1");
	struct tk_digest digest;
	struct tk_writer *w = start(2);

	(void)state;
	assert_status(tk_writer_write(w, one, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_end(w, NULL, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_begin(w, &spec, &err), err);
	assert_status(tk_writer_begin(w, &spec, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_write(w, four, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_write(w, (struct tk_bytes){NULL, 0}, &err), err);
	assert_ok(tk_writer_write(w, one, &err), err);
	assert_status(tk_writer_end(w, NULL, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_write(w, one, &err), err);
	assert_ok(tk_writer_write(w, one, &err), err);
	assert_status(tk_writer_write(w, one, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_end(w, &digest, &err), err);
	assert_status(tk_writer_end(w, NULL, &err), TK_E_ARGUMENT);
	assert_status(tk_writer_commit(w, &err), TK_E_ARGUMENT);
	/* Committed with a section open. */
	w = start(1);
	assert_ok(tk_writer_begin(w, &spec, &err), err);
	assert_status(tk_writer_commit(w, &err), TK_E_ARGUMENT);
	/* One section more than announced. */
	w = start(1);
	assert_ok(tk_writer_add(w, TK_KIND_VOCAB, one, NULL, &err), err);
	assert_status(tk_writer_add(w, TK_KIND_TOKENIZER, one, NULL, &err),
		      TK_E_ARGUMENT);
	assert_ok(tk_writer_commit(w, &err), err);
	assert_int_equal(tmpdir_count(&dir), 1);
}

static void test_counts(void **state)
{
	struct tk_writer *w = NULL;
	struct tk_container *c;
	char name[8];

	(void)state;
	assert_status(tk_writer_open(&w, path(), 0, true, &err), TK_E_LIMIT);
	assert_status(tk_writer_open(&w, path(), 256, true, &err), TK_E_LIMIT);
	assert_status(tk_writer_open(&w, path(), SIZE_MAX, true, &err),
		      TK_E_LIMIT);
	assert_null(w);
	w = start(255);
	for (int i = 0; i < 255; i++) {
		snprintf(name, sizeof(name), "a.%03d", i);
		add(w, name, (size_t)i + 1, i);
	}
	assert_ok(tk_writer_commit(w, &err), err);
	assert_ok(tk_container_open(&c, path(), &err), err);
	assert_int_equal(tk_container_count(c), 256);
	for (size_t i = 0; i < 256; i++)
		assert_ok(tk_container_verify(c, i, &err), err);
	tk_container_close(c);
}

/* ---- where sections lie ---- */

/* Sizes at each edge of spec/format.md 1.4; 64 MiB once. */
static void test_places(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		uint64_t alignment;
	} parts[] = {
		{"a.a", 1, 64},
		{"a.b", 65535, 64},
		{"a.c", 65536, 65536},
		{"a.d", 64, 64},
		{"a.e", 65537, 65536},
		{"a.f", 1 << 26, 2 << 20},
		{"a.g", 131072, 65536},
		{"a.h", 65, 64},
	};
	uint64_t end = 128 + 192 * (LEN(parts) + 1), leaves = 0;
	struct tk_writer *w = start(LEN(parts));
	struct tk_container *c;

	(void)state;
	for (size_t i = 0; i < LEN(parts); i++)
		add(w, parts[i].name, parts[i].size, 0x5a);
	assert_ok(tk_writer_commit(w, &err), err);
	assert_ok(tk_container_open(&c, path(), &err), err);
	for (size_t i = 0; i < LEN(parts); i++) {
		struct tk_section s = tk_container_section(c, i);
		uint64_t a = parts[i].alignment;

		assert_int_equal(s.offset, (end + a - 1) / a * a);
		assert_int_equal(s.first_leaf, leaves);
		assert_string_equal(s.name, parts[i].name);
		end = s.offset + parts[i].size;
		leaves += (parts[i].size + 65535) / 65536;
		assert_ok(tk_container_verify(c, i, &err), err);
	}
	assert_int_equal(tk_container_section(c, LEN(parts)).size,
			 16 * leaves);
	assert_ok(tk_container_verify(c, LEN(parts), &err), err);
	tk_container_close(c);
}

/* The pieces in which bytes are given make no difference. */
static void test_pieces(void **state)
{
	static const size_t pieces[] = {1000000, 1, 63, 64, 65, 65535, 65536,
					65537, 4194303};
	struct tk_section_spec spec = {.kind = TK_KIND_VOCAB, .size = 200001};
	uint8_t *data = malloc(spec.size);
	struct tk_digest first, digest;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < spec.size; i++)
		data[i] = (uint8_t)(i * i >> 7);
	for (size_t i = 0; i < LEN(pieces); i++) {
		struct tk_writer *w = start(1);

		assert_ok(tk_writer_begin(w, &spec, &err), err);
		for (size_t at = 0; at < spec.size; at += pieces[i]) {
			struct tk_bytes b = {data + at, spec.size - at};

			if (b.len > pieces[i])
				b.len = pieces[i];
			assert_ok(tk_writer_write(w, b, &err), err);
		}
		assert_ok(tk_writer_end(w, &digest, &err), err);
		tk_writer_abort(w);
		if (!i)
			first = digest;
		assert_memory_equal(digest.b, first.b, 16);
	}
	free(data);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_refused_sections),
		TEST(test_order),
		TEST(test_sizes),
		TEST(test_counts),
		TEST(test_places),
		TEST(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
