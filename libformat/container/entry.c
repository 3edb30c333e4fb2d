/* SPDX-License-Identifier: MIT */
/*
 * entry.c - what is asked of a writer -> an entry of the table
 */
#include "container/entry.h"

#include <string.h>

#include "base/dtype.h"
#include "base/fail.h"
#include "container/kinds.h"

static enum tk_status check_names(const struct tk_section_spec *spec,
				  const struct tk_kind_rule *rule,
				  struct tk_error *err)
{
	uint8_t name[32] = {0};

	if (rule && (!spec->name || !strcmp(spec->name, rule->name)) &&
	    (!spec->flags || spec->flags == rule->flags))
		return TK_OK;
	if (rule || !spec->kind || !spec->name ||
	    strlen(spec->name) > 31 || spec->flags > 7)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x: name and flags are not its own",
			       spec->kind);
	memcpy(name, spec->name, strlen(spec->name));
	if (!tk_is_section_name(name) ||
	    (spec->kind == TK_KIND_FREE && !strchr(spec->name, '.')))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a section's name must be a-z 0-9 _ . -, with "
			       "a dot if it is free");
	return TK_OK;
}

/* Puts the section's size into '*size'. */
static enum tk_status check_spec(uint64_t *size,
				 const struct tk_section_spec *spec,
				 const struct tk_kind_rule *rule,
				 struct tk_error *err)
{
	uint64_t max_rows = rule ? rule->max_rows : TK_MAX_ROWS;
	uint64_t max_cols = rule ? rule->max_cols : TK_MAX_ROWS;
	uint64_t stride;

	if (spec->dtype > TK_Q8 || (rule && !(rule->dtypes >> spec->dtype & 1)))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x cannot have dtype %d", spec->kind,
			       spec->dtype);
	*size = spec->size;
	if (spec->dtype != TK_BYTES) {
		if (spec->rows > max_rows || spec->cols > max_cols)
			return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
				       "kind 0x%x: %llu x %llu is beyond the "
				       "limit",
				       spec->kind,
				       (unsigned long long)spec->rows,
				       (unsigned long long)spec->cols);
		stride = tk_row_stride(spec->dtype, spec->cols);
		/* 2^24 rows of 2^24 elements at most: below 2^51. */
		*size = spec->rows * stride;
	}
	if (!*size)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x: an empty section", spec->kind);
	if (*size > TK_MAX_FILE_SIZE)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "kind 0x%x: size is beyond 2^47 - 1",
			       spec->kind);
	return TK_OK;
}

static void fill(struct tk_disk_entry *e, const struct tk_section_spec *spec,
		 const struct tk_kind_rule *rule, uint64_t size)
{
	const char *name = rule ? rule->name : spec->name;

	memset(e, 0, sizeof(*e));
	e->kind = tk_put32(spec->kind);
	e->flags = tk_put32(rule ? rule->flags : spec->flags);
	e->dtype = tk_put16((uint16_t)spec->dtype);
	e->size = tk_put64(size);
	memcpy(e->name, name, strlen(name));
	if (spec->dtype != TK_BYTES) {
		e->rows = tk_put64(spec->rows);
		e->cols = tk_put64(spec->cols);
		e->row_stride =
			tk_put64(tk_row_stride(spec->dtype, spec->cols));
	}
}

enum tk_status tk_entry_make(struct tk_disk_entry *e,
			     const struct tk_section_spec *spec,
			     struct tk_error *err)
{
	const struct tk_kind_rule *rule = tk_kind_rule(spec->kind);
	enum tk_status status;
	uint64_t size = 0;

	if ((status = check_names(spec, rule, err)) ||
	    (status = check_spec(&size, spec, rule, err)))
		return status;
	fill(e, spec, rule, size);
	return TK_OK;
}

bool tk_entry_precedes(const struct tk_disk_entry *a,
		       const struct tk_disk_entry *b)
{
	uint32_t ka = tk_get32(a->kind), kb = tk_get32(b->kind);

	return ka < kb ||
	       (ka == kb && memcmp(a->name, b->name, sizeof(a->name)) < 0);
}
