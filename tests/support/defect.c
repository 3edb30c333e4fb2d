/* SPDX-License-Identifier: MIT */
/*
 * defect.c - one field of a good file changed: what must come of it
 */
#include "defect.h"

#include <inttypes.h>

#include "guard.h"
#include "test.h"

enum tk_status open_guarded(const struct image *im, struct tk_error *err)
{
	struct guard g = guard_copy(im->data, im->size, 64);
	struct tk_container *c = (void *)&g;
	enum tk_status status = tk_container_open_bytes(
		&c, (struct tk_bytes){g.data, g.size}, err);

	if (!status)
		tk_container_close(c);
	else if ((void *)c != (void *)&g)
		fail_msg("a failed open has changed its output");
	guard_free(&g);
	return status;
}

void seal(struct image *im, enum seal how)
{
	if (how == HEADER_SEALED)
		image_seal_header(im);
	else if (how == SEALED)
		image_seal(im);
	else if (how == ALL_SEALED)
		image_seal_all(im);
}

static void check_message(const char *name, const struct tk_error *err,
			  enum tk_status status)
{
	size_t len = strlen(err->message);

	if (err->status != status || err->sys_errno || !len)
		fail_msg("%s: the error is not filled in", name);
	for (size_t i = 0; i < len; i++)
		if (err->message[i] < 0x20 || err->message[i] > 0x7e)
			fail_msg("%s: message with byte %d", name,
				 err->message[i]);
}

void check_refusal(const char *name, const struct image *im,
		   enum tk_status status, uint64_t offset)
{
	struct tk_error err = {.sys_errno = 1};
	enum tk_status is = open_guarded(im, &err);

	if (is != status)
		fail_msg("%s: %s, not %s", name,
			 is ? err.message : "opens", tk_status_text(status));
	if (!status)
		return;
	check_message(name, &err, status);
	if (err.offset != offset)
		fail_msg("%s: offset %" PRIu64 ", not %" PRIu64 " (%s)", name,
			 err.offset, offset, err.message);
}

void check_defect(const struct image *good, const struct defect *d)
{
	struct image im = image_copy(good, good->size);
	size_t base = d->kind ? image_entry(good, d->kind) : 0;

	if (image_get(&im, base + d->at, d->width) == d->value)
		fail_msg("%s: changes nothing", d->name);
	image_put(&im, base + d->at, d->width, d->value);
	seal(&im, d->seal);
	check_refusal(d->name, &im, d->status, base + d->offset);
	image_free(&im);
}
