/* SPDX-License-Identifier: MIT */
/*
 * evaluate.c - how many questions of a file are answered as people do
 */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "color.h"
#include "progress.h"
#include "questions.h"
#include "spearman.h"
#include "text.h"

#define NAME_COLUMNS 44

/* What came out for a category, or for all of them. */
struct result {
	struct tk_bytes name; /* len 0: none */
	size_t right;	      /* analogies */
	double correlation;   /* similarities; NaN: there is none */
	size_t asked;
	size_t n_lines;
};

struct results {
	bool similarities;
	const char *rule;
	struct result *categories; /* [n] */
	size_t n;
	struct result total;
};

static void *allocate(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		cli_die("out of memory for %zu questions", n);
	return p;
}

/* Categories as the file has them; names are views of it. */
static void count(struct results *r, const struct questions *q)
{
	r->categories = allocate(q->n_categories, sizeof(*r->categories));
	r->n = q->n_categories;
	r->similarities = q->similarities;
	for (size_t i = 0; i < r->n; i++) {
		const struct category *c = &q->categories[i];

		r->categories[i] = (struct result){
			.name = c->name, .asked = c->n, .n_lines = c->n_lines};
		r->total.asked += c->n;
		r->total.n_lines += c->n_lines;
	}
}

/* ---- a bar, where there is a terminal ---- */

struct shown {
	const struct vec *v;
	pthread_mutex_t lock; /* of the bar */
	void (*work)(void *context, size_t i);
	void *context;
	uint64_t bytes; /* that an item of work reads, more or less */
};

static void work_shown(void *context, size_t i)
{
	struct shown *s = context;

	s->work(s->context, i);
	pthread_mutex_lock(&s->lock);
	progress_add(s->bytes);
	pthread_mutex_unlock(&s->lock);
}

/* All rows, in n pieces. */
static void run_shown(void *pool, size_t n,
		      void (*work)(void *context, size_t i), void *context)
{
	struct shown *s = pool;
	const struct vec *v = s->v;

	s->work = work;
	s->context = context;
	s->bytes = v->n_rows * v->m.row_stride / (n ? n : 1);
	progress_start(n * s->bytes);
	v->parallel.run(v->parallel.pool, n, work_shown, s);
	progress_end();
}

/* ---- analogies ---- */

static void ask_analogies(struct results *r, const struct vec *v,
			  const struct questions *q)
{
	struct shown shown = {.v = v, .lock = PTHREAD_MUTEX_INITIALIZER};
	const struct tk_parallel parallel = {run_shown, &shown};
	const bool multiply = v->request->rules == RULE_MUL;
	struct tk_candidate *best = allocate(q->n, sizeof(*best));
	size_t n_lost = 0;
	struct tk_error err;

	r->rule = multiply ? "3CosMul" : "3CosAdd";
	if (tk_analogies(best, v->m, v->n_rows, q->analogies, q->n,
			 multiply ? TK_3COSMUL : TK_3COSADD, &parallel, &err))
		cli_die_error(v->path, &err);
	for (size_t i = 0; i < r->n; i++) {
		const struct category *c = &q->categories[i];

		for (size_t j = c->first; j < c->first + c->n; j++) {
			r->categories[i].right += best[j].id == q->answers[j];
			n_lost += best[j].id == TK_NO_ID;
		}
		r->total.right += r->categories[i].right;
	}
	if (n_lost)
		cli_warn("%zu question%s %s no answer: a row of %s is zero, "
			 "NaN or infinite",
			 n_lost, text_s(n_lost), n_lost == 1 ? "has" : "have",
			 v->name);
	free(best);
}

/* ---- similarities ---- */

struct comparison {
	const struct vec *v;
	const struct questions *q;
	double *cosines; /* [q->n]; NaN: there is none */
};

static void compare(void *context, size_t i)
{
	const struct comparison *c = context;
	const size_t d = c->v->d;
	float *rows = allocate(2 * d, sizeof(*rows));

	tk_row_to_f32(rows, c->v->m, c->q->pairs[i][0]);
	tk_row_to_f32(rows + d, c->v->m, c->q->pairs[i][1]);
	c->cosines[i] = (double)tk_score(TK_METRIC_COS, rows + d, rows, d);
	free(rows);
}

/* Of questions first ... first + n - 1; '*asked' becomes those with a cos. */
static double correlate(size_t *asked, const struct questions *q,
			const double *cosines, size_t first, size_t n)
{
	double *x = allocate(n, sizeof(*x)), *y = allocate(n, sizeof(*y));
	double correlation;

	*asked = 0;
	for (size_t i = first; i < first + n; i++) {
		if (isnan(cosines[i]))
			continue;
		x[*asked] = cosines[i];
		y[(*asked)++] = q->scores[i];
	}
	correlation = spearman(x, y, *asked);
	free(x);
	free(y);
	return correlation;
}

