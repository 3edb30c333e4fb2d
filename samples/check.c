/* SPDX-License-Identifier: MIT */
/*
 * check FILE - do the directions between words mean anything?
 *
 * Looks at W_E alone.  Prints what it finds; the exit status is 0 if it is
 * what README.md promises, 1 if not, 2 for trouble.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libformat.h>

#include "lexicon.h"

#define MAX_WORDS 65536
#define MAX_D 512

struct space {
	const struct tk_model *model;
	size_t n; /* words */
	size_t d;
	float *rows; /* [n, d] */
	bool ok;     /* every word asked for was there */
};

/* Questions "a is to b as c is to d", and how well they were answered. */
struct score {
	size_t asked;
	size_t first; /* d is the nearest word */
	size_t third; /* d is among the nearest three */
};

static const float *row(struct space *s, const char *word)
{
	struct tk_bytes bytes = {(const uint8_t *)word, strlen(word)};
	struct tk_error err;
	uint32_t id = 0;

	if (tk_model_find(&id, s->model, bytes, &err) || id >= s->n) {
		fprintf(stderr, "check: no word \"%s\"\n", word);
		s->ok = false;
		id = 0;
	}
	return s->rows + id * s->d;
}

static float length(const struct space *s, const float *x)
{
	return sqrtf(tk_dot(x, x, s->d));
}

/* Number of words nearer to x than 'target', the three of 'skip' left out. */
static size_t n_nearer(const struct space *s, const float *x,
		       const float *target, const float *const skip[3])
{
	float limit = tk_dot(x, target, s->d) / length(s, target);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const float *y = s->rows + i * s->d;

		if (y == skip[0] || y == skip[1] || y == skip[2])
			continue;
		n += tk_dot(x, y, s->d) / length(s, y) > limit;
	}
	return n;
}

/* b - a + c, which should be near d. */
static void ask(struct space *s, struct score *score, const char *a,
		const char *b, const char *c, const char *d)
{
	const float *const words[3] = {row(s, a), row(s, b), row(s, c)};
	float x[MAX_D];
	size_t rank;

	for (size_t i = 0; i < s->d; i++)
		x[i] = words[1][i] - words[0][i] + words[2][i];
	rank = n_nearer(s, x, row(s, d), words);
	score->asked++;
	score->first += rank < 1;
	score->third += rank < 3;
}

static bool report(const char *what, const struct score *score)
{
	printf("%-44s %5zu %5zu %5zu\n", what, score->asked, score->first,
	       score->third);
	return score->first * 10 >= score->asked * 9;
}

/* ---- the questions ---- */

static void ask_pairs(struct space *s, struct score *score,
		      const struct pair *a, const struct pair *b)
{
	for (size_t i = 0; a[i].name[0]; i++)
		for (size_t j = 0; b[j].name[0]; j++) {
			if (&a[i] == &b[j])
				continue;
			for (size_t g = 0; g < 2; g++)
				ask(s, score, a[i].name[1 - g], a[i].name[g],
				    b[j].name[1 - g], b[j].name[g]);
		}
}

static bool ask_gender(struct space *s)
{
	struct score score = {0, 0, 0};

	ask_pairs(s, &score, kin, kin);
	ask_pairs(s, &score, kin, others);
	ask_pairs(s, &score, others, kin);
	ask_pairs(s, &score, others, others);
	return report("aunt - uncle + man = woman, and back", &score);
}

static bool ask_countries(struct space *s)
{
	struct score leader = {0, 0, 0}, capital = {0, 0, 0};
	bool good;

	for (const struct country *a = countries; a->name; a++)
		for (const struct country *b = countries; b->name; b++) {
			if (a == b)
				continue;
			ask(s, &leader, a->name, a->leader, b->name, b->leader);
			ask(s, &capital, a->name, a->capital, b->name,
			    b->capital);
		}
	good = report("napoleon - france + italy = garibaldi", &leader);
	return report("paris - france + italy = rome", &capital) && good;
}

