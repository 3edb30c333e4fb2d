/* SPDX-License-Identifier: MIT */
/*
 * test_gguf_tensors.c - tensors of GGUF files that must be refused
 *
 * Beside each of them stands the nearest one that is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gguf_open.h"

#define W_E "token_embd.weight"

/* ---- names ---- */

static const char long_name[] = "0123456789012345678901234567890123456789"
				"0123456789012345678901234567890123456789";

static void set_name(struct gguf_image *img, const char *name, size_t len)
{
	image_tensor(img, "blk.0.x")->name_len = len;
	image_tensor(img, "blk.0.x")->name = name;
}

static void name_63(struct gguf_image *img)
{
	set_name(img, long_name, 63);
}

static void name_64(struct gguf_image *img)
{
	set_name(img, long_name, 64);
}

static void name_0(struct gguf_image *img)
{
	set_name(img, "", 0);
}

static void name_nul(struct gguf_image *img)
{
	set_name(img, "a\0b", 3);
}

static void name_twice(struct gguf_image *img)
{
	set_name(img, "output.bias", 11);
}

static void names(void **state)
{
	static const struct gguf_change changes[] = {
		{"63 bytes", name_63, NULL},
		{"64 bytes", name_64, "has 64 bytes; legal are 1 to 63"},
		{"empty", name_0, "has 0 bytes"},
		{"NUL", name_nul, "\"a\\x00b\", has a NUL"},
		{"twice", name_twice, "two tensors \"output.bias\""},
	};

	(void)state;
	GGUF_CHECK(changes);
}

/* ---- shapes ---- */

static void set_shape(struct gguf_image *img, uint32_t n_dims, uint64_t ne0,
		      uint64_t ne1, uint64_t ne2, uint64_t ne3)
{
	struct image_tensor *t = image_tensor(img, "blk.0.x");

	t->n_dims = n_dims;
	t->ne[0] = ne0;
	t->ne[1] = ne1;
	t->ne[2] = ne2;
	t->ne[3] = ne3;
}

static void dims_0(struct gguf_image *img)
{
	image_tensor(img, "blk.0.x")->size = 1;
	set_shape(img, 0, 1, 1, 1, 1);
}

static void dims_4(struct gguf_image *img)
{
	set_shape(img, 4, 3, 1, 1, 1);
}

static void dims_5(struct gguf_image *img)
{
	set_shape(img, 5, 3, 1, 1, 1);
}

static void dim_zero(struct gguf_image *img)
{
	set_shape(img, 2, 3, 0, 1, 1);
}

static void dim_negative(struct gguf_image *img)
{
	set_shape(img, 2, 3, UINT64_MAX, 1, 1);
}

static void wraps_to_zero(struct gguf_image *img)
{
	set_shape(img, 4, UINT64_C(1) << 32, UINT64_C(1) << 32, 1, 1);
}

static void wraps_to_three(struct gguf_image *img)
{
	/* 7 * 7905747460161236407 = 3 * 2^64 + 1 */
	set_shape(img, 4, 3, 7, UINT64_C(7905747460161236407), 1);
}

static void size_wraps(struct gguf_image *img)
{
	/* The elements can be counted, but not their bytes. */
	image_tensor(img, "blk.0.x")->type = 0;
	set_shape(img, 1, UINT64_C(1) << 62, 1, 1, 1);
}

static void padding_wraps(struct gguf_image *img)
{
	image_tensor(img, "blk.0.x")->type = 25;
	set_shape(img, 2, INT64_MAX, 1, 1, 1);
}

static void sum_wraps(struct gguf_image *img)
{
	set_shape(img, 1, INT64_MAX, 1, 1, 1);
	img->n_tensors = 2;
	img->tensors[1].ne[0] = UINT64_C(1) << 61;
	img->tensors[1].n_dims = 1;
	img->tensors[1].offset_added = (UINT64_C(1) << 63) - 32;
}

static void much_too_big(struct gguf_image *img)
{
	set_shape(img, 1, UINT64_C(1) << 40, 1, 1, 1);
	for (size_t i = 1; i < img->n_tensors; i++)
		img->tensors[i].offset_added = (UINT64_C(1) << 40) - 32;
}

static void shapes(void **state)
{
	static const struct gguf_change changes[] = {
		{"0 dimensions", dims_0, NULL},
		{"4 dimensions", dims_4, NULL},
		{"5 dimensions", dims_5, "has 5 dimensions, the limit is 4"},
		{"zero", dim_zero, "dimension 1 is 0"},
		{"negative", dim_negative, "dimension 1 is -1"},
		{"2^64", wraps_to_zero, "are beyond all files"},
		{"wraps", wraps_to_three, "are beyond all files"},
		{"size", size_wraps, "are beyond all files"},
		{"padding", padding_wraps, "are beyond all files"},
		{"sum", sum_wraps, "are beyond all files"},
		{"1 TiB", much_too_big, "before the end of tensor \"blk.0.x\""},
	};

	(void)state;
	GGUF_CHECK(changes);
}

/* ---- types and places ---- */

static void set_type(struct gguf_image *img, uint32_t type)
{
	image_tensor(img, "blk.0.x")->type = type;
}

static void type_4(struct gguf_image *img)
{
	set_type(img, 4);
}

static void type_31(struct gguf_image *img)
{
	set_type(img, 31);
}

static void type_43(struct gguf_image *img)
{
	set_type(img, 43);
}

