/* SPDX-License-Identifier: MIT */
/*
 * selftest.c - the selftest section -> its cases: spec/format.md 7.3
 *
 * The form is checked as a whole when it is opened; every case is bounded
 * again when it is taken, as the bytes may have changed.
 */
#include "compute/selftest.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/topk.h"
#include "container/handle.h"
#include "container/layout.h"

/* ---- cases ---- */

/* True if the case at 'pos' lies inside; it ends at 'next'. */
static bool take(struct tk_selftest_case *out, size_t *next,
		 struct tk_bytes section, size_t pos)
{
	struct tk_disk_case head;
	uint64_t size;

	if (!tk_inside(pos, sizeof(head), section.len))
		return false;
	memcpy(&head, section.ptr + pos, sizeof(head));
	pos += sizeof(head);
	*out = (struct tk_selftest_case){
		.form = (enum tk_selftest_form)tk_get32(head.form),
		.n_in = tk_get32(head.n_in),
		.k = tk_get32(head.k),
		.n_out = tk_get32(head.n_out),
		.in = section.ptr + pos,
	};
	size = 4 * (uint64_t)out->n_in +
	       sizeof(struct tk_disk_result) * (uint64_t)out->n_out;
	if (!tk_inside(pos, size, section.len))
		return false;
	out->out = out->in + 4 * (size_t)out->n_in;
	*next = pos + (size_t)size;
	return true;
}

bool tk_selftest_next(struct tk_selftest_case *out,
		      const struct tk_selftest *s, size_t *pos)
{
	if (!*pos)
		*pos = sizeof(struct tk_disk_selftest);
	return take(out, pos, s->section, *pos);
}

uint32_t tk_selftest_id(const struct tk_selftest_case *c, size_t i)
{
	return tk_load32(c->in + 4 * i);
}

float tk_selftest_element(const struct tk_selftest_case *c, size_t i)
{
	return tk_load_f32(c->in + 4 * i);
}

struct tk_selftest_result tk_selftest_out(const struct tk_selftest_case *c,
					  size_t i)
{
	const uint8_t *p = c->out + sizeof(struct tk_disk_result) * i;

	return (struct tk_selftest_result){
		.id = tk_load32(p + offsetof(struct tk_disk_result, id)),
		.key = tk_load_f32(p + offsetof(struct tk_disk_result, key)),
		.logit = tk_load_f32(p +
				     offsetof(struct tk_disk_result, logit)),
	};
}

/* ---- is it as it must be? ---- */

/* The head of the case at 'pos', which need not lie inside. */
static enum tk_status check_head(struct tk_bytes section, size_t pos,
				 struct tk_error *err)
{
	struct tk_disk_case head;
	uint32_t form, n_in, k, n_out;

	if (!tk_inside(pos, sizeof(head), section.len))
		return tk_fail(err, TK_E_LAYOUT, pos, "a case is cut off");
	memcpy(&head, section.ptr + pos, sizeof(head));
	form = tk_get32(head.form);
	n_in = tk_get32(head.n_in);
	k = tk_get32(head.k);
	n_out = tk_get32(head.n_out);
	if (form > TK_SELFTEST_HIDDEN)
		return tk_fail(err, TK_E_VALUE, pos, "unknown form %u", form);
	if (n_in > (form == TK_SELFTEST_IDS ? TK_MAX_CASE_IDS : TK_MAX_COLS) ||
	    k > TK_SELFTEST_BEST)
		return tk_fail(err, TK_E_LIMIT, pos,
			       "%u ids or elements and the %u best are beyond "
			       "the limit",
			       n_in, k);
	if (!n_in || !k || !n_out || n_out > k)
		return tk_fail(err, TK_E_VALUE, pos,
			       "%u ids or elements, %u of the %u best: there "
			       "is no such case",
			       n_in, n_out, k);
	return TK_OK;
}

/* What goes in must be what the model takes. */
static enum tk_status check_ids(const struct tk_selftest_case *c,
				const struct tk_model *m, size_t pos,
				struct tk_error *err)
{
	struct tk_matrix w_e = tk_model_w_e(m);

	if (!w_e.data || w_e.cols != tk_model_hparams(m).d_model)
		return tk_fail(err, TK_E_SHAPE, pos,
			       "a context, and no W_E that could embed it");
	for (size_t i = 0; i < c->n_in; i++)
		if (tk_selftest_id(c, i) >= w_e.rows)
			return tk_fail(err, TK_E_VALUE, pos,
				       "id %u has no row in W_E",
				       tk_selftest_id(c, i));
	return TK_OK;
}

