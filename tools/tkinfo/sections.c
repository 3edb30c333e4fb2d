/* SPDX-License-Identifier: MIT */
/*
 * sections.c - the section table and the digests, as text
 */
#include "tkinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "color.h"
#include "text.h"

/* Digits of a digest that tell the sections of one file apart. */
#define SHORT_DIGEST 8

/* One letter for each flag that is set: R, D, N. */
static void flag_letters(char out[8], uint32_t flags)
{
	size_t n = 0;

	for (unsigned bit = 0; flag_name(bit); bit++)
		if (flags >> bit & 1)
			out[n++] = "RDN"[bit];
	if (!n)
		out[n++] = '-';
	out[n] = 0;
}

/* In an archive a section's place says less than what is left of it. */
static void print_section(const struct tk_section *s, bool is_archive)
{
	char shape[48] = "-";
	char digest[33];
	char flags[8];

	if (s->dtype != TK_BYTES)
		snprintf(shape, sizeof(shape), "%" PRIu64 "x%" PRIu64, s->rows,
			 s->cols);
	text_digest(digest, s->digest);
	flag_letters(flags, s->flags);
	printf("%8" PRIx32 " %-17s", s->kind, s->name);
	if (strlen(s->name) > 17)
		printf("\n%26s", "");
	printf(" %-5s %12s %11" PRIu64 " %11" PRIu64 " %s %.*s\n",
	       tk_dtype_name(s->dtype), shape,
	       is_archive ? s->stored_size : s->offset, s->size, flags,
	       SHORT_DIGEST, digest);
}

void sections_print(const struct info *info)
{
	size_t n = tk_container_count(info->container);
	bool is_archive = tk_is_archive(info->container);
	char head[81];

	snprintf(head, sizeof(head), "%8s %-17s %-5s %12s %11s %11s %s %s",
		 "kind", "name", "dtype", "shape",
		 is_archive ? "stored" : "offset", "size", "F", "digest");
	color_put(stdout, COLOR_HEAD, head);
	putchar('\n');
	for (size_t i = 0; i < n; i++) {
		struct tk_section s = tk_container_section(info->container, i);

		print_section(&s, is_archive);
	}
}

bool digest_value(struct tk_digest *out, const struct info *info)
{
	size_t threads = info->threads;
	struct tk_parallel parallel = {cli_pool, &threads};
	struct tk_error err;

	if (!info->model || info->view)
		return false;
	if (tk_model_value(out, info->model, &parallel, &err))
		cli_die_error(info->path, &err);
	return true;
}

void digest_print(const struct info *info)
{
	struct tk_file_info f = tk_container_info(info->container);
	char digest[33];

	text_digest(digest, f.file);
	printf("file     %s\n", digest);
	text_digest(digest, f.content);
	printf("content  %s\n", digest);
	if (digest_value(&f.content, info)) {
		text_digest(digest, f.content);
		printf("value    %s\n", digest);
	} else if (info->view) {
		puts("value    (of the file that the archive expands to)");
	}
}
