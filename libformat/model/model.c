/* SPDX-License-Identifier: MIT */
/*
 * model.c - sections -> one model
 *
 *   1. A REQUIRED section that this library does not know: no model.
 *   2. hparams; vocabulary and its index; matrices.
 *   3. Do their shapes agree?
 */
#include "libformat/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "container/handle.h"
#include "container/keyvalue.h"
#include "container/kinds.h"
#include "container/layout.h"
#include "model/hparams.h"
#include "model/index.h"
#include "model/vocab.h"

#define FIRST_MATRIX TK_KIND_EMBED_NORM_WEIGHT
#define LAST_MATRIX TK_KIND_W_U
#define N_MATRICES (LAST_MATRIX - FIRST_MATRIX + 1)

struct tk_model {
	const struct tk_container *container;
	struct tk_hparams hparams;
	struct tk_bytes unknown_key; /* must be understood to predict */
	struct tk_vocab_view vocab;
	struct tk_index_view index;
	struct tk_matrix matrices[N_MATRICES]; /* data NULL: absent */
	struct tk_bytes hparams_section;
	struct tk_bytes note;
	struct tk_bytes tokenizer;
};

/* ---- sections ---- */

static enum tk_status check_known(const struct tk_container *c,
				  struct tk_error *err)
{
	for (size_t i = 0; i < tk_container_count(c); i++) {
		struct tk_section s = tk_container_section(c, i);

		if (s.codec != TK_CODEC_NONE)
			return tk_fail(err, TK_E_FEATURE, TK_NO_OFFSET,
				       "is an archive, which is not used in "
				       "place; expand it with tkpack "
				       "--expand");
		if (s.flags & TK_SECTION_REQUIRED && !tk_kind_rule(s.kind))
			return tk_fail(err, TK_E_FEATURE, s.offset,
				       "section %s (kind 0x%x) is required "
				       "and unknown to this library",
				       s.name, s.kind);
		if (s.flags & TK_SECTION_REQUIRED && s.dtype > TK_Q8)
			return tk_fail(err, TK_E_FEATURE, s.offset,
				       "section %s: dtype %u is unknown to "
				       "this library",
				       s.name, s.dtype);
	}
	return TK_OK;
}

/* A section of plain bytes; one of an unknown dtype counts as absent. */
static size_t find_bytes(const struct tk_container *c, uint32_t kind)
{
	size_t i = tk_container_find(c, kind);

	if (i != TK_NO_SECTION && tk_container_section(c, i).dtype > TK_Q8)
		return TK_NO_SECTION;
	return i;
}

/* Checks and binds a key/value section; len 0 if it is absent. */
static enum tk_status bind_keyvalues(struct tk_bytes *out,
				     const struct tk_container *c,
				     uint32_t kind, struct tk_error *err)
{
	size_t i = find_bytes(c, kind);
	enum tk_status status;

	if (i == TK_NO_SECTION)
		return TK_OK;
	*out = tk_container_stored(c, i);
	status = tk_kv_check_within(*out, &c->limits, err);
	if (status && err && err->offset != TK_NO_OFFSET)
		err->offset += tk_container_section(c, i).offset;
	return status;
}

static enum tk_status bind_vocab(struct tk_model *m, struct tk_error *err)
{
	const struct tk_container *c = m->container;
	size_t v = tk_container_find(c, TK_KIND_VOCAB);
	size_t x = find_bytes(c, TK_KIND_VOCAB_INDEX);
	enum tk_status status;
	struct tk_digest digest;

	if (v == TK_NO_SECTION)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "there is no vocab section");
	status = tk_vocab_bind(&m->vocab, tk_container_stored(c, v),
			       tk_container_section(c, v).offset, &c->limits,
			       err);
	if (status || x == TK_NO_SECTION)
		return status;
	digest = tk_container_section(c, v).digest;
	return tk_index_bind(&m->index, tk_container_stored(c, x),
			     tk_container_section(c, x).offset, &m->vocab,
			     &digest, err);
}

static void bind_matrices(struct tk_model *m)
{
	for (size_t i = 0; i < tk_container_count(m->container); i++) {
		struct tk_section s = tk_container_section(m->container, i);

		if (s.kind < FIRST_MATRIX || s.kind > LAST_MATRIX ||
		    !tk_kind_rule(s.kind))
			continue;
		m->matrices[s.kind - FIRST_MATRIX] = (struct tk_matrix){
			.data = tk_container_stored(m->container, i).ptr,
			.rows = s.rows,
			.cols = s.cols,
			.row_stride = s.row_stride,
			.dtype = s.dtype,
		};
	}
}

