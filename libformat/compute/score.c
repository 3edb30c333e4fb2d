/* SPDX-License-Identifier: MIT */
/*
 * score.c - a row's score with a vector: spec/compute.md 7
 */
#include "compute/score.h"

#include "base/dtype.h"
#include "base/fpenv.h"
#include "compute/kernels/kernels.h"

/* Sums in f64, where no product of two f32 is out of range. */
struct wide {
	double dot, ww, hh;
	double apart; /* (w - h) (w - h) */
};

static void add_wide(struct wide *sums, const float *w, const float *h,
		     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const double x = (double)w[i], y = (double)h[i];
		const double difference = x - y;

		sums->dot = sums->dot + x * y;
		sums->ww = sums->ww + x * x;
		sums->hh = sums->hh + y * y;
		sums->apart = sums->apart + difference * difference;
	}
}

/* NaN if it is none that f32 has. */
static float finite(double x)
{
	const float score = (float)x;

	return isfinite(score) ? score : tk_bits_to_f32(0x7fc00000);
}

static float score_of(enum tk_metric metric, const struct wide *sums)
{
	if (metric == TK_METRIC_L2)
		return finite(sqrt(sums->apart));
	if (!(sums->ww > 0 && sums->ww < INFINITY && sums->hh > 0 &&
	      sums->hh < INFINITY))
		return tk_bits_to_f32(0x7fc00000);
	return tk_cosine_wide(sums->dot, sums->ww, sums->hh);
}

float tk_score_wide(enum tk_metric metric, const struct tk_matrix *m,
		    uint64_t row, const float *h)
{
	const uint8_t *data = m->data + row * m->row_stride;
	const size_t d = (size_t)m->cols;
	struct wide sums = {0};
	float panel[TK_PANEL];

	for (size_t at = 0; at < d; at += TK_PANEL) {
		size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		tk_widen(panel, data, m, at, n);
		add_wide(&sums, panel, h + at, n);
	}
	return score_of(metric, &sums);
}

/* ---- pairs ---- */

static float score(enum tk_metric metric, const float *w, const float *h,
		   size_t n)
{
	struct wide sums = {0};
	float hh, pair[2];

	if (metric == TK_METRIC_DOT)
		return finite((double)tk_dot_scalar(w, h, n));
	if (metric == TK_METRIC_L2) {
		tk_sum_scalar(pair, TK_SUM_DISTANCE, w, h, n);
		if (tk_is_sound(pair[0]))
			return sqrtf(pair[0]);
	} else {
		hh = tk_square(h, n);
		tk_sum_scalar(pair, TK_SUM_DOT_SQUARE, w, h, n);
		if (tk_is_sound(pair[1]) && tk_is_sound(hh))
			return tk_cosine(pair[0], pair[1], hh);
	}
	add_wide(&sums, w, h, n);
	return score_of(metric, &sums);
}

float tk_score(enum tk_metric metric, const float *w, const float *h,
	       size_t n)
{
	tk_fpenv env = tk_fpenv_set();
	float x = score(metric, w, h, n);

	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	return x;
}

static bool unit(float *out, const float *x, size_t n)
{
	struct wide sums = {0};
	const float square = tk_square(x, n);
	double norm;

	if (tk_is_sound(square)) {
		norm = sqrt((double)square);
	} else {
		add_wide(&sums, x, x, n);
		norm = sqrt(sums.ww);
	}
	if (!(norm > 0 && norm < INFINITY))
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (float)((double)x[i] / norm);
	return true;
}

bool tk_unit(float *out, const float *x, size_t n)
{
	tk_fpenv env = tk_fpenv_set();
	bool has = unit(out, x, n);

	TK_FPENV_HOLD(has);
	tk_fpenv_restore(env);
	return has;
}
