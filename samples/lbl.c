/* SPDX-License-Identifier: MIT */
/*
 * lbl.c - the log-bilinear model and its training
 *
 * Gradient descent on the cross-entropy of a softmax over all words.  Each
 * row of a matrix has one step size, which falls with the gradients it has
 * seen (Adagrad, Duchi et al. 2011, by rows): unlike a step size for every
 * element it prefers no axis, so directions between words stay straight.
 *
 * A batch is a column: arrays of [..][BATCH] are worked on BATCH at a time,
 * so that the compiler can use vector instructions without changing the
 * order of any sum.
 */
#include "lbl.h"

#include <math.h>
#include <stdlib.h>

#include <libformat/compute.h>

#define RATE 0.15f
#define DECAY 1e-4f

struct trainer {
	struct lbl *m;
	float h[D_MODEL][BATCH];
	float dh[D_MODEL][BATCH];
	float p[MAX_TOKENS][BATCH]; /* keys, then probabilities */
	/* sums of the squares of gradients so far */
	float sq_e[MAX_TOKENS];
	float sq_u[MAX_TOKENS];
	float sq_b[MAX_TOKENS];
	float sq_mix[N_CTX];
};

/*
 * out[n] += the sum of x[r] * a[r * stride] over the rows r of x[n_rows][n],
 * in their order; n_rows is a multiple of four.
 */
