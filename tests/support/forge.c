/* SPDX-License-Identifier: MIT */
/*
 * forge.c - makes small model files in memory
 */
#include "forge.h"

#include "base/dtype.h"
#include "container/digest.h"
#include "modelrows.h"
#include "test.h"
#include "tmpdir.h"

static struct tk_error err;

void forge_start(struct forge *f)
{
	static const struct tk_bytes tokens[] = {
		{(const uint8_t *)"the", 3}, {(const uint8_t *)" cat", 4},
		{(const uint8_t *)"\0x", 2}, {(const uint8_t *)"\xff\xc0", 2},
		{NULL, 0},		     {(const uint8_t *)"the", 3},
	};
	static const uint8_t kinds[] = {0, 3, 5, 0, 2, 0};
	static const float scores[] = {-1, 0.5F, 2, 3, -4, 5};

	memset(f, 0, sizeof(*f));
	f->hp = tk_hparams_default();
	f->vocab = (struct tk_vocab_parts){LEN(tokens), tokens, kinds, scores};
}

void forge_end(struct forge *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->items[i].data);
	tk_kv_builder_free(f->others);
	memset(f, 0, sizeof(*f));
}

/* ---- sections ---- */

static int order(const struct tk_section_spec *a,
		 const struct tk_section_spec *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

static void add(struct forge *f, const struct tk_section_spec *spec,
		uint8_t *data)
{
	size_t i = f->n;

	assert_true(f->n < FORGE_MAX);
	for (; i && order(&f->items[i - 1].spec, spec) > 0; i--)
		f->items[i] = f->items[i - 1];
	f->items[i] = (struct forge_item){*spec, data};
	f->n++;
	if (spec->kind == TK_KIND_HPARAMS)
		f->without_hparams = true;
}

static uint8_t *copy_of(struct tk_bytes bytes)
{
	uint8_t *p = malloc(bytes.len);

	assert_non_null(p);
	memcpy(p, bytes.ptr, bytes.len);
	return p;
}

void forge_bytes(struct forge *f, uint32_t kind, struct tk_bytes bytes)
{
	struct tk_section_spec spec = {.kind = kind, .size = bytes.len};

	add(f, &spec, copy_of(bytes));
}

void forge_free_bytes(struct forge *f, const char *name, uint32_t flags,
		      struct tk_bytes bytes)
{
	struct tk_section_spec spec = {
		.kind = TK_KIND_FREE,
		.flags = flags,
		.name = name,
		.size = bytes.len,
	};

	add(f, &spec, copy_of(bytes));
}

void forge_matrix(struct forge *f, uint32_t kind, enum tk_dtype dtype,
		  uint64_t rows, uint64_t cols, const float *values)
{
	size_t stride = (size_t)tk_row_stride(dtype, cols);
	struct tk_section_spec spec = {
		.kind = kind,
		.dtype = dtype,
		.size = rows * stride,
		.rows = rows,
		.cols = cols,
	};
	uint8_t *data = malloc((size_t)spec.size);

	assert_non_null(data);
	for (size_t r = 0; r < rows; r++)
		assert_ok(tk_row_from_f32(data + r * stride, dtype,
					  values + r * cols, cols, &err),
			  err);
	add(f, &spec, data);
}

void forge_random(struct forge *f, uint32_t kind, enum tk_dtype dtype,
		  uint64_t rows, uint64_t cols, struct rng *r)
{
	float *values = malloc((size_t)(rows * cols) * sizeof(*values));

	assert_non_null(values);
	for (size_t i = 0; i < rows * cols; i++)
		values[i] = rng_float(r);
	forge_matrix(f, kind, dtype, rows, cols, values);
	free(values);
}

/* ---- files ---- */

static size_t count_sections(const struct forge *f)
{
	return f->n + !f->without_hparams + (f->vocab.n_tokens ? 2 : 0) +
	       f->with_sketch;
}

static void write_items(const struct forge *f, struct tk_writer *w,
			size_t *i, uint32_t below)
{
	for (; *i < f->n && f->items[*i].spec.kind < below; ++*i) {
		const struct forge_item *it = &f->items[*i];
		struct tk_bytes all = {it->data, (size_t)it->spec.size};

		assert_ok(tk_writer_begin(w, &it->spec, &err), err);
		assert_ok(tk_writer_write(w, all, &err), err);
		assert_ok(tk_writer_end(w, NULL, &err), err);
	}
}

/* ---- the sketch ---- */

static const uint8_t *read_rows(void *context, uint64_t first, uint64_t n)
{
	const struct forge_item *it = context;

	(void)n;
	return it->data +
	       first * tk_row_stride(it->spec.dtype, it->spec.cols);
}

enum tk_status forge_sketch(struct tk_writer *w, const struct forge *f,
			    struct tk_error *e)
{
	struct forge_item it = {0};
	struct tk_row_source rows = {.read = read_rows, .context = &it};
	struct tk_digest of;

	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].spec.kind == TK_KIND_W_E ||
		    f->items[i].spec.kind == TK_KIND_W_U)
			it = f->items[i];
	rows.rows = it.spec.rows < f->vocab.n_tokens ? it.spec.rows
						     : f->vocab.n_tokens;
	rows.cols = it.spec.cols;
	rows.dtype = it.spec.dtype;
	tk_digest_bytes(of.b, it.data, it.spec.size);
	return tk_sketch_write(w, &rows, &of, e);
}