/* ---- shapes ---- */

/* A vector must be as wide as the matrix it goes with, which must be there. */
static enum tk_status check_vector(const struct tk_model *m, uint32_t kind,
				   struct tk_matrix with, uint64_t cols,
				   struct tk_error *err)
{
	struct tk_matrix v = tk_model_matrix(m, kind);

	if (!v.data || (with.data && v.cols == cols))
		return TK_OK;
	return tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
		       "section %s has %llu elements, its matrix needs %llu",
		       tk_kind_rule(kind)->name, (unsigned long long)v.cols,
		       (unsigned long long)(with.data ? cols : 0));
}

static enum tk_status check_mix(const struct tk_model *m, struct tk_error *err)
{
	struct tk_matrix e = tk_model_w_e(m);
	struct tk_matrix mix = tk_model_matrix(m, TK_KIND_MIX);

	if (!mix.data)
		return TK_OK;
	if (!e.data || (mix.cols != 1 && mix.cols != e.cols))
		return tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
			       "mix has %llu columns, neither 1 nor W_E's",
			       (unsigned long long)mix.cols);
	if (m->hparams.n_ctx && mix.rows > m->hparams.n_ctx)
		return tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
			       "mix has %llu rows, more than n_ctx",
			       (unsigned long long)mix.rows);
	return TK_OK;
}

static enum tk_status check_shapes(const struct tk_model *m,
				   struct tk_error *err)
{
	struct tk_matrix e = tk_model_w_e(m), u = tk_model_w_u(m);
	struct tk_matrix last = u.data ? u : e;
	enum tk_status status;

	if ((status = check_vector(m, TK_KIND_EMBED_NORM_WEIGHT, e, e.cols,
				   err)) ||
	    (status = check_vector(m, TK_KIND_EMBED_NORM_BIAS, e, e.cols,
				   err)) ||
	    (status = check_vector(m, TK_KIND_FINAL_NORM_WEIGHT, last,
				   last.cols, err)) ||
	    (status = check_vector(m, TK_KIND_FINAL_NORM_BIAS, last, last.cols,
				   err)) ||
	    (status = check_vector(m, TK_KIND_B_U, u, u.rows, err)))
		return status;
	return check_mix(m, err);
}

/* What hparams say of sections must be true of the sections. */
static enum tk_status check_hparams(const struct tk_model *m,
				    struct tk_error *err)
{
	const struct tk_hparams *hp = &m->hparams;
	const char *bad = NULL;

	if (hp->tied && tk_model_matrix(m, TK_KIND_W_U).data)
		bad = "W_U is tied, and there all the same";
	else if (hp->tied && !tk_model_w_e(m).data)
		bad = "W_U is tied to W_E, which is not there";
	else if (!hp->final_norm &&
		 (tk_model_matrix(m, TK_KIND_FINAL_NORM_WEIGHT).data ||
		  tk_model_matrix(m, TK_KIND_FINAL_NORM_BIAS).data))
		bad = "weights of a final norm that there is not";
	else if (!hp->embed_norm &&
		 (tk_model_matrix(m, TK_KIND_EMBED_NORM_WEIGHT).data ||
		  tk_model_matrix(m, TK_KIND_EMBED_NORM_BIAS).data))
		bad = "weights of an embedding norm that there is not";
	else if (hp->d_model && (tk_model_w_e(m).data || tk_model_w_u(m).data))
		bad = "d_model is given, and matrices that have it";
	if (bad)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET, "%s", bad);
	return TK_OK;
}

static void derive_dimensions(struct tk_model *m)
{
	struct tk_matrix u = tk_model_w_u(m);
	struct tk_matrix any = u.data ? u : tk_model_w_e(m);

	m->hparams.n_tokens = m->vocab.n_tokens;
	m->hparams.d_vocab = any.rows;
	if (any.data)
		m->hparams.d_model = any.cols;
}

static enum tk_status bind(struct tk_model *m, struct tk_error *err)
{
	const struct tk_container *c = m->container;
	enum tk_status status;