static void ask_similarities(struct results *r, const struct vec *v,
			     const struct questions *q)
{
	struct comparison c = {.v = v, .q = q};
	size_t n_lost = q->n;

	c.cosines = allocate(q->n, sizeof(*c.cosines));
	v->parallel.run(v->parallel.pool, q->n, compare, &c);
	for (size_t i = 0; i < r->n; i++)
		r->categories[i].correlation =
			correlate(&r->categories[i].asked, q, c.cosines,
				  q->categories[i].first, q->categories[i].n);
	r->total.correlation =
		correlate(&r->total.asked, q, c.cosines, 0, q->n);
	n_lost -= r->total.asked;
	if (n_lost)
		cli_warn("%zu pair%s %s left out: a row of %s is zero, NaN or "
			 "infinite",
			 n_lost, text_s(n_lost), n_lost == 1 ? "is" : "are",
			 v->name);
	free(c.cosines);
}

/* ---- a table ---- */

static void put_line(const struct results *r, const struct result *x,
		     const char *name)
{
	size_t used;

	if (x->name.len)
		used = text_put_start(stdout, x->name, NAME_COLUMNS);
	else
		used = text_put_start(stdout, text_bytes(name), NAME_COLUMNS);
	printf("%*s", (int)(NAME_COLUMNS - used), "");
	if (!r->similarities)
		printf(" %8zu", x->right);
	printf(" %8zu %8zu", x->asked, x->n_lines);
	if (r->similarities && isnan(x->correlation))
		printf(" %8s", "-");
	else if (r->similarities)
		printf(" %8.4f", x->correlation);
	else if (!x->asked)
		printf(" %7s", "-");
	else
		printf(" %5.1f %%",
		       100 * (double)x->right / (double)x->asked);
	putchar('\n');
}

static void put_table(const struct results *r)
{
	char head[81];

	if (r->similarities)
		snprintf(head, sizeof(head), "%-*s %8s %8s %8s", NAME_COLUMNS,
			 "CATEGORY", "ASKED", "OF", "SPEARMAN");
	else
		snprintf(head, sizeof(head), "%-*s %8s %8s %8s %7s",
			 NAME_COLUMNS, "CATEGORY", "RIGHT", "ASKED", "OF",
			 "SHARE");
	color_put(stdout, COLOR_HEAD, head);
	putchar('\n');
	for (size_t i = 0; i < r->n; i++)
		/* One without a name is the total once more. */
		if (r->n > 1 || r->categories[i].name.len)
			put_line(r, &r->categories[i], "(no name)");
	put_line(r, &r->total, "total");
}

/* ---- JSON and TSV ---- */

static void set_count(json_t *object, const char *key, size_t n)
{
	text_json_set(object, key, json_integer((json_int_t)n));
}

static json_t *result_json(const struct results *r, const struct result *x,
			   bool named)
{
	json_t *object = json_object();

	if (named)
		text_json_text(object, "name", x->name);
	if (r->similarities)
		text_json_set(object, "spearman",
			      text_json_real(x->correlation));
	else
		set_count(object, "right", x->right);
	set_count(object, "asked", x->asked);
	set_count(object, "questions", x->n_lines);
	return object;
}

static void put_json(const struct results *r)
{
	json_t *object = json_object();
	json_t *categories = json_array();

	text_json_set(object, "schema", json_string("tkvec/1"));
	if (!r->similarities)
		text_json_set(object, "rule", json_string(r->rule));
	for (size_t i = 0; i < r->n; i++)
		text_json_append(categories,
				 result_json(r, &r->categories[i], true));
	text_json_set(object, "categories", categories);
	text_json_set(object, "total", result_json(r, &r->total, false));
	text_json_print(object);
}

static void put_tsv_line(const struct results *r, const struct result *x)
{
	if (r->similarities && isnan(x->correlation))
		fputs("\tnan", stdout);
	else if (r->similarities)
		printf("\t%.17g", x->correlation);
	else
		printf("\t%zu", x->right);
	printf("\t%zu\t%zu\n", x->asked, x->n_lines);
}

static void put_tsv(const struct results *r)
{
	printf("category\t%s\tasked\tquestions\n",
	       r->similarities ? "spearman" : "right");
	for (size_t i = 0; i < r->n; i++) {
		text_put_quoted(stdout, r->categories[i].name, SIZE_MAX);
		put_tsv_line(r, &r->categories[i]);
	}
	fputs("total", stdout);
	put_tsv_line(r, &r->total);
}

int eval_answer(struct vec *v, const char *path)
{
	struct results r = {.n = 0};
	struct questions q;

	questions_read(&q, v, path);
	count(&r, &q);
	if (q.similarities)
		ask_similarities(&r, v, &q);
	else
		ask_analogies(&r, v, &q);
	if (v->request->format == FORMAT_JSON)
		put_json(&r);
	else if (v->request->format == FORMAT_TSV)
		put_tsv(&r);
	else
		put_table(&r);
	if (!q.n)
		cli_warn("no question has all of its words in the "
			 "vocabulary%s",
			 v->request->lower ? "" : "; --lower asks in small "
						  "letters");
	free(r.categories);
	questions_free(&q);
	return q.n ? EXIT_YES : EXIT_NO;
}
