/* SPDX-License-Identifier: MIT */
/*
 * test_readback.c - a disk that does not keep what was written
 */
#define _GNU_SOURCE /* O_TMPFILE, syscall */

#include <sys/stat.h>

#include "faulty.h"

static void test_read_back(void **state)
{
	static const off_t lies[] = {0,	     7,	     127,    128,   511,
				     512,    513,    4096,   65536, 4 << 20,
				     5 << 20, BIG - 1};
	struct stat st;

	(void)state;
	read_back = true;
	assert_ok(write_file(true), err);
	expect_whole(3);
	assert_int_equal(stat(path(), &st), 0);
	put_old();
	for (size_t i = 0; i <= LEN(lies); i++) {
		fault.lie = i < LEN(lies) ? lies[i] : st.st_size - 1;
		assert_status(write_file(true), TK_E_CHECKSUM);
		expect_old();
	}
	/* A byte behind the end is nobody's. */
	fault.lie = st.st_size;
	assert_ok(write_file(true), err);
	unlink(path());
	fault.lie = -1;
	check_every_call(false);
	read_back = false;
}

static void test_read_back_late(void **state)
{
	struct tk_writer *w = NULL;

	(void)state;
	assert_ok(tk_writer_open(&w, path(), 2, false, &err), err);
	assert_ok(tk_writer_read_back(w, &err), err);
	assert_status(tk_writer_read_back(w, &err), TK_E_ARGUMENT);
	assert_ok(tk_writer_add(w, TK_KIND_VOCAB, bytes_of("x"), NULL, &err),
		  err);
	assert_status(tk_writer_read_back(w, &err), TK_E_ARGUMENT);
	tk_writer_abort(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT_TEST(test_read_back),
		FAULT_TEST(test_read_back_late),
	};

	return cmocka_run_group_tests(tests, make_content, NULL);
}
