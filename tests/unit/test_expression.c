/* SPDX-License-Identifier: MIT */
/*
 * test_expression.c - what tkvec's operands say, and where they do not
 */
#include "test.h"

#include "expression.h"
#include "guard.h"

/* "+1 word woman, -1 word man", as a string that can be compared. */
static void describe(char *out, size_t size, const struct expression *e)
{
	static const char *const kinds[] = {"word", "id", "dim"};
	size_t len = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct term *t = &e->terms[i];
		const struct tk_bytes b =
			t->kind == TERM_WORD ? t->token : t->digits;

		len += (size_t)snprintf(out + len, size - len,
					"%s%+g %s %.*s", i ? ", " : "",
					t->weight, kinds[t->kind], (int)b.len,
					(const char *)b.ptr);
	}
}

static void reads(const char *text, const char *want)
{
	struct expression e;
	struct mistake mistake = {"", 0};
	char got[512] = "";

	if (!expression_parse(&e, bytes_of(text), &mistake))
		fail_msg("%s: %s, at %zu", text, mistake.message, mistake.at);
	describe(got, sizeof(got), &e);
	assert_string_equal(got, want);
	expression_free(&e);
}

/* The place is that of '^' in a second line. */
static void refuses(const char *text, const char *mark, const char *message)
{
	struct mistake mistake = {"", 0};
	struct expression e;

	if (expression_parse(&e, bytes_of(text), &mistake))
		fail_msg("%s: has been read", text);
	if (mistake.at != strlen(mark) - 1 || !strstr(mistake.message, message))
		fail_msg("%s: %s, at %zu", text, mistake.message, mistake.at);
}

static void words(void **state)
{
	(void)state;
	reads("king", "+1 word king");
	reads(" \t king\r\n", "+1 word king");
	reads("woman - man + uncle",
	      "+1 word woman, -1 word man, +1 word uncle");
	reads("woman -man +uncle", "+1 word woman, -1 word man, +1 word uncle");
	reads("e-mail + c++ - a-", "+1 word e-mail, +1 word c++, -1 word a-");
	reads("king-man", "+1 word king-man");
	reads("caf\xc3\xa9 + \xff", "+1 word caf\xc3\xa9, +1 word \xff");
	reads("a=b + (c + d)", "+1 word a=b, +1 word (c, +1 word d)");
	reads("5\" + it's", "+1 word 5\", +1 word it's");
}

static void signs(void **state)
{
	(void)state;
	reads("-man + woman", "-1 word man, +1 word woman");
	reads("- man", "-1 word man");
	reads("+ man", "+1 word man");
	reads("--man", "+1 word man");
	reads("- -man", "+1 word man");
	reads("a - -b", "+1 word a, +1 word b");
	reads("a + -2 b", "+1 word a, -2 word b");
	reads("a - +b", "+1 word a, -1 word b");
	/* Beyond the sign of the term it is the word's. */
	reads("a - --b", "+1 word a, +1 word -b");
}

static void weights(void **state)
{
	(void)state;
	reads("2 cat", "+2 word cat");
	reads("2*cat - 0.5 * dog", "+2 word cat, -0.5 word dog");
	reads("2 * \"x\" + .5*\"y\"", "+2 word x, +0.5 word y");
	reads("-1e2 id:7", "-100 id 7");
	reads("0 cat", "+0 word cat");
	reads("1e308 cat", "+1e+308 word cat");
}

static void numbers_that_are_words(void **state)
{
	(void)state;
	reads("1984", "+1 word 1984");
	reads("2 + two", "+1 word 2, +1 word two");
	reads("two + 2", "+1 word two, +1 word 2");
	reads("3 2", "+3 word 2");
	reads("2 - 1", "+1 word 2, -1 word 1");
	reads("\"2\" + 2 \"2\"", "+1 word 2, +2 word 2");
	reads("inf - nan", "+1 word inf, -1 word nan");
	reads("0x10 + 1,5", "+1 word 0x10, +1 word 1,5");
	reads("5*", "+1 word 5*");
	reads("*", "+1 word *");
	reads("a*b", "+1 word a*b");
}

