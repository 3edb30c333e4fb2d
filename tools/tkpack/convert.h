/* SPDX-License-Identifier: MIT */
/*
 * convert.h - the rows of a table -> the rows of a section
 */
#ifndef TKPACK_CONVERT_H
#define TKPACK_CONVERT_H

#include "source.h"

/* What is done to one table, and what was found on the way. */
struct conversion {
	struct table *table;
	enum tk_dtype dtype;	 /* of the section */
	bool keeps_bits;	 /* rows are copied as they are */
	double max_error;	 /* largest |stored - decoded| */
	uint64_t nonfinite;	 /* elements that are NaN or infinite */
	uint64_t first_nonfinite; /* row of the first; UINT64_MAX: none */
	uint64_t zero_rows;	 /* rows that are all zero */
	struct tk_digest digest; /* of the section, once it is written */
};

/* Called after each block of rows with how many bytes were written. */
typedef void progress_fn(uint64_t bytes);

/*
 * Chooses how 't' is stored: as 'want', or if that is TK_BYTES as it is, in
 * the nearest type without loss.  Only a matrix can be q8.
 */
struct conversion conversion_plan(struct table *t, enum tk_dtype want,
				  bool is_matrix);

/* True if values may change, so that the error must be measured. */
bool conversion_is_lossy(const struct conversion *c);

/*
 * Streams the table through 'w', into a section of 'kind'; with 'w' NULL only
 * measures.  Memory: a few MiB.  A failure of the writer is in 'err', one of
 * the source in the source.
 */
int conversion_run(struct source *s, struct conversion *c, struct tk_writer *w,
		   uint32_t kind, progress_fn *progress, struct tk_error *err);

/*
 * The rows of a section read from the source again, any number of times;
 * NULL, and a message in the source, if there is no memory.
 */
struct conversion_rows *conversion_rows_new(struct source *s,
					    const struct conversion *c,
					    progress_fn *progress);
void conversion_rows_free(struct conversion_rows *r);

/* The 'read' of a struct tk_row_source; the context is a conversion_rows. */
const uint8_t *conversion_rows_read(void *context, uint64_t first,
				    uint64_t n);

#endif /* TKPACK_CONVERT_H */