static void type_negative(struct gguf_image *img)
{
	set_type(img, UINT32_MAX);
}

static void type_q8(struct gguf_image *img)
{
	set_type(img, 8);
}

static void type_iq1(struct gguf_image *img)
{
	struct image_tensor *t = image_tensor(img, "blk.0.x");

	t->type = 19;
	t->ne[0] = 256;
	t->size = 50;
}

static void offset_more(struct gguf_image *img)
{
	image_tensor(img, W_E)->offset_added = 32;
}

static void offset_unaligned(struct gguf_image *img)
{
	image_tensor(img, W_E)->offset_added = 1;
}

static void offset_negative(struct gguf_image *img)
{
	image_tensor(img, "blk.0.x")->offset_added = UINT64_MAX - 15;
}

static void offset_shared(struct gguf_image *img)
{
	image_tensor(img, W_E)->offset_added = UINT64_MAX - 31;
}

static void other_alignment(struct gguf_image *img)
{
	img->alignment = 64;
}

static void places(void **state)
{
	static const struct gguf_change changes[] = {
		{"Q4_2", type_4, "there is no type 4"},
		{"Q4_0_4_4", type_31, "there is no type 31"},
		{"one too high", type_43, "there is no type 43"},
		{"negative", type_negative, "there is no type 4294967295"},
		{"no whole block", type_q8, "rows of 3 elements are no whole "
					    "blocks of type Q8_0"},
		{"unread, unwanted", type_iq1, NULL},
		{"a hole", offset_more, "is said to be at offset 64"},
		{"unaligned", offset_unaligned, "at offset 33"},
		{"wraps", offset_negative, "at offset 18446744073709551600"},
		{"shared", offset_shared, "at offset 0, but"},
		{"alignment", other_alignment, "at offset 64, but"},
	};

	(void)state;
	GGUF_CHECK(changes);
}

/* ---- the tensors that we want ---- */

static void w_e_absent(struct gguf_image *img)
{
	image_drop_tensor(img, W_E);
}

static void w_e_unread(struct gguf_image *img)
{
	image_tensor(img, W_E)->type = 26;
}

static void w_e_three_dims(struct gguf_image *img)
{
	struct image_tensor *t = image_tensor(img, W_E);

	t->n_dims = 3;
	t->ne[1] = 3;
	t->ne[2] = 2;
}

static void w_e_rows(struct gguf_image *img, uint64_t rows)
{
	image_drop_tensor(img, "output.bias");
	image_tensor(img, W_E)->ne[1] = rows;
	image_tensor(img, W_E)->size = (size_t)rows * 16;
}

static void no_padding(struct gguf_image *img)
{
	w_e_rows(img, 5);
}

static void too_few_rows(struct gguf_image *img)
{
	w_e_rows(img, 4);
}

static void w_u_narrow(struct gguf_image *img)
{
	image_tensor(img, "output.weight")->ne[0] = 3;
	image_tensor(img, "output.weight")->size = 36;
}

static void w_u_absent(struct gguf_image *img)
{
	image_drop_tensor(img, "output.weight");
}

static void b_u_short(struct gguf_image *img)
{
	image_tensor(img, "output.bias")->ne[0] = 5;
	image_tensor(img, "output.bias")->size = 20;
}

static void norm_long(struct gguf_image *img)
{
	image_tensor(img, "output_norm.weight")->ne[0] = 5;
	image_tensor(img, "output_norm.weight")->size = 20;
	image_tensor(img, "output_norm.weight")->data = NULL;
}

static void norm_matrix(struct gguf_image *img)
{
	image_tensor(img, "output_norm.weight")->n_dims = 2;
	image_tensor(img, "output_norm.weight")->ne[1] = 2;
	image_tensor(img, "output_norm.weight")->size = 32;
	image_tensor(img, "output_norm.weight")->data = NULL;
}

static void norm_without_eps(struct gguf_image *img)
{
	image_add_tensor(img, "token_embd_norm.weight", 0, 4, 1, image_norm,
			 16);
}

static void norm_absent(struct gguf_image *img)
{
	image_drop_tensor(img, "output_norm.weight");
}

static void wanted(void **state)
{
	static const struct gguf_change changes[] = {
		{"no W_E", w_e_absent,
		 "no tensor \"token_embd.weight\" (name another with --embed): "
		 "there is \"output.weight\""},
		{"I32 W_E", w_e_unread, "is of type I32, which is not read"},
		{"3 dimensions", w_e_three_dims, "has 3 dimensions"},
		{"as many rows as tokens", no_padding, NULL},
		{"fewer", too_few_rows,
		 "5 tokens, but \"token_embd.weight\" has only 4 rows"},
		{"W_U narrow", w_u_narrow, "has rows of 3 elements"},
		{"no W_U", w_u_absent, NULL},
		{"b_U short", b_u_short, "1 x 5; 6 elements are needed"},
		{"norm long", norm_long, "1 x 5; 4 elements are needed"},
		{"norm of two rows", norm_matrix,
		 "2 x 4; 4 elements are needed"},
		{"embedding norm", norm_without_eps,
		 "has a norm of the embeddings, but no key"},
		{"no norm", norm_absent, NULL},
	};

	(void)state;
	GGUF_CHECK(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(shapes),
		cmocka_unit_test(places),
		cmocka_unit_test(wanted),
	};

	return cmocka_run_group_tests(tests, gguf_directory_make,
				      gguf_directory_remove);
}
