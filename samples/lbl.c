/* SPDX-License-Identifier: MIT */
/*
 * lbl.c - the log-bilinear model of Mnih and Hinton (2007), and its training
 *
 * Gradient descent on the cross-entropy of a softmax over all words.  Each
 * row of a matrix has one step size, which falls with the gradients the row
 * has seen (Adagrad, Duchi et al. 2011, but by rows): unlike a step size for
 * each element this prefers no axis.  Rows decay, so what two words have in
 * common is learned once and not by each of them.
 *
 * The same bits on every machine: sums have one order, products are rounded
 * before they are added (the build forbids fusing them), exp is our own.
 * Arrays of [...][BATCH] have a column for each context of a batch, so that
 * loops over columns become vector instructions without reordering a sum.
 */
#include "lbl.h"

#include <math.h>
#include <stdlib.h>

#include "random.h"

#define SEED 1 /* README.md shows what others give */
#define DECAY 3e-3f
#define FIRST_ROW 0.1f /* size of the random numbers of W_E and W_U */
#define FIRST_MIX 0.3f /* and of the mix; its row 0 starts around 1 */
#define TINY 1e-8f     /* keeps the first step finite */
#define CHUNK_ROWS 64  /* rows of p that stay in the nearest cache */

struct trainer {
	struct lbl *m;
	float h[D_MODEL][BATCH];
	float dh[D_MODEL][BATCH]; /* gradient of h */
	/* keys, then probabilities, then the gradient of the keys; the rows
	   from n_tokens on are zero */
	float p[MAX_TOKENS][BATCH];
	/* sums of the mean squares of a row's gradients since the start */
	float seen_e[MAX_TOKENS];
	float seen_u[MAX_TOKENS];
	float seen_b[MAX_TOKENS];
	float seen_mix[N_CTX];
};

/*
 * out[n] += a[r * stride] * x[r] for the rows r of x[n_rows][n], one after
 * the other; n_rows is a multiple of four.
 */
static void add_rows(float *restrict out, size_t n, const float *restrict a,
		     size_t stride, const float *restrict x, size_t n_rows)
{
	for (size_t r = 0; r < n_rows; r += 4) {
		const float a0 = a[r * stride], a1 = a[(r + 1) * stride];
		const float a2 = a[(r + 2) * stride], a3 = a[(r + 3) * stride];
		const float *x0 = x + r * n, *x1 = x0 + n;
		const float *x2 = x1 + n, *x3 = x2 + n;

		for (size_t i = 0; i < n; i++) {
			float sum = out[i] + a0 * x0[i];

			sum = sum + a1 * x1[i];
			sum = sum + a2 * x2[i];
			out[i] = sum + a3 * x3[i];
		}
	}
}

/* ---- forward ---- */

static size_t n_used(const struct lbl *m, const struct example *e)
{
	return e->n_before < m->n_ctx ? e->n_before : m->n_ctx;
}

static uint16_t word_before(const struct example *e, size_t j)
{
	return *(e->next - 1 - j);
}

static void mix_contexts(struct trainer *t, const struct example *batch)
{
	const struct lbl *m = t->m;

	for (size_t b = 0; b < BATCH; b++) {
		float h[D_MODEL] = {0};

		for (size_t j = 0; j < n_used(m, &batch[b]); j++) {
			const float *x = m->w_e[word_before(&batch[b], j)];

			for (size_t i = 0; i < D_MODEL; i++)
				h[i] = h[i] + m->mix[j][i] * x[i];
		}
		for (size_t i = 0; i < D_MODEL; i++)
			t->h[i][b] = h[i];
	}
}

static void find_keys(struct trainer *t)
{
	const struct lbl *m = t->m;

	for (size_t v = 0; v < m->n_tokens; v++) {
		for (size_t b = 0; b < BATCH; b++)
			t->p[v][b] = m->b_u[v];
		add_rows(t->p[v], BATCH, m->w_u[v], 1, t->h[0], D_MODEL);
	}
}

/*
 * exp(x) for -32 <= x <= 0: the Taylor polynomial of x / 64 to the power of
 * 64.  The relative error is below 2e-4, and far below near 0.
 */
static inline float rough_exp(float x)
{
	const float r = x * 0x1p-6f;
	float y = 1 + r * (1.0f / 6);

	y = 1 + r * (1.0f / 5) * y;
	y = 1 + r * (1.0f / 4) * y;
	y = 1 + r * (1.0f / 3) * y;
	y = 1 + r * (1.0f / 2) * y;
	y = 1 + r * y;
	y = y * y;
	y = y * y;
	y = y * y;
	y = y * y;
	y = y * y;
	return y * y;
}

static void softmax(struct trainer *t)
{
	const size_t n = t->m->n_tokens;
	float max[BATCH], sum[BATCH] = {0};

	for (size_t b = 0; b < BATCH; b++)
		max[b] = t->p[0][b];
	for (size_t v = 1; v < n; v++)
		for (size_t b = 0; b < BATCH; b++)
			max[b] = t->p[v][b] > max[b] ? t->p[v][b] : max[b];
	for (size_t v = 0; v < n; v++) {
		float *p = t->p[v];

		/* exp(-32) is as good as nothing */
		for (size_t b = 0; b < BATCH; b++)
			p[b] = p[b] - max[b] > -32 ? p[b] - max[b] : -32;
		for (size_t b = 0; b < BATCH; b++) {
			p[b] = rough_exp(p[b]);
			sum[b] = sum[b] + p[b];
		}
	}
	for (size_t v = 0; v < n; v++)
		for (size_t b = 0; b < BATCH; b++)
			t->p[v][b] = t->p[v][b] / sum[b];
}

