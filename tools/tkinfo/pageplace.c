/* SPDX-License-Identifier: MIT */
/*
 * pageplace.c - where all tokens lie, for the script
 *
 * The first two principal components are the picture.  Of the others a few
 * more, in 8 bits, are what the script looks for neighbours in; how often it
 * finds the right ones is counted here, by the words whose neighbours are
 * known.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "page.h"
#include "pca.h"
#include "text.h"

#define MOST_AXES 24	   /* of the projection */
#define FEWEST_AXES 4
#define MOST_TOKENS 500000 /* with a projection */
#define PAGE_BYTES 3900000 /* that a page should not be above, if it can */
#define OTHER_BYTES 200000 /* of it: all that does not depend on tokens */
#define BLOCK 1024
#define CHECKED 100	   /* words */
#define NO_PLACE 65535

struct projection {
	struct page *p;
	struct pca pca;
	size_t n_axes;	/* 0: none */
	float *axes;	/* [n_axes][d] unit vectors: the mean, components */
	float *at;	/* [n][n_axes] of unit rows */
	int8_t *bytes;	/* [n][n_axes]; their step is in 'steps' */
	double steps[MOST_AXES];
	size_t right, asked; /* neighbours */
};

/* ---- the picture ---- */

static void find_range(const float *xy, size_t n, size_t axes, size_t axis,
		       double range[2])
{
	range[0] = range[1] = 0;
	for (size_t i = 0, any = 0; i < n && axis < axes; i++) {
		const double x = (double)xy[i * axes + axis];

		if (!isfinite(x))
			continue;
		range[0] = any ? fmin(range[0], x) : x;
		range[1] = any ? fmax(range[1], x) : x;
		any = 1;
	}
}

static unsigned place_of(double x, const double range[2])
{
	const double wide = range[1] - range[0];

	if (!isfinite(x))
		return NO_PLACE;
	return wide > 0 ? (unsigned)lrint((x - range[0]) / wide *
					  (NO_PLACE - 1))
			: (NO_PLACE - 1) / 2;
}

static json_t *pair_json(const double x[2])
{
	json_t *a = json_array();

	text_json_append(a, text_json_real(x[0]));
	text_json_append(a, text_json_real(x[1]));
	return a;
}

/* Two numbers of 16 bits a token, low byte first. */
static void put_places(struct projection *o, json_t *facts)
{
	struct page *p = o->p;
	const size_t axes = o->pca.n, n = p->n;
	float *xy = page_room(n * (axes + 1), sizeof(*xy));
	struct html_base64 b = page_blob(p, "b-places");
	double ranges[2][2] = {{0}};

	if (axes)
		pca_place(xy, &o->pca, p->m, 0, n);
	for (size_t k = 0; k < 2; k++)
		find_range(xy, n, axes, k, ranges[k]);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2; k++) {
			const double x =
				!isfinite(p->rows->norms[i]) ? (double)NAN
				: k < axes ? (double)xy[i * axes + k]
					   : 0;
			const unsigned at = place_of(x, ranges[k]);

			html_base64(&b,
				    (uint8_t[]){(uint8_t)at,
						(uint8_t)(at >> 8)},
				    2);
		}
	page_blob_end(p, &b);
	text_json_set(facts, "x", pair_json(ranges[0]));
	text_json_set(facts, "y", pair_json(ranges[1]));
	free(xy);
}

static json_t *components_json(const struct pca *pca)
{
	json_t *a = json_array();

	for (size_t i = 0; i < pca->n && i < 2; i++) {
		json_t *o = json_object();

		text_json_set(o, "variance", text_json_real(pca->variance[i]));
		text_json_set(o, "share",
			      text_json_real(pca->variance[i] / pca->total));
		text_json_set(o, "error", text_json_real(pca->error[i]));
		text_json_append(a, o);
	}
	return a;
}

/* ---- the projection ---- */

