/* SPDX-License-Identifier: MIT */
/*
 * entry.h - what is asked of a writer -> an entry of the table
 */
#ifndef TK_ENTRY_H
#define TK_ENTRY_H

#include "container/layout.h"
#include "libformat/writer.h"

/*
 * Checks 'spec' and fills in what it decides: kind, flags, dtype, name, size
 * and shape.  The rest is zero.
 */
enum tk_status tk_entry_make(struct tk_disk_entry *e,
			     const struct tk_section_spec *spec,
			     struct tk_error *err);

/* True if 'a' may stand right before 'b'. */
bool tk_entry_precedes(const struct tk_disk_entry *a,
		       const struct tk_disk_entry *b);

#endif /* TK_ENTRY_H */