double lbl_loss(struct trainer *t, const struct example *batch)
{
	double loss = 0;

	mix_contexts(t, batch);
	find_keys(t);
	softmax(t);
	/* libm's log may differ between machines: it is for people only */
	for (size_t b = 0; b < BATCH; b++)
		loss -= log(t->p[*batch[b].next][b] + 1e-30);
	return loss;
}

/* ---- backward ---- */

static float mean_square(const float *row)
{
	float sum[16] = {0};

	for (size_t i = 0; i < D_MODEL; i += 16)
		for (size_t j = 0; j < 16; j++)
			sum[j] = sum[j] + row[i + j] * row[i + j];
	for (size_t n = 8; n; n /= 2)
		for (size_t j = 0; j < n; j++)
			sum[j] = sum[j] + sum[j + n];
	return sum[0] / D_MODEL;
}

static void descend(float *row, float *seen, const float *gradient, float rate)
{
	float step;

	*seen = *seen + mean_square(gradient);
	step = rate / sqrtf(*seen + TINY);
	for (size_t i = 0; i < D_MODEL; i++)
		row[i] = row[i] - step * gradient[i];
}

/* p: from probabilities to the gradient of the keys. */
static void blame_keys(struct trainer *t, const struct example *batch)
{
	for (size_t b = 0; b < BATCH; b++)
		t->p[*batch[b].next][b] -= 1;
}

/* dh = W_U transposed times p, in chunks of rows. */
static void blame_contexts(struct trainer *t)
{
	const struct lbl *m = t->m;

	for (size_t i = 0; i < D_MODEL; i++)
		for (size_t b = 0; b < BATCH; b++)
			t->dh[i][b] = 0;
	for (size_t v = 0; v < m->n_tokens; v += CHUNK_ROWS)
		for (size_t i = 0; i < D_MODEL; i++)
			add_rows(t->dh[i], BATCH, &m->w_u[v][i], D_MODEL,
				 t->p[v], CHUNK_ROWS);
}

static void learn_output(struct trainer *t, float rate)
{
	struct lbl *m = t->m;
	float h[BATCH][D_MODEL];

	for (size_t b = 0; b < BATCH; b++)
		for (size_t i = 0; i < D_MODEL; i++)
			h[b][i] = t->h[i][b];
	for (size_t v = 0; v < m->n_tokens; v++) {
		float gradient[D_MODEL], bias = 0;

		for (size_t i = 0; i < D_MODEL; i++)
			gradient[i] = DECAY * m->w_u[v][i];
		add_rows(gradient, D_MODEL, t->p[v], 1, h[0], BATCH);
		descend(m->w_u[v], &t->seen_u[v], gradient, rate);
		for (size_t b = 0; b < BATCH; b++)
			bias = bias + t->p[v][b];
		t->seen_b[v] = t->seen_b[v] + bias * bias;
		m->b_u[v] -= rate / sqrtf(t->seen_b[v] + TINY) * bias;
	}
}

/* One word of one context. */
static void learn_word(struct trainer *t, uint16_t id, size_t j, size_t b,
		       float rate)
{
	struct lbl *m = t->m;
	float gradient[D_MODEL];

	for (size_t i = 0; i < D_MODEL; i++)
		gradient[i] =
		    m->mix[j][i] * t->dh[i][b] + DECAY * m->w_e[id][i];
	descend(m->w_e[id], &t->seen_e[id], gradient, rate);
}

static void learn_input(struct trainer *t, const struct example *batch,
			float rate)
{
	struct lbl *m = t->m;
	float gradient[N_CTX][D_MODEL] = {{0}};

	for (size_t b = 0; b < BATCH; b++)
		for (size_t j = 0; j < n_used(m, &batch[b]); j++) {
			const float *x = m->w_e[word_before(&batch[b], j)];

			for (size_t i = 0; i < D_MODEL; i++)
				gradient[j][i] =
				    gradient[j][i] + x[i] * t->dh[i][b];
		}
	for (size_t b = 0; b < BATCH; b++)
		for (size_t j = 0; j < n_used(m, &batch[b]); j++)
			learn_word(t, word_before(&batch[b], j), j, b, rate);
	for (size_t j = 0; j < m->n_ctx; j++)
		descend(m->mix[j], &t->seen_mix[j], gradient[j], rate);
}

double lbl_learn(struct trainer *t, const struct example *batch, float rate)
{
	double loss = lbl_loss(t, batch);

	blame_keys(t, batch);
	blame_contexts(t);
	learn_output(t, rate);
	learn_input(t, batch, rate);
	return loss;
}

/* ---- start ---- */

struct trainer *lbl_trainer_new(struct lbl *m, size_t n_ctx, size_t n_tokens)
{
	struct trainer *t = calloc(1, sizeof(*t));
	uint64_t random = SEED;

	if (!t)
		return NULL;
	t->m = m;
	*m = (struct lbl){.n_ctx = n_ctx, .n_tokens = n_tokens};
	for (size_t v = 0; v < n_tokens; v++)
		for (size_t i = 0; i < D_MODEL; i++) {
			m->w_e[v][i] = FIRST_ROW * random_float(&random);
			m->w_u[v][i] = FIRST_ROW * random_float(&random);
		}
	for (size_t j = 0; j < n_ctx; j++)
		for (size_t i = 0; i < D_MODEL; i++)
			m->mix[j][i] = FIRST_MIX * random_float(&random) +
				       (j ? 0.0f : 1.0f);
	return t;
}

void lbl_trainer_free(struct trainer *t)
{
	free(t);
}
