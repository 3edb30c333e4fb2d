/* SPDX-License-Identifier: MIT */
/*
 * settings.c - --set KEY=VALUE: what the command line knows better
 */
#include "settings.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum type { COUNT, FLOAT, DOUBLE, NORM };

static const struct setting {
	const char *key;
	enum type type;
	size_t offset;
} settings[] = {
#define AT(member) offsetof(struct tk_hparams, member)
	{"n_ctx", COUNT, AT(n_ctx)},
	{"embed_scale", FLOAT, AT(embed_scale)},
	{"logit_scale", FLOAT, AT(logit_scale)},
	{"logit_softcap", FLOAT, AT(logit_softcap)},
	{"final_norm", NORM, AT(final_norm)},
	{"final_norm_eps", DOUBLE, AT(final_norm_eps)},
	{"final_norm_offset", FLOAT, AT(final_norm_offset)},
	{"embed_norm", NORM, AT(embed_norm)},
	{"embed_norm_eps", DOUBLE, AT(embed_norm_eps)},
#undef AT
};

static const char *const note_keys[] = {"title", "license", "url"};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static bool set_number(void *to, enum type type, const char *text)
{
	char *end;
	double x;

	errno = 0;
	if (type == COUNT) {
		if (!*text || strspn(text, "0123456789") != strlen(text))
			return false;
		*(uint64_t *)to = strtoull(text, &end, 10);
		return !errno;
	}
	if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
		return false;
	x = strtod(text, &end);
	if (*end || !isfinite(x))
		return false;
	if (type == FLOAT)
		*(float *)to = (float)x;
	else
		*(double *)to = x;
	return true;
}

static bool set_norm(void *to, const char *text)
{
	static const char *const names[] = {"none", "layernorm", "rmsnorm"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, names[i]))
			continue;
		*(enum tk_norm *)to = (enum tk_norm)i;
		return true;
	}
	return false;
}

static int fail_unknown(struct source *s, const char *key)
{
	char names[512] = "";

	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		strcat(names, settings[i].key);
		strcat(names, ", ");
	}
	for (size_t i = 0; i < COUNT_OF(note_keys); i++) {
		strcat(names, note_keys[i]);
		strcat(names, i + 1 < COUNT_OF(note_keys) ? ", " : "");
	}
	return source_fail(s, "--set %s: no such key; there are %s", key,
			   names);
}

int settings_apply(struct source *s, struct tk_kv_builder *note,
		   const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	const char *value = equals ? equals + 1 : "";
	char *key;

	if (!equals)
		return source_fail(s, "--set %s: must be KEY=VALUE",
				   assignment);
	key = source_strndup(s, assignment, (size_t)(equals - assignment));
	if (!key)
		return -1;
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		void *to = (char *)&s->hparams + settings[i].offset;

		if (strcmp(key, settings[i].key))
			continue;
		if (settings[i].type == NORM ? set_norm(to, value)
					     : set_number(to, settings[i].type,
							  value))
			return 0;
		return source_fail(s, "--set %s: %s cannot be that",
				   assignment, key);
	}
	for (size_t i = 0; i < COUNT_OF(note_keys); i++) {
		struct tk_bytes text = {(const uint8_t *)value, strlen(value)};

		if (strcmp(key, note_keys[i]))
			continue;
		if (!tk_kv_set_text(note, key, text, false))
			return 0;
		return source_fail(s, "--set %s: is not UTF-8", key);
	}
	return fail_unknown(s, key);
}
