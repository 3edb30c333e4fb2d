/* SPDX-License-Identifier: MIT */
/*
 * damage.h - what verifying finds
 *
 *     damage.c, meaning.c  the checks -> defects
 *     report.c             defects -> lines or JSON
 */
#ifndef TKINFO_DAMAGE_H
#define TKINFO_DAMAGE_H

#include "tkinfo.h"

struct defect {
	const char *section; /* NULL: the file as a whole */
	uint64_t offset;     /* of the file, or TK_NO_OFFSET */
	uint64_t size;	     /* bytes from there on; 0: not known */
	const char *message;
	bool has_rows; /* it is in the rows of a matrix */
	bool has_ids;  /* which are those of tokens */
	uint64_t first_row;
	uint64_t last_row;
	uint32_t number; /* case of the self-test, from 1; 0: none */
	uint32_t rank;	 /* of its result, from 1; 0: none */
	size_t split;	 /* of the message, where a line may end; 0: none */
};

#define MAX_LEFT_OUT 8

/* What could not be judged, or not computed again, and why. */
struct left_out {
	char name[32];
	const char *why;
};

struct report {
	const struct info *info;
	void (*put)(struct report *r, const struct defect *d);
	uint64_t n;	/* defects so far, of which MAX_LISTED are put */
	bool is_whole;	/* all that was read is as it was written */
	json_t *errors; /* array, for JSON */
	struct left_out left_out[MAX_LEFT_OUT];
	size_t n_left_out;
};

#define MAX_LISTED 100

/* Reads what r->info->level says; ends the program if that cannot be done. */
void damage_find(struct report *r);

/* Puts a defect, or only counts it. */
void damage_add(struct report *r, const struct defect *d);
void damage_add_error(struct report *r, const char *section,
		      const struct tk_error *err);

void damage_leave_out(struct report *r, const char *name, const char *why);

/* Are sketch and self-test what comes out of the matrices? */
void meaning_find(struct report *r);

#endif /* TKINFO_DAMAGE_H */