	if ((status = check_known(c, err)) ||
	    (status = bind_keyvalues(&m->hparams_section, c, TK_KIND_HPARAMS,
				     err)))
		return status;
	if (!m->hparams_section.len)
		return tk_fail(err, TK_E_SECTION, TK_NO_OFFSET,
			       "there is no hparams section");
	if ((status = tk_hparams_read(&m->hparams, &m->unknown_key,
				      m->hparams_section, err)) ||
	    (status = bind_keyvalues(&m->note, c, TK_KIND_NOTE, err)) ||
	    (status = bind_keyvalues(&m->tokenizer, c, TK_KIND_TOKENIZER,
				     err)) ||
	    (status = bind_vocab(m, err)))
		return status;
	bind_matrices(m);
	if ((status = check_hparams(m, err)) ||
	    (status = check_shapes(m, err)))
		return status;
	derive_dimensions(m);
	return TK_OK;
}

enum tk_status tk_model_open(struct tk_model **out,
			     const struct tk_container *c,
			     struct tk_error *err)
{
	struct tk_model *m = calloc(1, sizeof(*m));
	enum tk_status status;

	if (!m)
		return tk_fail_memory(err);
	m->container = c;
	status = bind(m, err);
	if (status)
		tk_model_close(m);
	else
		*out = m;
	return status;
}

void tk_model_close(struct tk_model *m)
{
	free(m);
}

/* ---- asking ---- */

const struct tk_container *tk_model_container(const struct tk_model *m)
{
	return m->container;
}

struct tk_hparams tk_model_hparams(const struct tk_model *m)
{
	return m->hparams;
}

struct tk_vocab_info tk_model_vocab(const struct tk_model *m)
{
	return (struct tk_vocab_info){
		.n_tokens = m->vocab.n_tokens,
		.n_distinct = m->vocab.n_distinct,
		.longest = m->vocab.longest,
		.blob_size = m->vocab.blob_size,
		.has_kinds = m->vocab.kinds,
		.has_scores = m->vocab.scores,
		.has_index = m->index.slots,
	};
}

struct tk_matrix tk_model_matrix(const struct tk_model *m, uint32_t kind)
{
	static const struct tk_matrix none;

	if (kind < FIRST_MATRIX || kind > LAST_MATRIX)
		return none;
	return m->matrices[kind - FIRST_MATRIX];
}

struct tk_matrix tk_model_w_e(const struct tk_model *m)
{
	return tk_model_matrix(m, TK_KIND_W_E);
}

struct tk_matrix tk_model_w_u(const struct tk_model *m)
{
	return tk_model_matrix(m, m->hparams.tied ? TK_KIND_W_E : TK_KIND_W_U);
}

uint64_t tk_model_n_predictable(const struct tk_model *m)
{
	uint64_t rows = tk_model_w_u(m).rows;

	return rows < m->vocab.n_tokens ? rows : m->vocab.n_tokens;
}

enum tk_status tk_model_token(struct tk_bytes *out, const struct tk_model *m,
			      uint64_t id, struct tk_error *err)
{
	if (id >= m->vocab.n_tokens)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "no token has id %llu; there are %u",
			       (unsigned long long)id, m->vocab.n_tokens);
	if (!tk_vocab_token(out, &m->vocab, id))
		return tk_fail(err, TK_E_VALUE,
			       m->vocab.where + sizeof(struct tk_disk_vocab) +
				       4 * id,
			       "vocab: the offsets of token %llu are damaged",
			       (unsigned long long)id);
	return TK_OK;
}

enum tk_token_kind tk_model_token_kind(const struct tk_model *m, uint64_t id)
{
	uint8_t kind = TK_TOKEN_NORMAL;

	if (m->vocab.kinds && id < m->vocab.n_tokens)
		kind = m->vocab.kinds[id];
	return kind > TK_TOKEN_BYTE ? TK_TOKEN_NORMAL
				    : (enum tk_token_kind)kind;
}

float tk_model_token_score(const struct tk_model *m, uint64_t id)
{
	if (!m->vocab.scores || id >= m->vocab.n_tokens)
		return 0;
	return tk_load_f32(m->vocab.scores + 4 * id);
}

enum tk_status tk_model_find(uint32_t *id, const struct tk_model *m,
			     struct tk_bytes token, struct tk_error *err)
{
	if (!tk_index_find(id, &m->index, &m->vocab, token))
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "no token has these bytes");
	return TK_OK;
}

struct tk_bytes tk_model_keyvalues(const struct tk_model *m, uint32_t kind)
{
	switch (kind) {
	case TK_KIND_HPARAMS:
		return m->hparams_section;
	case TK_KIND_NOTE:
		return m->note;
	case TK_KIND_TOKENIZER:
		return m->tokenizer;
	}
	return (struct tk_bytes){NULL, 0};
}

struct tk_bytes tk_model_unknown_key(const struct tk_model *m)
{
	return m->unknown_key;
}
