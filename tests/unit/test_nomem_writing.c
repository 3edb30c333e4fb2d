/* SPDX-License-Identifier: MIT */
/*
 * test_nomem_writing.c - every call that writes and allocates, without memory
 *
 * Whichever allocation fails: the status says so, outputs keep their value,
 * nothing stays allocated, and no file is left, whole or not.
 */
#include "modelrows.h"
#include "nomem.h"

/* ---- keys and values ---- */

static enum tk_status set_all(struct tk_kv_builder *b)
{
	static const uint64_t u[] = {1, 2, 3};
	static const double d[] = {1, 2, 3};
	enum tk_status first = TK_OK, status[] = {
		tk_kv_set_bool(b, "a", true, false),
		tk_kv_set_u64(b, "b", 5, true),
		tk_kv_set_f64(b, "c", 0.5, false),
		tk_kv_set_text(b, "d", bytes_of("text"), false),
		tk_kv_set_bytes(b, "e", bytes_of("bytes"), false),
		tk_kv_set_u64s(b, "f", u, LEN(u), false),
		tk_kv_set_f64s(b, "g", d, LEN(d), false),
		tk_kv_set_u64(b, "b", 6, true),
	};

	/* Once it has failed it goes on failing. */
	for (size_t i = 0; i < LEN(status); i++) {
		assert_true(!first || status[i] == first);
		first = status[i];
	}
	return first;
}

static enum tk_status build_keys(void)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes out = {NOTHING, 1};
	enum tk_status status, finished;

	if (!b)
		return err.status = TK_E_MEMORY;
	status = set_all(b);
	finished = tk_kv_builder_finish(&out, b, &err);
	assert_true(!status || finished == status);
	assert_int_equal(!finished, out.ptr != NOTHING);
	tk_kv_builder_free(b);
	return finished;
}

static void test_keys(void **state)
{
	(void)state;
	RUN_OUT(build_keys, 25);
}

/* ---- writing ---- */

/* Whatever was there before the writer is all that is there. */
static enum tk_status written(enum tk_status status)
{
	assert_int_equal(tmpdir_count(&dir), status ? 1 : 2);
	remove(out_path);
	return status;
}

static enum tk_status write_selftest(struct tk_writer *w)
{
	static const uint32_t ids[] = {1, 0, 1, 5};
	static const float h[20] = {1, 2, 3};
	const struct tk_selftest_input inputs[] = {
		{.ids = ids, .n_ids = LEN(ids)},
		{.hidden = h},
	};
	struct model_rows rows;
	struct tk_selftest_source source = source_of_model(&rows, model);

	return tk_selftest_write(w, &source, inputs, LEN(inputs), 2, &err);
}

static enum tk_status write_sections(struct tk_writer *w)
{
	struct tk_bytes text = bytes_of("anything");
	enum tk_status status = tk_writer_read_back(w, &err);

	if (!status)
		status = tk_hparams_write(w, &forged.hp, true, NULL, &err);
	if (!status)
		status = tk_writer_add(w, TK_KIND_NOTE, text, NULL, &err);
	if (!status)
		status = write_selftest(w);
	if (!status)
		status = tk_vocab_write(w, &forged.vocab, &err);
	if (!status)
		status = forge_sketch(w, &forged, &err);
	return status;
}

static enum tk_status write_model(void)
{
	struct tk_writer *w = NOTHING;
	enum tk_status status = tk_writer_open(&w, out_path, 6, false, &err);

	if (status) {
		assert_ptr_equal(w, NOTHING);
		return written(status);
	}
	status = write_sections(w);
	if (status)
		tk_writer_abort(w);
	else
		status = tk_writer_commit(w, &err);
	return written(status);
}

/* Looks at the last status only, which must not lie. */
static enum tk_status write_blindly(void)
{
	static const uint8_t zeros[35000];
	struct tk_writer *w;
	enum tk_status status = tk_writer_open(&w, out_path, 2, false, &err);
	struct tk_section_spec spec = {.kind = TK_KIND_VOCAB, .size = 70000};
	struct tk_bytes half = {zeros, sizeof(zeros)};

	if (status)
		return written(status);
	tk_writer_add(w, TK_KIND_HPARAMS, bytes_of("first"), NULL, NULL);
	tk_writer_begin(w, &spec, NULL);
	tk_writer_write(w, half, NULL);
	tk_writer_write(w, half, NULL);
	tk_writer_end(w, NULL, NULL);
	return written(tk_writer_commit(w, &err));
}

static enum tk_status copy_frames(struct tk_writer *w, struct tk_coder *coder,
				  size_t i)
{
	struct tk_section s = tk_container_section(plain, i);
	struct tk_section_spec spec = {
		.kind = s.kind,
		.flags = s.flags,
		.name = s.name,
		.dtype = (enum tk_dtype)s.dtype,
		.size = s.size,
		.rows = s.rows,
		.cols = s.cols,
	};
	struct tk_bytes data, frame = {NOTHING, 1};
	enum tk_status status = tk_writer_begin(w, &spec, &err);

	if (!status)
		status = tk_coder_decode(coder, &data, plain, i, 0, &err);
	if (!status)
		status = tk_coder_encode(coder, &frame, plain, i, 0, &err);
	if (status)
		assert_ptr_equal(frame.ptr, NOTHING);
	else
		status = tk_writer_frame(w, data, frame, &err);
	return status ? status : tk_writer_end(w, NULL, &err);
}

static enum tk_status write_archive(void)
{
	size_t n = tk_container_count(plain) - 1;
	struct tk_coder *coder = NULL;
	struct tk_writer *w = NULL;
	enum tk_status status = tk_writer_open(&w, out_path, n, false, &err);

	if (!status)
		status = tk_writer_archive(w, &err);
	if (!status)
		status = tk_coder_open(&coder, &err);
	for (size_t i = 0; i < n && !status; i++)
		status = copy_frames(w, coder, i);
	tk_coder_close(coder);
	if (status)
		tk_writer_abort(w);
	else
		status = tk_writer_commit(w, &err);
	return written(status);
}

static enum tk_status write_output(void)
{
	struct tk_output *o = NOTHING;
	enum tk_status status = tk_output_open(&o, out_path, false, &err);

	if (status) {
		assert_ptr_equal(o, NOTHING);
		return written(status);
	}
	status = tk_output_write(o, "text", 4, &err);
	if (status)
		tk_output_abort(o);
	else
		status = tk_output_commit(o, &err);
	return written(status);
}

static void test_writing(void **state)
{
	(void)state;
	RUN_OUT(write_model, 20);
	RUN_OUT(write_blindly, 7);
	RUN_OUT(write_archive, 25);
	RUN_OUT(write_output, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_writing),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