static void add_rows(float *restrict out, size_t n, const float *restrict a,
		     size_t stride, const float *restrict x, size_t n_rows)
{
	for (size_t r = 0; r < n_rows; r += 4) {
		const float a0 = a[(r + 0) * stride], a1 = a[(r + 1) * stride];
		const float a2 = a[(r + 2) * stride], a3 = a[(r + 3) * stride];
		const float *x0 = x + r * n, *x1 = x0 + n, *x2 = x1 + n,
			    *x3 = x2 + n;

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

static const float *input(const struct lbl *m, const struct example *e,
			  size_t j)
{
	return m->w_e[*(e->next - 1 - j)];
}

static void mix(struct trainer *t, const struct example *batch)
{
	const struct lbl *m = t->m;

	for (size_t b = 0; b < BATCH; b++) {
		float h[D_MODEL] = { 0 };

		for (size_t j = 0; j < n_used(m, &batch[b]); j++) {
			const float *x = input(m, &batch[b], j);

			for (size_t i = 0; i < D_MODEL; i++)
				h[i] = h[i] + m->mix[j][i] * x[i];
		}
		for (size_t i = 0; i < D_MODEL; i++)
			t->h[i][b] = h[i];
	}
}

static void keys(struct trainer *t)
{
	const struct lbl *m = t->m;

	for (size_t v = 0; v < m->n_tokens; v++) {
		for (size_t b = 0; b < BATCH; b++)
			t->p[v][b] = m->b_u[v];
		add_rows(t->p[v], BATCH, m->w_u[v], 1, t->h[0], D_MODEL);
	}
}

static void softmax(struct trainer *t)
{
	const size_t n = t->m->n_tokens;
	float max[BATCH], sum[BATCH] = { 0 };

	for (size_t b = 0; b < BATCH; b++)
		max[b] = t->p[0][b];
	for (size_t v = 1; v < n; v++)
		for (size_t b = 0; b < BATCH; b++)
			max[b] = t->p[v][b] > max[b] ? t->p[v][b] : max[b];
	for (size_t v = 0; v < n; v++)
		for (size_t b = 0; b < BATCH; b++) {
			float z = t->p[v][b] - max[b];
			t->p[v][b] = z<-18?0: (float)tk_exp(z);
			sum[b] = sum[b] + t->p[v][b];
		}
	for (size_t b = 0; b < BATCH; b++)
		sum[b] = 1 / sum[b];
	for (size_t v = 0; v < n; v++)
		for (size_t b = 0; b < BATCH; b++)
			t->p[v][b] = t->p[v][b] * sum[b];
}

double lbl_loss(struct trainer *t, const struct example *batch)
{
	double loss = 0;

	mix(t, batch);
	keys(t);
	softmax(t);
	for (size_t b = 0; b < BATCH; b++)
		loss -= log(t->p[*batch[b].next][b] + 1e-30);
	return loss;
}

/* ---- backward ---- */

/* The step of a row whose gradient has this square; counts it in '*sq'. */
static float step(float *sq, const float *gradient)
{
	float sum = 0;

	for (size_t i = 0; i < D_MODEL; i++)
		sum = sum + gradient[i] * gradient[i];
	*sq = *sq + sum / D_MODEL;
	return RATE / sqrtf(*sq + 1e-8f);
}

static void descend(float *row, float *sq, const float *gradient)
{
	float rate = step(sq, gradient);

	for (size_t i = 0; i < D_MODEL; i++)
		row[i] = row[i] - rate * (gradient[i]);
}

/* p becomes the gradient of the keys; W_U and b_U learn; dh is filled in. */
static void learn_output(struct trainer *t, const struct example *batch)
{
	struct lbl *m = t->m;

	for (size_t b = 0; b < BATCH; b++)
		t->p[*batch[b].next][b] -= 1;
	for (size_t i = 0; i < D_MODEL; i++)
		for (size_t b = 0; b < BATCH; b++)
			t->dh[i][b] = 0;
	float ht[BATCH][D_MODEL];
	for (size_t i = 0; i < D_MODEL; i++)
		for (size_t b = 0; b < BATCH; b++)
			ht[b][i] = t->h[i][b];
	for (size_t v=0; v<m->n_tokens; v+=64) {
		size_t k= v+64<=m->n_tokens? 64: (m->n_tokens-v+3)/4*4;
	for (size_t i=0;i<D_MODEL;i++)
		add_rows(t->dh[i], BATCH, &m->w_u[v][i], D_MODEL, t->p[v], k);
		}
	for (size_t v = 0; v < m->n_tokens; v++) {
		float g[D_MODEL];
		float sb = 0;
		const float *p = t->p[v];

		for (size_t i = 0; i < D_MODEL; i++)
			g[i] = DECAY * m->w_u[v][i];
		for (size_t b = 0; b < BATCH; b++) {
			sb += p[b];
		}
		add_rows(g, D_MODEL, p, 1, ht[0], BATCH);
		descend(m->w_u[v], &t->sq_u[v], g);
		t->sq_b[v] += sb * sb;
		m->b_u[v] -= RATE * sb / sqrtf(t->sq_b[v] + 1e-8f);
	}
}

static void learn_input(struct trainer *t, const struct example *batch)
{
	struct lbl *m = t->m;
	float dmix[N_CTX][D_MODEL] = { { 0 } };

	for (size_t b = 0; b < BATCH; b++)
		for (size_t j = 0; j < n_used(m, &batch[b]); j++) {
			const float *x = input(m, &batch[b], j);

			for (size_t i = 0; i < D_MODEL; i++)
				dmix[j][i] += t->dh[i][b] * x[i];
		}
	for (size_t b = 0; b < BATCH; b++)
		for (size_t j = 0; j < n_used(m, &batch[b]); j++) {
			uint16_t id = *(batch[b].next - 1 - j);
			float g[D_MODEL];

			for (size_t i = 0; i < D_MODEL; i++)
				g[i] = t->dh[i][b] * m->mix[j][i] +
				       DECAY * m->w_e[id][i];
			descend(m->w_e[id], &t->sq_e[id], g);
		}
	for (size_t j = 0; j < m->n_ctx; j++)
		descend(m->mix[j], &t->sq_mix[j], dmix[j]);
}

double lbl_train(struct trainer *t, const struct example *batch)
{
	double loss = lbl_loss(t, batch);

	learn_output(t, batch);
	learn_input(t, batch);
	return loss;
}

/* ---- start ---- */

static float noise(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return ((float)(*state >> 8) - 8388608.0f) / 8388608.0f;
}

struct trainer *lbl_trainer_new(struct lbl *m, size_t n_ctx, size_t n_tokens)
{
	struct trainer *t = calloc(1, sizeof(*t));
	uint32_t state = 1;

	if (!t)
		return NULL;
	t->m = m;
	m->n_ctx = n_ctx;
	m->n_tokens = n_tokens;
	for (size_t v = 0; v < n_tokens; v++)
		for (size_t i = 0; i < D_MODEL; i++) {
			m->w_e[v][i] = 0.1f * noise(&state);
			m->w_u[v][i] = 0.1f * noise(&state);
		}
	for (size_t j = 0; j < n_ctx; j++)
		for (size_t i = 0; i < D_MODEL; i++)
			m->mix[j][i] = 1.0f * noise(&state) + (j == 0);
	return t;
}

void lbl_trainer_free(struct trainer *t)
{
	free(t);
}
