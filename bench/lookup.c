/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - the id of one token: bench-lookup FILE TOKEN
 */
#include <stdio.h>
#include <string.h>

#include <libformat.h>

static int look_up(uint32_t *id, const struct tk_model *m, const char *text)
{
	struct tk_bytes token = {(const uint8_t *)text, strlen(text)};

	return tk_model_find(id, m, token, NULL) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct tk_container *file = NULL;
	struct tk_model *m = NULL;
	uint32_t id = 0;
	int failed = 1;

	if (argc == 3 && !tk_container_open(&file, argv[1], NULL) &&
	    !tk_model_open(&m, file, NULL))
		failed = look_up(&id, m, argv[2]);
	if (!failed)
		printf("%u\n", (unsigned)id);
	tk_model_close(m);
	tk_container_close(file);
	return failed ? 2 : 0;
}