static enum tk_status check_vector(const struct tk_selftest_case *c,
				   const struct tk_model *m, size_t pos,
				   struct tk_error *err)
{
	if (c->n_in != tk_model_hparams(m).d_model)
		return tk_fail(err, TK_E_SHAPE, pos,
			       "a vector of %u elements, d_model is %llu",
			       c->n_in,
			       (unsigned long long)tk_model_hparams(m).d_model);
	for (size_t i = 0; i < c->n_in; i++)
		if (!isfinite(tk_selftest_element(c, i)))
			return tk_fail(err, TK_E_VALUE, pos,
				       "element %zu of the vector is not "
				       "finite",
				       i);
	return TK_OK;
}

static enum tk_status check_results(const struct tk_selftest_case *c,
				    const struct tk_model *m, size_t pos,
				    struct tk_error *err)
{
	struct tk_candidate last = {0};

	for (size_t i = 0; i < c->n_out; i++) {
		struct tk_selftest_result r = tk_selftest_out(c, i);
		struct tk_candidate now = {r.id, r.key};

		if (r.id >= tk_model_n_predictable(m))
			return tk_fail(err, TK_E_VALUE, pos,
				       "rank %zu: id %u cannot be predicted",
				       i + 1, r.id);
		if (!isfinite(r.key) || isnan(r.logit))
			return tk_fail(err, TK_E_VALUE, pos,
				       "rank %zu: no number", i + 1);
		if (i && !tk_is_better(last, now))
			return tk_fail(err, TK_E_VALUE, pos,
				       "rank %zu is better than the one "
				       "before",
				       i + 1);
		last = now;
	}
	return TK_OK;
}

static enum tk_status check_case(size_t *next, struct tk_bytes section,
				 const struct tk_model *m, size_t pos,
				 struct tk_error *err)
{
	struct tk_selftest_case c;
	enum tk_status status = check_head(section, pos, err);

	if (status)
		return status;
	if (!take(&c, next, section, pos))
		return tk_fail(err, TK_E_LAYOUT, pos, "a case is cut off");
	status = c.form == TK_SELFTEST_IDS ? check_ids(&c, m, pos, err)
					   : check_vector(&c, m, pos, err);
	return status ? status : check_results(&c, m, pos, err);
}

static enum tk_status check_count(uint32_t *n, struct tk_bytes section,
				  const struct tk_limits *limits,
				  struct tk_error *err)
{
	struct tk_disk_selftest head;

	if (section.len > limits->selftest_bytes)
		return tk_fail(err, TK_E_LIMIT, 0, "more than %llu bytes",
			       (unsigned long long)limits->selftest_bytes);
	if (section.len < sizeof(head))
		return tk_fail(err, TK_E_LAYOUT, 0,
			       "is shorter than its header");
	memcpy(&head, section.ptr, sizeof(head));
	*n = tk_get32(head.count);
	if (*n > limits->selftest_cases)
		return tk_fail(err, TK_E_LIMIT, 0, "more than %llu cases",
			       (unsigned long long)limits->selftest_cases);
	if (tk_load32(head.reserved_0x04))
		return tk_fail(err, TK_E_RESERVED, 4,
			       "reserved bytes are not zero");
	if (!*n)
		return tk_fail(err, TK_E_VALUE, 0, "has no cases");
	return TK_OK;
}

enum tk_status tk_selftest_check(uint32_t *n_cases, struct tk_bytes section,
				 const struct tk_model *m,
				 struct tk_error *err)
{
	size_t pos = sizeof(struct tk_disk_selftest);
	uint32_t n = 0;
	enum tk_status status = check_count(
		&n, section, &tk_model_container(m)->limits, err);
	/* Where subnormals count as zeros, they compare as equal. */
	tk_fpenv env = tk_fpenv_set();

	for (uint32_t i = 0; i < n && !status; i++)
		status = check_case(&pos, section, m, pos, err);
	if (!status && pos != section.len)
		status = tk_fail(err, TK_E_LAYOUT, pos,
				 "bytes after the last case");
	tk_fpenv_restore(env);
	if (!status)
		*n_cases = n;
	return status;
}

enum tk_status tk_selftest_open(struct tk_selftest *out,
				const struct tk_model *m,
				struct tk_error *err)
{
	const struct tk_container *c = tk_model_container(m);
	size_t i = tk_container_find(c, TK_KIND_SELFTEST);
	struct tk_selftest s = {0};
	enum tk_status status;

	if (i == TK_NO_SECTION || tk_container_section(c, i).dtype > TK_Q8)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "the file has no self-test");
	s.section = tk_container_stored(c, i);
	s.offset = tk_container_section(c, i).offset;
	status = tk_selftest_check(&s.n_cases, s.section, m, err);
	if (!status)
		*out = s;
	else if (err)
		err->offset += s.offset;
	return status;
}