static void quotes(void **state)
{
	(void)state;
	reads("\"new york\" - \"-\" + \"+\"",
	      "+1 word new york, -1 word -, +1 word +");
	reads("\"\\\"\\\\\\n\\t\\r\\x41\\xfF\"",
	      "+1 word \"\\\n\t\rA\xff");
	reads("\"\"", "+1 word ");
	reads("\" cat\"", "+1 word  cat");
	reads("-\"a\"", "-1 word a");
	reads("\"id:7\" + \"dim:3\"", "+1 word id:7, +1 word dim:3");
}

static void ids(void **state)
{
	(void)state;
	reads("id:262 - dim:7", "+1 id 262, -1 dim 7");
	reads("id: + id:x + id:-1 + dim:",
	      "+1 word id:, +1 word id:x, +1 word id:-1, +1 word dim:");
	reads("id:99999999999999999999999999",
	      "+1 id 99999999999999999999999999");
}

static void mistakes(void **state)
{
	(void)state;
	refuses("",             "^", "is empty");
	refuses("  \t",         "^", "is empty");
	refuses("a b",          "  ^", "needs + or - in front");
	refuses("a + b c",      "      ^", "needs + or - in front");
	refuses("1e999 cat",    "      ^", "needs + or - in front");
	refuses("5 * ",         "  ^", "needs + or - in front");
	refuses("a -",          "  ^", "has no token behind it");
	refuses("-",            "^", "has no token behind it");
	refuses("a - - ",       "    ^", "has no token behind it");
	refuses("a - - b",      "    ^", "is the second sign");
	refuses("- - b",        "  ^", "is the second sign");
	refuses("a + \"b",      "    ^", "has no quote at its end");
	refuses("\"",           "^", "has no quote at its end");
	refuses("\"a\\\"",      "^", "has no quote at its end");
	refuses("\"a\\q\"",     "  ^", "is no escape");
	refuses("\"a\\x4\"",    "  ^", "is no escape");
	refuses("\"a\\x4",      "  ^", "is no escape");
	refuses("\"a\\",        "  ^", "is no escape");
	refuses("\"a\"b",       "   ^", "needs a space in front");
	refuses("\"a\"*2",      "   ^", "needs a space in front");
}

/* Every start of it, with nothing readable behind. */
static void cut_anywhere(void **state)
{
	static const char text[] =
		"-2*\"a\\x41\\\"\" + id:7 - 0.5 * dim:1 + 3 \"x\" -- y";
	struct mistake mistake;
	struct expression e;

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct guard g = guard_copy(text, n, 1);

		mistake.at = 0;
		if (expression_parse(&e, (struct tk_bytes){g.data, n},
				     &mistake))
			expression_free(&e);
		else
			assert_in_range(mistake.at, 0, n);
		guard_free(&g);
	}
}

static void very_long(void **state)
{
	const size_t n = 1 << 20;
	char *text = malloc(2 * n);
	struct mistake mistake;
	struct expression e;

	(void)state;
	for (size_t i = 0; i < 2 * n; i++)
		text[i] = i % 4 == 0 ? 'a' : i % 4 == 2 ? '+' : ' ';
	text[2 * n - 2] = 'b';
	assert_true(expression_parse(
		&e, (struct tk_bytes){(uint8_t *)text, 2 * n}, &mistake) ==
		    false);
	assert_int_equal(mistake.at, 2 * n - 2);
	text[2 * n - 2] = ' ';
	text[2 * n - 4] = ' ';
	text[2 * n - 6] = ' ';
	assert_true(expression_parse(
		&e, (struct tk_bytes){(uint8_t *)text, 2 * n}, &mistake));
	assert_int_equal(e.n, n / 2 - 1);
	expression_free(&e);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(signs),
		cmocka_unit_test(weights),
		cmocka_unit_test(numbers_that_are_words),
		cmocka_unit_test(quotes),
		cmocka_unit_test(ids),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(very_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
