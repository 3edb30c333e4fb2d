/* SPDX-License-Identifier: MIT */
/*
 * test_shared.c - one handle in many hands: threads, a child process, threads
 * with little stack, and a file that changes while it is read
 */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forge.h"
#include "guard.h"
#include "samples.h"
#include "test.h"

#define COLS 20
#define TOKENS 6
#define THREADS 16
#define STACK (64 << 10)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SMALL_STACK (8 * STACK)
#else
#define SMALL_STACK STACK
#endif

static struct guard g; /* the file, at a guard page */
static struct tk_container *c;
static struct tk_model *m;

/* What one asker finds. */
struct answers {
	uint32_t ids[TOKENS + 1];
	uint32_t word;
	size_t len;
	float h[COLS], keys[64];
	struct tk_candidate best[3];
	struct tk_digest value;
	size_t n_damaged;
};

/* All that a model is asked; the file may be anything by now. */
static void ask(struct answers *a)
{
	static const uint32_t context[] = {5, 1, 2};
	static const uint8_t word[600] = {'t', 'h', 'e'};
	const struct tk_bytes words[] = {{word, 3}, {word, sizeof(word)}};
	float scratch[COLS];
	struct tk_bytes t;

	memset(a, 0, sizeof(*a));
	for (uint64_t i = 0; i <= TOKENS; i++)
		if (!tk_model_token(&t, m, i, NULL)) {
			a->len += t.len;
			tk_model_find(&a->ids[i], m, t, NULL);
		}
	for (size_t i = 0; i < LEN(words); i++)
		tk_word_find(&a->word, NULL, m, words[i], NULL);
	if (!tk_context(a->h, scratch, m, context, LEN(context), NULL) &&
	    !tk_final_norm(a->h, m, NULL) &&
	    !tk_keys(a->keys, m, a->h, 0, tk_model_n_predictable(m), NULL))
		tk_top_k(a->best, LEN(a->best), a->keys,
			 tk_model_n_predictable(m), 0);
	for (size_t i = 0; i < tk_container_count(c); i++)
		a->n_damaged += tk_container_verify(c, i, NULL) != TK_OK;
	tk_model_value(&a->value, m, NULL, NULL);
}

static void open_model(void)
{
	struct image im = forge_whole();
	struct tk_error err;

	g = guard_copy(im.data, im.size, 64);
	image_free(&im);
	assert_ok(tk_container_open_bytes(&c, (struct tk_bytes){
		g.data, g.size}, &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	assert_int_equal(tk_model_w_u(m).cols, COLS);
	assert_true(tk_model_n_predictable(m) <= 64);
}

static void close_model(void)
{
	tk_model_close(m);
	tk_container_close(c);
	guard_free(&g);
}

/* ---- threads ---- */

static void *ask_often(void *result)
{
	struct answers *first = result, again;

	ask(first);
	for (int i = 0; i < 200; i++) {
		ask(&again);
		if (memcmp(first, &again, sizeof(again)))
			return NULL;
	}
	return result;
}

static void run(pthread_t *thread, size_t stack, void *(*work)(void *),
		void *argument)
{
	pthread_attr_t attr;

	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, stack), 0);
	assert_int_equal(pthread_create(thread, &attr, work, argument), 0);
	pthread_attr_destroy(&attr);
}

static void test_threads(void **state)
{
	static struct answers want, found[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	open_model();
	ask(&want);
	assert_int_equal(want.n_damaged, 0);
	assert_int_equal(want.ids[1], 1);
	assert_true(want.best[0].key >= want.best[1].key);
	for (size_t i = 0; i < THREADS; i++)
		run(&threads[i], SMALL_STACK, ask_often, &found[i]);
	for (size_t i = 0; i < THREADS; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, &found[i]);
		assert_memory_equal(&found[i], &want, sizeof(want));
	}
	close_model();
}

/* ---- processes ---- */

static void test_fork(void **state)
{
	static struct answers want, found;
	int status = -1;
	pid_t child;

	(void)state;
	open_model();
	ask(&want);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		ask(&found);
		tk_model_close(m);
		tk_container_close(c);
		_exit(memcmp(&found, &want, sizeof(want)) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	ask(&found);
	assert_memory_equal(&found, &want, sizeof(want));
	close_model();
}

/* ---- a file that changes ---- */

static atomic_bool is_done;

/* Any byte at any time, those of header and table as well. */
static void *scribble(void *argument)
{
	struct rng r = {71};
	volatile uint8_t *bytes = g.data;

	while (!atomic_load(&is_done)) {
		size_t at = rng_below(&r, g.size);
		uint8_t old = bytes[at];

		bytes[at] = (uint8_t)(rng_u64(&r) & 1 ? 0xff : rng_u64(&r));
		for (volatile int i = 0; i < 200; i++)
			;
		bytes[at] = old;
	}
	return argument;
}

/*
 * Answers may be wrong; nothing is read outside of the file, and everything
 * comes to an end.
 */
static void test_changes(void **state)
{
	static struct answers want, found;
	size_t wrong = 0, rounds = sample_step(3000, 1000000);
	pthread_t thread;

	(void)state;
	open_model();
	ask(&want);
	atomic_store(&is_done, false);
	run(&thread, 1 << 20, scribble, NULL);
	/* Until the other thread has had its turn, too. */
	for (size_t i = 0; i < rounds || !wrong; i++) {
		ask(&found);
		wrong += !!memcmp(&found, &want, sizeof(want));
	}
	atomic_store(&is_done, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	/* What was opened is what it was. */
	ask(&found);
	assert_memory_equal(&found, &want, sizeof(want));
	close_model();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