/* As many as the page has room for. */
static size_t count_axes(const struct page *p)
{
	const double room = PAGE_BYTES - OTHER_BYTES -
			    ((double)p->written + 4.0 * p->n) * 4 / 3;
	const double axes = room / ((double)p->n * 4 / 3);

	if (p->n <= p->n_words || p->n_words < PAGE_WORDS ||
	    p->n > MOST_TOKENS)
		return 0;
	return axes < FEWEST_AXES ? FEWEST_AXES
	       : axes < MOST_AXES ? (size_t)axes
				  : MOST_AXES;
}

static double length_of(const float *x, size_t d)
{
	return sqrt((double)tk_dot(x, x, d));
}

/*
 * The mean without what the components have of it, then these.  Of a mean that
 * lies among them only rounding is left, which is no direction.
 */
static void make_axes(struct projection *o)
{
	const size_t d = (size_t)o->p->m.cols;
	const double before = length_of(o->pca.mean, d);
	size_t n = 0;

	o->axes = page_room(MOST_AXES * d, sizeof(*o->axes));
	memcpy(o->axes, o->pca.mean, d * sizeof(*o->axes));
	for (size_t i = 0; i < o->pca.n; i++) {
		const float *v = o->pca.components + i * d;
		const double part = (double)tk_dot(o->axes, v, d);

		for (size_t j = 0; j < d; j++)
			o->axes[j] = (float)((double)o->axes[j] -
					     part * (double)v[j]);
	}
	if (length_of(o->axes, d) > before / 1000 &&
	    tk_unit(o->axes, o->axes, d))
		n = 1;
	for (size_t i = 0; i < o->pca.n && n < o->n_axes; i++, n++)
		memcpy(o->axes + n * d, o->pca.components + i * d,
		       d * sizeof(*o->axes));
	o->n_axes = n;
}

static void project(struct projection *o)
{
	const size_t q = o->n_axes;
	float *dots = page_room(q * BLOCK, sizeof(*dots));

	for (size_t row = 0; row < o->p->n; row += BLOCK) {
		const size_t left = o->p->n - row;
		const size_t n = left < BLOCK ? left : BLOCK;

		tk_dot_batch(dots, BLOCK, o->p->m, row, n, o->axes, q);
		for (size_t i = 0; i < n; i++) {
			const double norm = (double)o->p->rows->norms[row + i];

			for (size_t k = 0; k < q; k++) {
				const double x = (double)dots[k * BLOCK + i] /
						 norm;

				o->at[(row + i) * q + k] =
					isfinite(x) && norm > 0 ? (float)x : 0;
			}
		}
	}
	free(dots);
}

static void narrow(struct projection *o)
{
	const size_t q = o->n_axes, n = o->p->n;

	for (size_t k = 0; k < q; k++) {
		double most = 0;

		for (size_t i = 0; i < n; i++)
			most = fmax(most, fabs((double)o->at[i * q + k]));
		o->steps[k] = most > 0 ? most / 127 : 1;
		for (size_t i = 0; i < n; i++)
			o->bytes[i * q + k] = (int8_t)lrint(
				(double)o->at[i * q + k] / o->steps[k]);
	}
}

/* ---- how good it is ---- */

static double cosine(const struct projection *o, size_t i, size_t j)
{
	const int8_t *a = o->bytes + i * o->n_axes;
	const int8_t *b = o->bytes + j * o->n_axes;
	double ab = 0, bb = 0;

	for (size_t k = 0; k < o->n_axes; k++) {
		const double w = o->steps[k] * o->steps[k];

		ab += w * a[k] * b[k];
		bb += w * b[k] * b[k];
	}
	return bb > 0 ? ab / sqrt(bb) : -INFINITY;
}

