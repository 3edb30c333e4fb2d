/* SPDX-License-Identifier: MIT */
/*
 * verifyrow.c - is this row of a matrix, or this token, what was written?
 */
#include "base/fail.h"
#include "container/layout.h"
#include "libformat/model.h"

enum tk_status tk_model_verify_row(const struct tk_model *m, uint32_t kind,
				   uint64_t row, struct tk_error *err)
{
	const struct tk_container *c = tk_model_container(m);
	struct tk_section s;
	size_t i;

	if (kind == TK_KIND_W_U && tk_model_hparams(m).tied)
		kind = TK_KIND_W_E;
	if (!tk_model_matrix(m, kind).data)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "there is no such matrix");
	i = tk_container_find(c, kind);
	s = tk_container_section(c, i);
	if (row >= s.rows)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "section %s has %llu rows", s.name,
			       (unsigned long long)s.rows);
	return tk_container_verify_bytes(c, i, row * s.row_stride,
					 s.row_stride, err);
}

enum tk_status tk_model_verify_token(const struct tk_model *m, uint64_t id,
				     struct tk_error *err)
{
	const struct tk_container *c = tk_model_container(m);
	const size_t i = tk_container_find(c, TK_KIND_VOCAB);
	struct tk_bytes token = {NULL, 0};
	enum tk_status status;

	/* The id first: there may be no offsets of it. */
	if (id < tk_model_vocab(m).n_tokens) {
		status = tk_container_verify_bytes(
			c, i, sizeof(struct tk_disk_vocab) + 4 * id, 8, err);
		if (status)
			return status;
	}
	status = tk_model_token(&token, m, id, err);
	if (status || !token.len)
		return status;
	return tk_container_verify_bytes(
		c, i, (uint64_t)(token.ptr - tk_container_stored(c, i).ptr),
		token.len, err);
}
