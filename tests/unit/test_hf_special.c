/* SPDX-License-Identifier: MIT */
/*
 * test_hf_special.c - special ids, where the JSON files disagree
 */
#include <string.h>

#include "modelfiles.h"
#include "source.h"

static void test_specials(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	foreign_text("config.json",
		     "{\"model_type\":\"gpt2\",\"bos_token_id\":0,"
		     "\"eos_token_id\":[1,2],\"pad_token_id\":-1,"
		     "\"sep_token_id\":5}");
	foreign_text("generation_config.json",
		     "{\"bos_token_id\":1,\"eos_token_id\":[2,3,99],"
		     "\"max_length\":1000000000000000000000}");
	foreign_text("tokenizer_config.json",
		     "{\"eos_token\":{\"content\":\"<end>\"},\"unk_token\":"
		     "\"none\",\"bos_token\":null,\"add_bos_token\":true,"
		     "\"add_eos_token\":false,\"model_max_length\":"
		     "1000000000000000019884624838656,\"chat_template\":"
		     "[{\"name\":\"x\",\"template\":\"X\"},{\"name\":"
		     "\"default\",\"template\":\"{{ y }}\"}]}");
	made_open(&s);
	assert_int_equal(s.special[TK_SPECIAL_BOS], 1);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 4);
	assert_int_equal(s.special[TK_SPECIAL_UNK], TK_NO_ID);
	assert_int_equal(s.special[TK_SPECIAL_PAD], TK_NO_ID);
	assert_int_equal(s.special[TK_SPECIAL_SEP], TK_NO_ID);
	assert_int_equal(s.n_eos_ids, 3);
	assert_true(s.eos_ids[0] == 1 && s.eos_ids[1] == 2 &&
		    s.eos_ids[2] == 3);
	assert_int_equal(s.add_bos, YES);
	assert_int_equal(s.add_eos, NO);
	assert_string_equal(s.chat_template, "{{ y }}");
	assert_true(made_noted(&s, "unk_token is \"none\", which is no token"));
	assert_true(made_noted(&s, "the sep id 5 has no token"));
	assert_true(made_noted(&s, "the eos id 99 has no token"));
	source_free(&s);
	foreign_text("generation_config.json", "{\"eos_token_id\":\"2\"}");
	made_refused("eos_token_id is a text, not an id");
	foreign_text("generation_config.json", "{\"eos_token_id\":[true]}");
	made_refused("eos_token_id is true or false, not an id");
	foreign_text("generation_config.json", "{}");
	foreign_text("tokenizer_config.json", "{\"eos_token\":4}");
	made_refused("eos_token is a whole number, not a text");
	foreign_text("tokenizer_config.json",
		     "{\"chat_template\":\"plain\",\"added_tokens_decoder\":"
		     "{\"x\":{\"content\":\"a\"}}}");
	made_refused("added_tokens_decoder has \"x\" without id or content");
	foreign_text("tokenizer_config.json", "{\"chat_template\":\"plain\"}");
	made_open(&s);
	assert_string_equal(s.chat_template, "plain");
	assert_int_equal(s.add_bos, UNKNOWN);
	source_free(&s);
}

/* One id, or the first of a list, is the eos id; -1 is none. */
static void test_eos(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	foreign_text("generation_config.json", "{}");
	foreign_text("tokenizer_config.json", "{}");
	foreign_text("config.json", "{\"eos_token_id\":3}");
	made_open(&s);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 3);
	assert_true(s.n_eos_ids == 1 && s.eos_ids[0] == 3);
	source_free(&s);
	foreign_text("config.json", "{\"eos_token_id\":[2,-1,0,2]}");
	made_open(&s);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 2);
	assert_true(s.n_eos_ids == 2 && s.eos_ids[1] == 0);
	assert_int_equal(s.n_notes, 0);
	source_free(&s);
	foreign_text("config.json", "{\"eos_token_id\":-1}");
	made_open(&s);
	assert_int_equal(s.special[TK_SPECIAL_EOS], TK_NO_ID);
	assert_true(!s.n_eos_ids && !s.eos_ids);
	source_free(&s);
}

/* Of two tokens with the text, the one that is special is meant. */
static void test_twins(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	foreign_text("generation_config.json", "{}");
	foreign_text("tokenizer.json",
		     "{\"added_tokens\":[{\"id\":3,\"content\":\"x\","
		     "\"special\":true}],\"model\":{\"vocab\":{\"x\":1,"
		     "\"y\":0}}}");
	foreign_text("tokenizer_config.json", "{\"pad_token\":\"x\"}");
	made_open(&s);
	assert_int_equal(s.special[TK_SPECIAL_PAD], 3);
	assert_int_equal(s.tokens.kind[1], TK_TOKEN_NORMAL);
	source_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specials),
		cmocka_unit_test(test_eos),
		cmocka_unit_test(test_twins),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