/* What the script finds for this word, compared with what there is. */
static void check_word(struct projection *o, size_t word)
{
	const struct page *p = o->p;
	const struct tk_candidate *exact = p->nearest + word * PAGE_NEAREST;
	double keys[PAGE_NEAREST];
	uint32_t ids[PAGE_NEAREST];
	size_t n = 0;

	for (uint32_t id = 0; id < p->n; id++) {
		double key = id == p->words[word]
				     ? -INFINITY
				     : cosine(o, p->words[word], id);
		size_t at = n;

		while (at && keys[at - 1] < key)
			at--;
		if (at == PAGE_NEAREST || isinf(key))
			continue;
		n += n < PAGE_NEAREST;
		for (size_t i = n - 1; i > at; i--) {
			keys[i] = keys[i - 1];
			ids[i] = ids[i - 1];
		}
		keys[at] = key;
		ids[at] = id;
	}
	for (size_t i = 0; i < PAGE_NEAREST; i++) {
		o->asked += exact[i].id != TK_NO_ID;
		for (size_t j = 0; j < n && exact[i].id != TK_NO_ID; j++)
			o->right += exact[i].id == ids[j];
	}
}

static void check(struct projection *o)
{
	const size_t n = o->p->n_words < CHECKED ? o->p->n_words : CHECKED;

	for (size_t i = 0; i < n && o->n_axes; i++)
		check_word(o, i * o->p->n_words / n);
}

static void put_projection(struct projection *o, json_t *facts)
{
	struct html_base64 b = page_blob(o->p, "b-projection");
	json_t *steps = json_array();

	html_base64(&b, o->bytes, o->p->n * o->n_axes);
	page_blob_end(o->p, &b);
	for (size_t k = 0; k < o->n_axes; k++)
		text_json_append(steps, text_json_real(o->steps[k]));
	text_json_set(facts, "steps", steps);
	text_json_set(facts, "right", json_integer((json_int_t)o->right));
	text_json_set(facts, "asked", json_integer((json_int_t)o->asked));
}

/* ---- neighbours that are exact ---- */

/* The word, then ids of 24 bits with cosines times 32767. */
static void put_nearest(struct page *p)
{
	struct html_base64 b = page_blob(p, "b-nearest");

	for (size_t i = 0; i < p->n_words * (PAGE_NEAREST + 1); i++) {
		const size_t word = i / (PAGE_NEAREST + 1);
		const size_t rank = i % (PAGE_NEAREST + 1);
		const struct tk_candidate *c =
			p->nearest + word * PAGE_NEAREST + rank - (rank > 0);
		const uint32_t id = rank ? c->id : p->words[word];
		const int key = rank && c->id != TK_NO_ID
					? (int)lrint((double)c->key * 32767)
					: 0;

		html_base64(&b,
			    (uint8_t[]){(uint8_t)id, (uint8_t)(id >> 8),
					(uint8_t)(id >> 16), (uint8_t)key,
					(uint8_t)((unsigned)key >> 8)},
			    rank ? 5 : 3);
	}
	p->written += p->n_words * (3 + 5 * PAGE_NEAREST);
	page_blob_end(p, &b);
}

/* ---- all of it ---- */

void page_place(struct page *p)
{
	struct projection o = {.p = p};
	json_t *facts = json_object();

	text_json_set(p->facts, "page", facts);
	put_nearest(p);
	if (!p->rows)
		return;
	o.n_axes = count_axes(p);
	pca_find(&o.pca, p->m, p->n, o.n_axes > 2 ? o.n_axes - 1 : 2,
		 p->info->threads);
	text_json_set(facts, "matrix", json_string(p->rows->name));
	text_json_set(facts, "tokens", json_integer(p->n));
	text_json_set(facts, "rows",
		      json_integer((json_int_t)o.pca.n_rows));
	text_json_set(facts, "components", components_json(&o.pca));
	put_places(&o, facts);
	if (o.n_axes) {
		make_axes(&o);
		o.at = page_room(p->n * o.n_axes, sizeof(*o.at));
		o.bytes = page_room(p->n * o.n_axes, 1);
		project(&o);
		narrow(&o);
		check(&o);
		put_projection(&o, facts);
		free(o.axes);
		free(o.at);
		free(o.bytes);
	}
	pca_free(&o.pca);
}