void forge_write(const struct forge *f, const char *path)
{
	bool matrices = false;
	struct tk_writer *w;
	size_t i = 0;

	for (size_t j = 0; j < f->n; j++)
		matrices |= f->items[j].spec.kind == TK_KIND_W_E ||
			    f->items[j].spec.kind == TK_KIND_W_U;
	assert_ok(tk_writer_open(&w, path, count_sections(f), true, &err),
		  err);
	write_items(f, w, &i, TK_KIND_HPARAMS);
	if (!f->without_hparams)
		assert_ok(tk_hparams_write(w, &f->hp, !matrices, f->others,
					   &err),
			  err);
	write_items(f, w, &i, TK_KIND_VOCAB);
	if (f->vocab.n_tokens)
		assert_ok(tk_vocab_write(w, &f->vocab, &err), err);
	write_items(f, w, &i, TK_KIND_SKETCH);
	if (f->with_sketch)
		assert_ok(forge_sketch(w, f, &err), err);
	write_items(f, w, &i, UINT32_MAX);
	assert_ok(tk_writer_commit(w, &err), err);
}

struct image forge_image(const struct forge *f)
{
	struct tmpdir d = tmpdir_make();
	const char *path = tmpdir_file(&d, "forged.tk");
	struct image im;

	forge_write(f, path);
	im = image_of_file(path);
	tmpdir_remove(&d);
	return im;
}

void forge_selftest(struct forge *f)
{
	static const uint32_t ids[] = {3, 0, 1};
	struct image im = forge_image(f), file;
	struct tmpdir d = tmpdir_make();
	const char *path = tmpdir_file(&d, "test.tk");
	struct tk_selftest_input inputs[2] = {{.ids = ids, .n_ids = LEN(ids)}};
	struct tk_selftest_source source;
	struct model_rows rows;
	struct tk_container *c;
	struct tk_writer *w;
	struct tk_model *m;
	float h[64] = {1, -2, 3, 0.5F};
	size_t at;

	inputs[1].hidden = h;
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	assert_true(tk_model_hparams(m).d_model <= LEN(h));
	source = source_of_model(&rows, m);
	assert_ok(tk_writer_open(&w, path, 1, false, &err), err);
	assert_ok(tk_selftest_write(w, &source, inputs, 2, 3, &err), err);
	assert_ok(tk_writer_commit(w, &err), err);
	tk_model_close(m);
	tk_container_close(c);
	file = image_of_file(path);
	at = image_entry(&file, TK_KIND_SELFTEST);
	forge_bytes(f, TK_KIND_SELFTEST,
		    (struct tk_bytes){
			    file.data + image_get(&file, at + 0x30, 8),
			    (size_t)image_get(&file, at + 0x40, 8)});
	image_free(&file);
	image_free(&im);
	tmpdir_remove(&d);
}

static void add_keyvalues(struct forge *f, uint32_t kind)
{
	struct tk_kv_builder *b = tk_kv_builder_new();
	struct tk_bytes section;

	assert_non_null(b);
	if (kind == TK_KIND_NOTE) {
		tk_kv_set_text(b, "title", bytes_of("a forged file"), false);
	} else {
		tk_kv_set_text(b, "kind", bytes_of("none"), false);
		tk_kv_set_text(b, "reason", bytes_of("forged"), false);
		tk_kv_set_u64(b, "eos_id", 4, false);
	}
	assert_ok(tk_kv_builder_finish(&section, b, &err), err);
	forge_bytes(f, kind, section);
	tk_kv_builder_free(b);
}

void forge_fill(struct forge *f)
{
	struct rng r = {20261123};

	f->hp.n_ctx = 8;
	f->hp.embed_scale = 2;
	f->hp.logit_scale = 0.5F;
	f->hp.logit_softcap = 30;
	f->hp.final_norm = TK_NORM_RMS;
	f->hp.final_norm_eps = 1e-6;
	f->hp.final_norm_offset = 1;
	f->hp.embed_norm = TK_NORM_LAYER;
	f->hp.embed_norm_eps = 1e-5;
	add_keyvalues(f, TK_KIND_NOTE);
	add_keyvalues(f, TK_KIND_TOKENIZER);
	forge_random(f, TK_KIND_EMBED_NORM_WEIGHT, TK_F16, 1, 20, &r);
	forge_random(f, TK_KIND_EMBED_NORM_BIAS, TK_BF16, 1, 20, &r);
	forge_random(f, TK_KIND_MIX, TK_F32, 4, 20, &r);
	forge_random(f, TK_KIND_FINAL_NORM_WEIGHT, TK_F32, 1, 20, &r);
	forge_random(f, TK_KIND_FINAL_NORM_BIAS, TK_F32, 1, 20, &r);
	forge_random(f, TK_KIND_B_U, TK_F32, 1, 8, &r);
	forge_random(f, TK_KIND_W_E, TK_F16, 7, 20, &r);
	forge_random(f, TK_KIND_W_U, TK_Q8, 8, 20, &r);
	forge_free_bytes(f, "test.free", 0, bytes_of("anything"));
}

struct image forge_whole(void)
{
	struct image im;
	struct forge f;

	forge_start(&f);
	forge_fill(&f);
	im = forge_image(&f);
	forge_end(&f);
	return im;
}
