/* SPDX-License-Identifier: MIT */
/*
 * settings.c - --set KEY=VALUE: what the command line knows better
 */
#include "settings.h"

#include <string.h>

#include "hparam.h"
#include "text.h"

static const char *const note_keys[] = {"title", "license", "url"};

#define N_NOTE_KEYS (sizeof(note_keys) / sizeof(note_keys[0]))

static int fail_unknown(struct source *s, const char *key)
{
	char names[512] = "";

	for (int i = 0; hparam_name(i); i++)
		source_list(names, sizeof(names), hparam_name(i));
	for (size_t i = 0; i < N_NOTE_KEYS; i++)
		source_list(names, sizeof(names), note_keys[i]);
	return source_fail(s, "--set %s: no such key; there are %s", key,
			   names);
}

static int set_note(struct source *s, struct tk_kv_builder *note,
		    const char *key, struct tk_bytes value)
{
	for (size_t i = 0; i < N_NOTE_KEYS; i++) {
		if (strcmp(key, note_keys[i]))
			continue;
		if (!text_is_utf8(value))
			return source_fail(s, "--set %s: is not UTF-8", key);
		tk_kv_set_text(note, key, value, false);
		return 0;
	}
	return fail_unknown(s, key);
}

int settings_apply(struct source *s, struct tk_kv_builder *note,
		   const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	struct tk_bytes name, value;
	const char *wrong;
	const char *key;
	int i;

	if (!equals)
		return source_fail(s, "--set %s: must be KEY=VALUE",
				   assignment);
	name.ptr = (const uint8_t *)assignment;
	name.len = (size_t)(equals - assignment);
	value.ptr = (const uint8_t *)equals + 1;
	value.len = strlen(equals + 1);
	i = hparam_find(name);
	if (i >= 0) {
		wrong = hparam_set(&s->hparams, i, value);
		return wrong ? source_fail(s, "--set %s: the value %s",
					   assignment, wrong)
			     : 0;
	}
	key = source_strndup(s, name.ptr, name.len);
	return key ? set_note(s, note, key, value) : -1;
}