static bool ask_number(struct space *s)
{
	struct score score = {0, 0, 0};

	for (const struct noun *a = animals; a->one; a++)
		for (const struct noun *b = animals; b->one; b++)
			if (a != b)
				ask(s, &score, a->one, a->more, b->one,
				    b->more);
	report("cats - cat + dog = dogs", &score);
	return true;
}

/* ---- the direction of the plural ---- */

static float along(struct space *s, const char *word)
{
	const float *cats = row(s, "cats"), *cat = row(s, "cat");
	const float *x = row(s, word);
	float sum = 0;

	for (size_t i = 0; i < s->d; i++)
		sum += (cats[i] - cat[i]) * x[i];
	return sum;
}

static void count_signs(struct space *s, const struct noun *nouns,
			size_t *n_right, size_t *n_words)
{
	for (; nouns->one; nouns++) {
		*n_right += along(s, nouns->one) < 0;
		*n_right += along(s, nouns->more) > 0;
		*n_words += 2;
	}
}

static bool show_plural(struct space *s)
{
	static const char *const shown[][2] = {
	    {"cat", "cats"},	{"puppy", "puppies"}, {"mouse", "mice"},
	    {"wolf", "wolves"}, {"book", "books"},    {"flower", "flowers"},
	};
	size_t n_right = 0, n_words = 0;

	printf("\n(cats - cat) . word, for one and for many\n");
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		printf("%10s %6.2f  %10s %6.2f\n", shown[i][0],
		       (double)along(s, shown[i][0]), shown[i][1],
		       (double)along(s, shown[i][1]));
	count_signs(s, animals, &n_right, &n_words);
	count_signs(s, things, &n_right, &n_words);
	printf("sign as expected: %zu of %zu animals and things\n", n_right,
	       n_words);
	return along(s, "puppies") > 0 && along(s, "puppy") < 0 &&
	       n_right * 10 >= n_words * 9;
}

static bool show_numbers(struct space *s)
{
	bool one_is_least = true;

	printf("\n(cats - cat) . number\n");
	for (size_t i = 0; numbers[i]; i++) {
		printf("%10s %6.2f\n", numbers[i],
		       (double)along(s, numbers[i]));
		one_is_least &= !i || along(s, numbers[i]) > along(s, "one");
	}
	return one_is_least;
}

static int check(struct space *s)
{
	bool good;

	printf("%-44s %5s %5s %5s\n", "nearest by cosine, without the three",
	       "asked", "first", "top 3");
	good = ask_gender(s);
	good &= ask_countries(s);
	good &= ask_number(s);
	good &= show_plural(s);
	good &= show_numbers(s);
	return !s->ok ? 2 : good ? 0 : 1;
}

/* ---- the file ---- */

/* False, and 'err' says why, if there is no W_E of a size to be expected. */
static bool load(struct space *s, const struct tk_model *m,
		 struct tk_error *err)
{
	const struct tk_matrix w_e = tk_model_w_e(m);

	snprintf(err->message, sizeof(err->message), "not a small model");
	if (!w_e.data || w_e.rows > MAX_WORDS || w_e.cols > MAX_D)
		return false;
	*s = (struct space){m, (size_t)w_e.rows, (size_t)w_e.cols, NULL, true};
	s->rows = calloc(s->n, s->d * sizeof(*s->rows));
	if (!s->rows)
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (tk_embed(s->rows + i * s->d, m, i, err))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct tk_container *file = NULL;
	struct tk_model *model = NULL;
	struct space s = {0};
	struct tk_error err;
	int status = 2;

	if (argc != 2) {
		fprintf(stderr, "usage: check FILE\n");
		return 2;
	}
	if (!tk_container_open(&file, argv[1], &err) &&
	    !tk_model_open(&model, file, &err) && load(&s, model, &err))
		status = check(&s);
	else
		fprintf(stderr, "check: %s: %s\n", argv[1], err.message);
	free(s.rows);
	tk_model_close(model);
	tk_container_close(file);
	return status;
}
