/* SPDX-License-Identifier: MIT */
/*
 * hello FILE ID - the five likeliest tokens after the token ID
 */
#include <libformat.h>
#include <stdio.h>
#include <stdlib.h>

/* A token may be any bytes; a terminal should not get all of them. */
static void print_token(struct tk_bytes token)
{
	for (size_t i = 0; i < token.len; i++) {
		unsigned c = token.ptr[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			printf("\\x%02x", c);
		else
			putchar((int)c);
	}
}

/* Context, norm, a key for each token, and the best five; h has room. */
static enum tk_status predict(const struct tk_model *m, uint32_t id, float *h,
			      struct tk_error *err)
{
	const size_t d = (size_t)tk_model_hparams(m).d_model;
	const size_t n = (size_t)tk_model_n_predictable(m);
	float *keys = h + 2 * d;
	struct tk_candidate best[5];
	struct tk_bytes token;

	if (tk_context(h, h + d, m, &id, 1, err) || tk_final_norm(h, m, err) ||
	    tk_keys(keys, m, h, 0, n, err))
		return err->status;

	struct tk_normalizer sum = tk_normalize(m, keys, n, 1.0);
	size_t n_best = tk_top_k(best, 5, keys, n, 0);

	for (size_t i = 0; i < n_best; i++) {
		if (tk_model_token(&token, m, best[i].id, err))
			return err->status;
		printf("%.4f  \"", tk_prob(&sum, tk_logit(m, best[i].key)));
		print_token(token);
		puts("\"");
	}
	return TK_OK;
}

int main(int argc, char **argv)
{
	struct tk_container *file = NULL;
	struct tk_model *model = NULL;
	struct tk_error err = {.message = "out of memory"};
	char *end = "";
	unsigned long id = argc == 3 ? strtoul(argv[2], &end, 10) : 0;
	float *h = NULL;
	int status = 2;

	if (argc != 3 || end == argv[2] || *end || id > UINT32_MAX) {
		fprintf(stderr, "usage: hello FILE ID\n");
		return 2;
	}
	if (tk_container_open(&file, argv[1], &err) ||
	    tk_model_open(&model, file, &err) || tk_can_predict(model, &err))
		goto out;
	h = calloc((size_t)(2 * tk_model_hparams(model).d_model +
			    tk_model_n_predictable(model)),
		   sizeof(*h));
	if (h && !predict(model, (uint32_t)id, h, &err))
		status = 0;
out:
	if (status)
		fprintf(stderr, "hello: %s: %s\n", argv[1], err.message);
	free(h);
	tk_model_close(model);
	tk_container_close(file);
	return status;
}
