/* SPDX-License-Identifier: MIT */
/*
 * table.h - the section table, decoded and checked entry by entry
 */
#ifndef TK_TABLE_H
#define TK_TABLE_H

#include "container/handle.h"
#include "container/header.h"

/*
 * Fills in c->sections, which has room for c->count entries, from 'head',
 * whose header 'h' has been checked.
 */
enum tk_status tk_table_parse(struct tk_container *c, const uint8_t *head,
			      const struct tk_header *h, struct tk_error *err);

/* Fills in c->info.content of a parsed table; overwrites 'head'. */
void tk_table_content_digest(struct tk_container *c, uint8_t *head,
			     const struct tk_header *h);

#endif /* TK_TABLE_H */
